// detect_one: one detector on its own input.  detect: every working detector on a whole trace.
#include "detectors/registry.h"
#include "engine/envelope.h"
#include "engine/finding_source.h"
#include "engine/replay.h"
#include "engine/request.h"
#include "engine/write_trace.h"
#include "ingest/ingest.h"

namespace agentmend::engine {

Result<std::string> op_detect_one(const Request& request) {
  const json::View header = request.header;
  const std::string name = header["detector"].text();
  const Entry* entry = find_detector(name);
  if (entry == nullptr)
    return fail(ErrorCode::kUnknownDetector, "/detector",
                "There is no detector \"" + std::string(json::cut_utf8(name, 80)) + "\".");
  if (!entry->works())
    return fail(ErrorCode::kPlannedDetector, "/detector",
                "The detector \"" + name + "\" is planned; it has no algorithm yet.");
  auto context = read_run_context(header["context"]);
  if (!context) return tl::unexpected(context.error());
  Options options;
  options.context = &*context;
  if (const auto threshold = header["threshold"].number()) {
    if (*threshold < 0 || *threshold > 1)
      return fail(ErrorCode::kInvalidInput, "/threshold", "A threshold lies between 0 and 1.");
    options.threshold = *threshold;
  }
  const json::View input = header["input"];
  Detection detection = input.is_object() ? entry->ask(input, options) : invalid(*entry->descriptor, "input");
  json::Writer writer;
  write_detection(writer, detection, read_envelope(header, "generic"), 1, nullptr);
  return writer.take();
}

namespace {

void write_report(json::Writer& writer, const Trace& trace, const SourceGuess& guess, const Replay& replay,
                  const Envelope& envelope, double min_confidence) {
  const auto fired = fired_findings(replay, min_confidence);
  writer.begin_object().member("schema", "agentmend.report/1").key("source").begin_object();
  writer.member("format", trace.source).member("confidence", guess.confidence).key("candidates").begin_array();
  for (const std::string_view candidate : guess.candidates) writer.string(candidate);
  writer.end_array().end_object().member_or_null("trace_id", trace.id);
  const RunCounts& counts = replay.index.counts();
  writer.key("counts").begin_object();
  writer.member("agents", trace.agents.size())
      .member("spans", trace.steps)
      .member("turns", static_cast<std::int64_t>(counts.turns));
  writer.member("tool_calls", static_cast<std::int64_t>(counts.tool_calls))
      .member("errors", static_cast<std::int64_t>(counts.tool_errors + trace.failed_steps))
      .end_object();
  writer.key("usage");
  write_usage(writer, trace.usage);
  writer.key("detections").begin_array();
  std::size_t ordinal = 0;
  for (const Detection* detection : fired) write_detection(writer, *detection, envelope, ++ordinal, &trace);
  writer.end_array().key("skipped").begin_array();
  for (const Skipped& skipped : replay.skipped) {
    writer.begin_object().member("detector", skipped.detector).member("reason", skipped.reason).end_object();
  }
  writer.end_array();
  write_losses(writer, trace);
  writer.end_object();
}

}  // namespace

Result<std::string> op_detect(const Request& request) {
  auto documents = read_documents(request);
  if (!documents) return tl::unexpected(documents.error());
  auto context = read_run_context(request.header["context"]);
  if (!context) return tl::unexpected(context.error());
  std::vector<const Entry*> only;
  Error unknown;
  json::for_each(request.header["only"], [&](json::View item, std::size_t) {
    const Entry* entry = find_detector(item.text());
    if (entry == nullptr) {
      unknown = {ErrorCode::kUnknownDetector, json::pointer_of(item),
                 "There is no detector \"" + std::string(json::cut_utf8(item.text(), 80)) + "\"."};
    }
    only.push_back(entry);
  });
  if (!unknown.message.empty()) return tl::unexpected(unknown);

  auto ingested = ingest(*documents, request.header["source"].text());
  if (!ingested) return tl::unexpected(ingested.error());
  Options options;
  options.context = &*context;
  const Replay replay = engine::replay(ingested->trace, options, only);
  json::Writer writer;
  write_report(writer, ingested->trace, ingested->guess, replay,
               read_envelope(request.header, ingested->trace.framework),
               request.header["min_confidence"].number().value_or(0));
  return writer.take();
}

}  // namespace agentmend::engine
