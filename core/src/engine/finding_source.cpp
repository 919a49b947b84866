#include "engine/finding_source.h"

#include <algorithm>

#include "order.h"

namespace agentmend::engine {

Result<std::vector<Document>> read_documents(const Request& request) {
  std::vector<Document> documents;
  std::size_t at = 0;
  bool bad = !request.header["documents"].is_array();
  json::for_each(request.header["documents"], [&](json::View item, std::size_t) {
    const auto bytes = item["bytes"].integer();
    if (bad || !bytes || *bytes < 0 || static_cast<std::uint64_t>(*bytes) > request.payload.size() - at) {
      bad = true;
      return;
    }
    documents.push_back({item["name"].text(), request.payload.substr(at, static_cast<std::size_t>(*bytes))});
    at += static_cast<std::size_t>(*bytes);
  });
  if (bad || documents.empty()) {
    return fail(ErrorCode::kInvalidInput, "/documents",
                "Give documents as [{name, bytes}] whose bytes add up to the payload.");
  }
  return documents;
}

std::vector<const Detection*> fired_findings(const Replay& replay, double min_confidence) {
  std::vector<const Detection*> fired;
  for (const Detection& detection : replay.findings.all()) {
    if (detection.detected && detection.confidence >= min_confidence) fired.push_back(&detection);
  }
  sort_stable(fired, [](const Detection* a, const Detection* b) { return a->confidence > b->confidence; });
  return fired;
}

Result<Detection> read_detection(json::View document) {
  if (!document.is_object()) return fail(ErrorCode::kInvalidInput, "/detection", "A detection is an object.");
  if (const auto twice = json::duplicate_key(document))
    return fail(ErrorCode::kDuplicateKey, *twice, "The detection has the same key twice.");
  const json::View named = document["detector"].exists() ? document["detector"] : document["detection_type"];
  const std::string name = named.text();
  const Entry* entry = find_detector(name);
  if (entry == nullptr)
    return fail(ErrorCode::kUnknownDetector, "/detection/detector",
                "There is no detector \"" + std::string(json::cut_utf8(name, 80)) + "\".");
  Detection out;
  out.descriptor = entry->descriptor;
  const auto confidence = document["confidence"].number();
  if (!confidence || !(*confidence >= 0 && *confidence <= 1))
    return fail(ErrorCode::kInvalidInput, "/detection/confidence", "A confidence lies between 0 and 1.");
  out.confidence = *confidence;
  out.detected = document["detected"].boolean(false);
  out.status = document["status"].equals("ok") ? Status::kOk : Status::kInvalidInput;
  out.severity = entry->descriptor->severity;
  out.subtype = document["subtype"].text();
  out.summary = document["summary"].text();
  out.agent = document["agent"].text();
  out.step = document["step"].integer().value_or(-1);
  json::for_each(document["evidence"], [&out](json::View item, std::size_t) {
    out.evidence.push_back({item["kind"].text(),
                            item["path"].text(),
                            item["text"].text(),
                            std::string(item["value"].raw()),
                            std::string(item["expected"].raw()),
                            {}});
  });
  return out;
}

namespace {

Result<void> from_run(const Request& request, FindingSource& source) {
  auto documents = read_documents(request);
  if (!documents) return tl::unexpected(documents.error());
  auto run = ingest(*documents, request.header["source"].text());
  if (!run) return tl::unexpected(run.error());
  source.run.emplace(std::move(*run));
  Options options;
  options.context = &source.context;
  source.replay.emplace(engine::replay(source.run->trace, options, {}));
  const auto fired = fired_findings(*source.replay, 0);
  source.findings = fired.size();
  const auto position = request.header["finding"].integer().value_or(0);
  if (position < 0 || static_cast<std::size_t>(position) >= fired.size()) {
    source.detection.detected = false;
    return {};
  }
  source.detection = *fired[static_cast<std::size_t>(position)];
  source.input = source.detection.input;
  source.envelope = read_envelope(request.header, source.run->trace.framework);
  source.id = source.envelope.id_prefix + ".d" + json::print_integer(position + 1);
  return {};
}

Result<void> from_input(const Request& request, FindingSource& source) {
  const std::string name = request.header["detector"].text();
  const Entry* entry = find_detector(name);
  if (entry == nullptr)
    return fail(ErrorCode::kUnknownDetector, "/detector",
                "There is no detector \"" + std::string(json::cut_utf8(name, 80)) + "\".");
  if (!entry->works())
    return fail(ErrorCode::kPlannedDetector, "/detector",
                "The detector \"" + name + "\" is planned; it has no algorithm yet.");
  Options options;
  options.context = &source.context;
  const json::View input = request.header["input"];
  source.detection = input.is_object() ? entry->ask(input, options) : invalid(*entry->descriptor, "input");
  source.input = std::string(input.raw());
  return {};
}

}  // namespace

Result<void> load_finding(const Request& request, FindingSource& source) {
  auto context = read_run_context(request.header["context"]);
  if (!context) return tl::unexpected(context.error());
  source.context = std::move(*context);
  source.envelope = read_envelope(request.header, "generic");
  source.findings = 1;
  source.id = source.envelope.id_prefix + ".d1";
  if (request.header["documents"].exists()) return from_run(request, source);
  if (request.header["detection"].exists()) {
    auto detection = read_detection(request.header["detection"]);
    if (!detection) return tl::unexpected(detection.error());
    source.detection = std::move(*detection);
    if (request.header["detection"]["id"].is_string()) source.id = request.header["detection"]["id"].text();
    source.input = std::string(request.header["input"].raw());
    return {};
  }
  return from_input(request, source);
}

}  // namespace agentmend::engine
