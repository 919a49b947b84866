// trace: what ingestion made of a run, so that a person (or a test) can compare it with the source.
#include <algorithm>

#include "engine/finding_source.h"
#include "engine/request.h"
#include "engine/write_trace.h"
#include "ingest/ingest.h"
#include "trace/n8n_run.h"
#include "trace/pointers.h"

namespace agentmend::engine {
namespace {

constexpr std::size_t kMostSpans = 2'000;  // written unless max_spans says otherwise: a person reads it
constexpr std::int64_t kNsPerMs = 1'000'000;

void write_time(json::Writer& writer, std::string_view name, std::int64_t ns) {
  if (ns >= 0) writer.member(name, ns / kNsPerMs);
}

void write_span(json::Writer& writer, const Trace& trace, const Span& span, Pointers& pointers) {
  writer.begin_object().member("kind", name_of(span.kind)).member("name", span.name);
  writer.member("agent", span.agent).member("status", name_of(span.status));
  if (span.parent != Span::kNone) writer.member("parent", span.parent);
  if (!span.id.empty()) writer.member("id", span.id);
  if (!span.model.empty()) writer.member("model", span.model);
  if (!span.error.empty()) writer.member("error", json::cut_utf8(span.error, 200));
  write_time(writer, "start_ms", span.start_ns);
  write_time(writer, "end_ms", span.end_ns);
  if (span.usage != Span::kNone) {
    writer.key("usage");
    write_usage(writer, trace.usages[span.usage]);
  }
  if (span.place.known()) writer.member("at", pointers.of(span.place));
  if (span.result.known()) writer.member("result_at", pointers.of(span.result));
  writer.end_object();
}

void write_counts(json::Writer& writer, const Trace& trace) {
  std::int64_t turns = 0;
  for (const Event& event : trace.events) turns += event.kind == EventKind::kTurn && !event.text.empty() ? 1 : 0;
  std::int64_t models = 0;
  std::int64_t calls[8] = {};
  for (const Span& span : trace.spans) {
    models += span.kind == SpanKind::kLlm ? 1 : 0;
    if (span.kind == SpanKind::kTool) ++calls[static_cast<std::size_t>(span.status)];
  }
  const N8nRun* n8n = trace.n8n.get();
  const bool n8n_graph = n8n != nullptr && n8n->has_workflow();
  writer.key("counts").begin_object().member("steps", trace.steps).member("spans", trace.spans.size());
  writer.member("turns", turns).member("llm", models).key("tool_calls").begin_object();
  for (std::size_t i = 0; i < std::size(calls); ++i) {
    if (calls[i] != 0) writer.member(name_of(static_cast<SpanStatus>(i)), calls[i]);
  }
  writer.end_object().member("states", trace.states.size()).key("graph").begin_object();
  writer.member("nodes", n8n_graph ? n8n->nodes.size() : trace.graph.nodes.size());
  writer.member("edges", n8n_graph ? n8n->edges.size() : trace.graph.edges.size()).end_object().end_object();
}

}  // namespace

Result<std::string> op_trace(const Request& request) {
  auto documents = read_documents(request);
  if (!documents) return tl::unexpected(documents.error());
  auto ingested = ingest(*documents, request.header["source"].text());
  if (!ingested) return tl::unexpected(ingested.error());
  const Trace& trace = ingested->trace;
  const std::int64_t wanted = request.header["max_spans"].integer().value_or(static_cast<std::int64_t>(kMostSpans));
  const std::size_t most = std::min(trace.spans.size(), static_cast<std::size_t>(std::max<std::int64_t>(wanted, 0)));

  json::Writer writer;
  writer.begin_object().member("schema", "agentmend.trace/1").member_or_null("id", trace.id);
  writer.member("source", trace.source).member("framework", trace.framework);
  writer.member("status", name_of(trace.status)).member_or_null("task", json::cut_utf8(trace.task, 2000));
  write_counts(writer, trace);
  writer.key("usage");
  write_usage(writer, trace.usage);
  writer.key("agents").begin_array();
  for (const std::string_view agent : trace.agents) writer.string(agent);
  writer.end_array().key("spans").begin_array();
  Pointers pointers(trace);
  for (std::size_t i = 0; i < most; ++i) write_span(writer, trace, trace.spans[i], pointers);
  writer.end_array();
  write_losses(writer, trace);
  return writer.end_object().take();
}

}  // namespace agentmend::engine
