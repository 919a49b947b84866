// The workflow half of N8nRun: nodes, connections, settings.
#include <algorithm>

#include "trace/n8n_run.h"

namespace agentmend {
namespace {

Place place_of(json::View value, std::uint32_t document) {
  return value && document != Place::kNowhere ? Place{document, value.offset()} : Place{};
}

bool flag(json::View node, std::string_view key) {
  return node[key].boolean(node["settings"][key].boolean(false));  // the labelled dialect writes it under settings
}

N8nOnError on_error_of(json::View node) {
  const json::View stated = node["onError"].is_string() ? node["onError"] : node["settings"]["onError"];
  if (stated.equals("continueErrorOutput")) return N8nOnError::kContinueErrorOutput;
  if (stated.equals("continueRegularOutput")) return N8nOnError::kContinueRegular;
  if (stated.equals("stopWorkflow")) return N8nOnError::kStop;
  return flag(node, "continueOnFail") ? N8nOnError::kContinueRegular : N8nOnError::kStop;
}

N8nNode read_node(json::View json, std::size_t position, std::uint32_t document) {
  N8nNode node;
  node.position = static_cast<std::uint32_t>(position);
  node.json = json;
  node.place = place_of(json, document);
  node.id = json["id"].text();
  node.name = json["name"].text();
  node.full_type = json["type"].text();
  node.type = std::string(n8n_short_type(node.full_type));
  node.type_version = json["typeVersion"].number().value_or(1);
  node.parameters = json["parameters"];
  node.traits = n8n_traits(node.full_type, json, node.parameters);
  node.disabled = flag(json, "disabled");
  node.on_error = on_error_of(json);
  node.retry = flag(json, "retryOnFail");
  node.max_tries = json["maxTries"].number();
  node.wait_between_tries = json["waitBetweenTries"].number();
  node.outputs = n8n_outputs(node.type, node.type_version, node.parameters);
  node.x = json["position"].at(0).number();
  node.y = json["position"].at(1).number();
  return node;
}

std::uint16_t port(std::optional<std::int64_t> value) {
  return static_cast<std::uint16_t>(std::clamp<std::int64_t>(value.value_or(0), 0, 65'535));
}

class ConnectionReader {
 public:
  ConnectionReader(N8nRun& run, std::uint32_t document) : run_(run), document_(document) {
    for (std::uint32_t i = 0; i < run.nodes.size(); ++i) {
      if (!run.nodes[i].id.empty()) by_id_.emplace(run.nodes[i].id, i);
    }
  }

  void read(json::View connections) {
    json::for_each_member(connections, [this](std::string_view source, json::View types) {
      from_ = resolve(source);
      json::for_each_member(types, [this](std::string_view type, json::View outputs) {
        type_ = type;
        json::for_each(outputs, [this](json::View targets, std::size_t output) {
          output_ = port(static_cast<std::int64_t>(output));
          if (targets.is_object()) target(targets);
          json::for_each(targets, [this](json::View item, std::size_t) { target(item); });
        });
      });
    });
  }

  [[nodiscard]] bool too_many() const { return too_many_; }

 private:
  std::uint32_t resolve(std::string_view name) {
    const std::uint32_t found = run_.find(name);
    if (found != WorkflowGraph::kNone) return found;
    const auto by_id = by_id_.find(std::string(name));
    if (by_id == by_id_.end()) return WorkflowGraph::kNone;
    ++run_.by_id;
    return by_id->second;
  }

  void target(json::View item) {
    if (!item.is_object()) return;
    const std::uint32_t to = resolve(item["node"].text());
    if (from_ == WorkflowGraph::kNone || to == WorkflowGraph::kNone) {
      if (run_.dangling++ == 0) run_.first_dangling = place_of(item, document_);
      return;
    }
    if (run_.edges.size() >= WorkflowGraph::kMaxEdges) {
      too_many_ = true;
      return;
    }
    run_.edges.push_back(
        {from_, to, output_, port(item["index"].integer()), type_ == "main", type_, place_of(item, document_)});
  }

  N8nRun& run_;
  std::uint32_t document_;
  std::unordered_map<std::string, std::uint32_t> by_id_;  // asked, never iterated
  std::uint32_t from_ = 0;
  std::uint16_t output_ = 0;
  std::string type_;
  bool too_many_ = false;
};

// The main edges as they run: a disabled node passes input 0 through its output 0 and does nothing else.
WorkflowGraph flow_of(const N8nRun& run) {
  std::vector<GraphEdge> edges;
  for (const N8nEdge& edge : run.edges) {
    const N8nNode& from = run.nodes[edge.from];
    const N8nNode& to = run.nodes[edge.to];
    if (!edge.main || from.is(kN8nNote) || to.is(kN8nNote)) continue;
    if ((from.disabled && edge.output != 0) || (to.disabled && edge.input != 0)) continue;
    edges.push_back({edge.from, edge.to, edge.output, edge.input});
  }
  return WorkflowGraph(run.nodes.size(), std::move(edges));
}

}  // namespace

std::uint32_t N8nRun::find(std::string_view node_name) const {
  const auto found = by_name.find(std::string(node_name));
  return found == by_name.end() ? WorkflowGraph::kNone : found->second;
}

std::string N8nRun::node_path(const N8nNode& node) const {
  return "/workflow_json/nodes/" + std::to_string(node.position);
}

Result<void> read_n8n_workflow(json::View workflow, std::uint32_t document, N8nRun& run) {
  const json::View nodes = workflow["nodes"];
  if (!nodes.is_array())
    return fail(ErrorCode::kSchemaType, json::pointer_of(workflow) + "/nodes", "A workflow has an array of nodes.");
  run.workflow = workflow;
  run.document = document;
  run.place = place_of(workflow, document);
  if (!workflow["id"].is_null()) {
    std::string storage;
    run.id = std::string(json::as_text(workflow["id"], storage));
  }
  run.name = workflow["name"].text();
  json::for_each(nodes, [&](json::View node, std::size_t position) {
    if (!node.is_object() || run.nodes.size() > WorkflowGraph::kMaxNodes) return;
    run.nodes.push_back(read_node(node, position, document));
    const std::uint32_t index = static_cast<std::uint32_t>(run.nodes.size() - 1);
    const bool fresh = run.by_name.emplace(run.nodes.back().name, index).second;
    if (!fresh && !run.nodes.back().is(kN8nNote)) ++run.duplicate_names;
  });
  ConnectionReader reader(run, document);
  reader.read(workflow["connections"]);
  if (run.nodes.size() > WorkflowGraph::kMaxNodes || reader.too_many())
    return fail(ErrorCode::kLimitGraph, json::pointer_of(nodes),
                "A workflow has at most 5,000 nodes and 50,000 connections.");
  run.flow = flow_of(run);
  const json::View settings = workflow["settings"];
  run.error_workflow = settings["errorWorkflow"].text();
  run.execution_timeout = settings["executionTimeout"].number();
  return {};
}

}  // namespace agentmend
