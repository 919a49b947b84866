// Source: our own JSON Lines, one event a line.
#include "ingest/agentmend_event.h"
#include "ingest/sources.h"

namespace agentmend {

void ingest_agentmend_line(const SourceReader& reader, json::View line) {
  Trace& trace = reader.trace;
  const Place place = reader.place(line);
  AgentmendEvent read = read_agentmend_event(line, trace.arena, place);
  ++trace.spans;
  if (!read.framework.empty()) trace.framework = read.framework;
  if (read.reading == EventReading::kMalformed) trace.lose("bad_line", place);
  if (read.reading == EventReading::kUnknownType) trace.lose("unknown_event", place);
  if (trace.id.empty() && line["run_id"].is_string()) trace.id = reader.text(line["run_id"]);
  add_usage(line["usage"], trace.usage);
  if (read.reading != EventReading::kEvent) return;
  read.event.agent = trace.agent(read.agent);
  read.event.step = trace.spans - 1;
  if (trace.task.empty() && read.event.kind == EventKind::kTurn && read.event.role == Role::kUser)
    trace.task = read.event.text;
  reader.append(read.event);
}

}  // namespace agentmend
