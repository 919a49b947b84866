#include "ingest/n8n_events.h"

#include <algorithm>
#include <string>
#include <vector>

#include "ingest/source_reader.h"
#include "order.h"

namespace agentmend {
namespace {

// Output items looked at per node run: the rest is counted in N8nRun, not read.
constexpr std::size_t kItemsPerRun = 10;

json::View first_json(json::View outputs) { return outputs.at(0).at(0)["json"]; }

class EventWriter {
 public:
  EventWriter(const N8nRun& run, Trace& trace) : run_(run), trace_(trace) {
    // Whoever a sub-node worked for is an agent or a chain, also when the workflow is not at hand.
    for (const N8nNodeRun& node : run.execution->runs) {
      if (node.sources.empty() || node.json["data"].is_null()) continue;
      if (!node.json["data"]["main"].exists()) callers_.push_back(node.sources.front().node);
    }
    sort_stable(callers_, std::less<>());
  }

  void add(const N8nNodeRun& node, std::uint32_t step) {
    Event event;
    event.step = step;
    event.at_ms = node.start_ms;
    event.place = node.place;
    const json::View data = node.json["data"];
    if (data["ai_tool"].is_array() || is(node, kN8nTool)) {
      tool(node, data, event);
      return;
    }
    if (node.failed) ++trace_.failed_steps;
    if (data["ai_languageModel"].is_array()) {
      model(node, data, event);
    } else if (data["ai_vectorStore"].is_array() || data["ai_retriever"].is_array()) {
      retrieval(node, data["ai_vectorStore"].is_array() ? data["ai_vectorStore"] : data["ai_retriever"], event);
    } else if (is(node, kN8nTrigger)) {
      person(data, event);
    } else if (is(node, kN8nAgent) || std::binary_search(callers_.begin(), callers_.end(), node.node)) {
      answer(node, data, event);
    }
  }

 private:
  [[nodiscard]] bool is(const N8nNodeRun& node, std::uint32_t trait) const {
    return node.position != WorkflowGraph::kNone && run_.nodes[node.position].is(trait);
  }
  [[nodiscard]] std::string_view text(json::View value) const {
    return value.is_null() ? std::string_view() : trace_.arena.text(value);
  }
  std::uint32_t agent_of(const N8nNodeRun& node) {
    return node.sources.empty() ? 0 : trace_.agent(trace_.arena.keep(node.sources.front().node));
  }

  void tool(const N8nNodeRun& node, json::View data, Event event) {
    event.agent = agent_of(node);
    event.name = trace_.arena.keep(node.node);
    event.id = trace_.arena.keep(node.node + "#" + std::to_string(node.index));
    event.kind = EventKind::kToolCall;
    event.text = text(first_json(node.json["inputOverride"]["ai_tool"]));
    trace_.events.push_back(event);
    event.kind = EventKind::kToolResult;
    event.role = Role::kTool;
    const json::View output = first_json(data["ai_tool"]);
    const json::View response = output["response"].is_null() ? output : output["response"];
    event.text = text(response);
    // A tool that fails hands {"error": message} to the model and the run goes on.
    const json::View error = output["error"].is_null() ? response["error"] : output["error"];
    event.status = node.failed || error.is_string() ? CallStatus::kError : CallStatus::kOk;
    if (event.status == CallStatus::kError)
      event.error = node.failed ? trace_.arena.keep(node.error_message) : text(error);
    trace_.events.push_back(event);
  }

  void model(const N8nNodeRun& node, json::View data, Event event) {
    event.agent = agent_of(node);
    event.kind = EventKind::kModelEnd;
    event.status = node.failed ? CallStatus::kError : CallStatus::kOk;
    const json::View output = first_json(data["ai_languageModel"]);
    event.text = text(output["response"]["generations"].at(0).at(0)["text"]);
    const json::View usage = output["tokenUsage"].is_object() ? output["tokenUsage"] : output["tokenUsageEstimate"];
    add_usage(usage, trace_.usage);
    trace_.events.push_back(event);
  }

  void retrieval(const N8nNodeRun& node, json::View outputs, Event event) {
    event.agent = agent_of(node);
    event.kind = EventKind::kRetrieval;
    const json::View input = node.json["inputOverride"];
    const json::View given =
        first_json(input["ai_vectorStore"].is_array() ? input["ai_vectorStore"] : input["ai_retriever"]);
    event.text = text(given["query"]);
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
    if (documents.empty()) return;
    event.documents = documents;
    trace_.events.push_back(event);
  }

  void person(json::View data, Event event) {
    json::for_each(data["main"].at(0), [&](json::View item, std::size_t i) {
      const json::View said = item["json"]["chatInput"];
      if (i >= kItemsPerRun || !said.is_string()) return;
      event.role = Role::kUser;
      event.text = text(said);
      if (trace_.task.empty()) trace_.task = event.text;
      trace_.events.push_back(event);
    });
  }

  void answer(const N8nNodeRun& node, json::View data, Event event) {
    event.agent = trace_.agent(trace_.arena.keep(node.node));
    json::for_each(data["main"].at(0), [&](json::View item, std::size_t i) {
      const json::View said = item["json"]["output"];
      if (i >= kItemsPerRun || !said.is_string()) return;
      event.text = text(said);
      trace_.events.push_back(event);
    });
  }

  const N8nRun& run_;
  Trace& trace_;
  std::vector<std::string> callers_;  // sorted
};

}  // namespace

void append_n8n_events(const N8nRun& run, Trace& trace) {
  if (!run.execution) return;
  EventWriter writer(run, trace);
  std::uint32_t step = 0;
  for (const N8nNodeRun& node : run.execution->runs) writer.add(node, step++);
  trace.steps += step;
}

}  // namespace agentmend
