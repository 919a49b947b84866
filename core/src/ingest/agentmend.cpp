// Source: our own JSON Lines, one event a line.
#include "ingest/agentmend_event.h"
#include "ingest/sources.h"

namespace agentmend {
namespace {

class LineReader {
 public:
  explicit LineReader(Trace& trace) : trace_(trace), builder_(trace) {}

  void line(const SourceReader& reader, json::View line) {
    const Place place = reader.place(line);
    const AgentmendEvent read = read_agentmend_event(line, trace_.arena, place);
    builder_.now.step = trace_.steps++;
    if (read.limits) trace_.budget = read_budget(read.limits);
    if (!read.framework.empty()) trace_.framework = read.framework;
    if (read.reading == EventReading::kMalformed) trace_.lose("bad_line", place);
    if (read.reading == EventReading::kUnknownType) trace_.lose("unknown_event", place);
    if (trace_.id.empty() && line["run_id"].is_string()) trace_.id = reader.text(line["run_id"]);
    if (read.reading == EventReading::kMalformed || read.reading == EventReading::kUnknownType) return;
    builder_.now.agent = trace_.agent(read.agent);
    builder_.now.ns = read.event.at_ms < 0 ? -1 : read.event.at_ms * 1'000'000;
    if (read.reading == EventReading::kEvent) {
      event(reader, read, line);
    } else {
      other(reader, read, line);
    }
  }

  void finish() { builder_.finish(); }

 private:
  void event(const SourceReader& reader, const AgentmendEvent& read, json::View line) {
    const Event& event = read.event;
    switch (event.kind) {
      case EventKind::kToolCall: builder_.call(event.id, event.name, event.text, event.place); break;
      case EventKind::kToolResult:
        builder_.result({event.id, event.name, event.text, event.error, event.status, event.place});
        break;
      case EventKind::kRetrieval: builder_.retrieval(event.text, event.documents, event.place); break;
      case EventKind::kHandoff: builder_.handoff(event.name, event.id, event.text, event.place); break;
      case EventKind::kState:
        builder_.state(line["step"].integer().value_or(-1), reader.text(line["node"]), event.text, event.place);
        break;
      case EventKind::kModelEnd: model(reader, event, line); break;
      case EventKind::kTurn: builder_.turn(event.role, event.text, event.place); break;
      case EventKind::kSpawn:
        other(reader, read, line);
        builder_.event(event);
        break;
      case EventKind::kRunEnd:
        trace_.status = event_status(line["status"]);
        builder_.event(event);
        break;
    }
  }

  void model(const SourceReader& reader, const Event& event, json::View line) {
    const std::uint32_t span = builder_.open(SpanKind::kLlm, "", event.place);
    builder_.span(span).model = line["model"].is_string() ? reader.text(line["model"]) : std::string_view();
    builder_.usage(span, read_usage(line["usage"]));
    builder_.close(span);
    builder_.event(event);
  }

  // What no detector reads as an event stays visible as a span.
  void other(const SourceReader& reader, const AgentmendEvent& read, json::View line) {
    struct Kind {
      std::string_view type;
      SpanKind kind;
      std::string_view name;
    };
    constexpr Kind kKinds[] = {{"agent.start", SpanKind::kAgent, ""},
                               {"guardrail", SpanKind::kGuardrail, "name"},
                               {"gate", SpanKind::kEvaluator, "name"},
                               {"metric", SpanKind::kEvaluator, "name"}};
    for (const Kind& kind : kKinds) {
      if (kind.type != read.type) continue;
      const std::string_view name = kind.name.empty() ? read.agent : reader.text(line[kind.name]);
      builder_.close(builder_.open(kind.kind, name, reader.place(line)));
    }
  }

  static RunStatus event_status(json::View status) {
    if (status.equals("ok") || status.equals("success") || status.equals("completed")) return RunStatus::kOk;
    if (status.equals("error") || status.equals("failed")) return RunStatus::kError;
    if (status.equals("interrupted")) return RunStatus::kInterrupted;
    if (status.equals("limit")) return RunStatus::kLimit;
    return status.equals("cancelled") ? RunStatus::kCancelled : RunStatus::kUnknown;
  }

  Trace& trace_;
  TraceBuilder builder_;
};

Result<void> read_lines(Records& records, Trace& trace) {
  LineReader lines(trace);
  auto read = records.for_each([&](const SourceReader& reader, json::View line) { lines.line(reader, line); });
  if (read) lines.finish();
  return read;
}

double mark(json::View value) {
  if (value["schema"].equals("agentmend.trace/1")) return 1.0;
  if (!value["v"].is_number() || !value["type"].is_string()) return 0;
  return 0.97 + (value["seq"].exists() ? 0.03 : 0);
}

}  // namespace

extern const Source kAgentmendSource;
const Source kAgentmendSource{"agentmend", mark, read_lines};

}  // namespace agentmend
