#include "ingest/n8n_events.h"

#include <algorithm>
#include <string>
#include <vector>

#include "ingest/source_reader.h"
#include "ingest/trace_builder.h"
#include "json/writer.h"
#include "order.h"

namespace agentmend {
namespace {

// Output items looked at per node run: the rest is counted in N8nRun, not read.
constexpr std::size_t kItemsPerRun = 10;
constexpr std::int64_t kNsPerMs = 1'000'000;

json::View first_json(json::View outputs) { return outputs.at(0).at(0)["json"]; }

class EventWriter {
 public:
  EventWriter(const N8nRun& run, Trace& trace) : run_(run), trace_(trace), builder_(trace) {
    // Whoever a sub-node worked for is an agent or a chain, also when the workflow is not at hand.
    for (const N8nNodeRun& node : run.execution->runs) {
      if (node.sources.empty() || node.json["data"].is_null()) continue;
      if (!node.json["data"]["main"].exists()) callers_.push_back(node.sources.front().node);
    }
    sort_stable(callers_, std::less<>());
    const N8nExecution& execution = *run.execution;
    builder_.now.ns = execution.started_ms < 0 ? -1 : execution.started_ms * kNsPerMs;
    root_ = builder_.open(SpanKind::kWorkflow, run.name, execution.place);
    Span& root = builder_.span(root_);
    root.id = execution.id;
    root.end_ns = execution.stopped_ms < 0 ? -1 : execution.stopped_ms * kNsPerMs;
    root.status = execution.failed() ? SpanStatus::kError : SpanStatus::kOk;
    root.error = execution.error_message;
    trace.status = status_of(execution);
  }

  void add(const N8nNodeRun& node, std::uint32_t step) {
    builder_.now.step = step;
    builder_.now.ns = node.start_ms < 0 ? -1 : node.start_ms * kNsPerMs;
    builder_.now.agent = 0;
    builder_.now.parent = root_;
    const json::View data = node.json["data"];
    const bool sub_node = data.is_object() && !data["main"].exists() && !node.sources.empty();
    if (sub_node) {
      const std::uint32_t caller = spans_.find(node.sources.front().node);
      if (caller != Span::kNone) builder_.now.parent = caller;
    }
    if (data["ai_tool"].is_array() || is(node, kN8nTool)) {
      tool(node, data);
      return;
    }
    const bool model = data["ai_languageModel"].is_array();
    const json::View documents = data["ai_vectorStore"].is_array() ? data["ai_vectorStore"] : data["ai_retriever"];
    const bool agent = is(node, kN8nAgent) || std::binary_search(callers_.begin(), callers_.end(), node.node);
    if (sub_node) builder_.now.agent = agent_of(node);
    if (documents.is_array() && !model) {
      retrieval(node, documents);
      return;
    }
    if (agent && !model) builder_.now.agent = trace_.agent(node.node);
    span(node, model ? SpanKind::kLlm : agent ? SpanKind::kAgent : SpanKind::kNode);
    if (model) {
      answer_of_model(node, data);
    } else if (is(node, kN8nTrigger)) {
      person(node, data);
    } else if (agent) {
      answer(node, data);
    }
  }

  void finish() { builder_.finish(); }

 private:
  [[nodiscard]] bool is(const N8nNodeRun& node, std::uint32_t trait) const {
    return node.position != WorkflowGraph::kNone && run_.nodes[node.position].is(trait);
  }
  [[nodiscard]] std::string_view text(json::View value) const {
    return value.is_null() ? std::string_view() : trace_.arena.text(value);
  }
  // The agent that a sub-node works for.
  std::uint32_t agent_of(const N8nNodeRun& node) { return trace_.agent(node.sources.front().node); }

  static RunStatus status_of(const N8nExecution& execution) {
    if (execution.failed()) return RunStatus::kError;
    if (execution.status == "canceled") return RunStatus::kCancelled;
    if (execution.status == "waiting") return RunStatus::kInterrupted;
    if (execution.status == "running" || execution.status == "new") return RunStatus::kRunning;
    return execution.status == "success" ? RunStatus::kOk : RunStatus::kUnknown;
  }

  void ended(std::uint32_t position, const N8nNodeRun& node) {
    Span& span = builder_.span(position);
    if (node.ms >= 0 && node.start_ms >= 0) span.end_ns = (node.start_ms + node.ms) * kNsPerMs;
    span.status = node.failed ? SpanStatus::kError : SpanStatus::kOk;
    span.error = node.error_message;
    spans_.at(node.node) = position;
  }

  std::uint32_t span(const N8nNodeRun& node, SpanKind kind) {
    const std::uint32_t position = builder_.open(kind, node.node, node.place);
    ended(position, node);
    return position;
  }

  void tool(const N8nNodeRun& node, json::View data) {
    if (!node.sources.empty()) builder_.now.agent = agent_of(node);
    const std::string_view id = trace_.arena.keep(node.node + "#" + json::print_integer(node.index));
    const std::uint32_t position =
        builder_.call(id, node.node, text(first_json(node.json["inputOverride"]["ai_tool"])), node.place);
    const json::View output = first_json(data["ai_tool"]);
    const json::View response = output["response"].is_null() ? output : output["response"];
    // A tool that fails hands {"error": message} to the model and the run goes on.
    const json::View error = output["error"].is_null() ? response["error"] : output["error"];
    CallResult result;
    result.id = id;
    result.output = text(response);
    result.place = node.place;
    result.status = node.failed || error.is_string() ? CallStatus::kError : CallStatus::kOk;
    if (result.status == CallStatus::kError)
      result.error = node.failed ? std::string_view(node.error_message) : text(error);
    builder_.result(result);
    const SpanStatus status = builder_.span(position).status;
    ended(position, node);
    builder_.span(position).status = status;
  }

  void answer_of_model(const N8nNodeRun& node, json::View data) {
    Event event;
    event.kind = EventKind::kModelEnd;
    event.place = node.place;
    event.status = node.failed ? CallStatus::kError : CallStatus::kOk;
    const json::View output = first_json(data["ai_languageModel"]);
    event.text = text(output["response"]["generations"].at(0).at(0)["text"]);
    const json::View usage = output["tokenUsage"].is_object() ? output["tokenUsage"] : output["tokenUsageEstimate"];
    builder_.usage(spans_.find(node.node), read_usage(usage));
    builder_.event(event);
  }

  void retrieval(const N8nNodeRun& node, json::View outputs) {
    const json::View input = node.json["inputOverride"];
    const json::View given =
        first_json(input["ai_vectorStore"].is_array() ? input["ai_vectorStore"] : input["ai_retriever"]);
    std::vector<RetrievedDocument>& documents = trace_.arena.documents();
    const json::View response = first_json(outputs)["response"];
    json::for_each(response, [&](json::View item, std::size_t i) {
      const json::View document = item["document"].is_object() ? item["document"] : item;
      if (i >= kItemsPerRun || !document["pageContent"].is_string()) return;
      RetrievedDocument& kept = documents.emplace_back();
      kept.text = text(document["pageContent"]);
      kept.title = text(document["metadata"]["source"]);
      kept.score = item["score"].number().value_or(-1);
    });
    if (documents.empty()) {
      span(node, SpanKind::kRetrieval);
      return;
    }
    const std::uint32_t position = builder_.retrieval(text(given["query"]), documents, node.place);
    builder_.span(position).name = node.node;
    ended(position, node);
  }

  void person(const N8nNodeRun& node, json::View data) {
    json::for_each(data["main"].at(0), [&](json::View item, std::size_t i) {
      const json::View said = item["json"]["chatInput"];
      if (i < kItemsPerRun && said.is_string()) builder_.turn(Role::kUser, text(said), node.place);
    });
  }

  void answer(const N8nNodeRun& node, json::View data) {
    json::for_each(data["main"].at(0), [&](json::View item, std::size_t i) {
      const json::View said = item["json"]["output"];
      if (i < kItemsPerRun && said.is_string()) builder_.turn(Role::kAssistant, text(said), node.place);
    });
  }

  const N8nRun& run_;
  Trace& trace_;
  TraceBuilder builder_;
  IdTable spans_;  // of the last run of each node
  std::uint32_t root_ = 0;
  std::vector<std::string> callers_;  // sorted
};

}  // namespace

void append_n8n_events(const N8nRun& run, Trace& trace) {
  if (!run.execution) return;
  EventWriter writer(run, trace);
  std::uint32_t step = 0;
  for (const N8nNodeRun& node : run.execution->runs) writer.add(node, step++);
  trace.steps += step;
  writer.finish();
}

}  // namespace agentmend
