#include "engine/envelope.h"

#include "fix/fix_type.h"
#include "text/secrets.h"

namespace agentmend::engine {
namespace {

constexpr std::size_t kEvidenceBytes = 200;
constexpr std::size_t kMaxEvidence = 64;
constexpr std::size_t kMaxSignals = 32;

std::string_view name_of_status(Status status) {
  switch (status) {
    case Status::kOk: return "ok";
    case Status::kInsufficientInput: return "insufficient_input";
    case Status::kInvalidInput: return "invalid_input";
  }
  return "ok";
}

void write_evidence(json::Writer& writer, const Evidence& item, const Trace* trace) {
  writer.begin_object().member("kind", item.kind).member("path", item.path);
  if (!item.text.empty()) {
    const std::string masked = text::mask_secrets(json::cut_utf8(item.text, 4 * kEvidenceBytes));
    writer.member("text", json::cut_utf8(masked, kEvidenceBytes));
  }
  if (!item.value.empty()) writer.member_raw("value", item.value);
  if (!item.expected.empty()) writer.member_raw("expected", item.expected);
  if (trace != nullptr && item.place.known()) writer.member("source", pointer_of(*trace, item.place));
  writer.end_object();
}

}  // namespace

Envelope read_envelope(json::View header, std::string_view framework) {
  Envelope envelope;
  if (header["id_prefix"].is_string()) envelope.id_prefix = header["id_prefix"].text();
  envelope.framework = header["framework"].is_string() ? header["framework"].text() : std::string(framework);
  envelope.run_id = header["run_id"].text();
  envelope.at_ms = header["at_ms"].integer().value_or(0);
  if (header["target"].is_object()) envelope.target_json = std::string(header["target"].raw());
  return envelope;
}

void write_detection(json::Writer& writer, const Detection& detection, const Envelope& envelope, std::size_t ordinal,
                     const Trace* trace) {
  const Descriptor& descriptor = *detection.descriptor;
  writer.begin_object()
      .member("schema", "agentmend.detection/1")
      .member("id", envelope.id_prefix + ".d" + json::print_integer(static_cast<std::int64_t>(ordinal)))
      .member("detector", descriptor.name)
      .member("family", name_of(descriptor.family))
      .member("bucket", name_of(bucket_of(descriptor)))
      .member("governance", is_governance(descriptor))
      .member("status", name_of_status(detection.status))
      .member("detected", detection.detected)
      .member("confidence", detection.confidence)
      .member("severity",
              name_of(is_governance(descriptor) && detection.severity < Severity::kHigh ? Severity::kHigh
                                                                                        : detection.severity))
      .member_or_null("subtype", detection.subtype)
      .member("summary", json::cut_utf8(detection.summary, 300));
  writer.key("signals").begin_array();
  for (std::size_t i = 0; i < detection.signals.size() && i < kMaxSignals; ++i) {
    const Signal& signal = detection.signals[i];
    writer.begin_object()
        .member("name", signal.name)
        .member("value", signal.value)
        .member("weight", signal.weight)
        .end_object();
  }
  writer.end_array().key("evidence").begin_array();
  for (std::size_t i = 0; i < detection.evidence.size() && i < kMaxEvidence; ++i)
    write_evidence(writer, detection.evidence[i], trace);
  writer.end_array();
  if (detection.detected && !descriptor.fixes.empty()) {
    writer.member("suggested_fix", find_fix_type(*descriptor.fixes.begin())->change);
  } else {
    writer.key("suggested_fix").null();
  }
  writer.member("framework", envelope.framework);
  if (!envelope.target_json.empty()) writer.member_raw("target", envelope.target_json);
  if (!envelope.run_id.empty()) writer.member("run_id", envelope.run_id);
  if (!detection.agent.empty()) writer.member("agent", json::cut_utf8(detection.agent, 200));
  if (detection.step >= 0) writer.member("step", detection.step);
  writer.member("at_ms", envelope.at_ms).member("detector_version", descriptor.version);
  writer.end_object();
}

}  // namespace agentmend::engine
