// Calls of a workflow to itself, and agents that reach each other as tools.
#include <algorithm>

#include "detectors/n8n/n8n_cycle/cycles.h"
#include "trace/n8n_facts.h"

namespace agentmend::detectors::n8n_cycle {
namespace {

// The workflow that a node calls is this one.
bool calls_itself(const N8nRun& run, const N8nNode& node) {
  if (!node.runs() || (node.type != "executeWorkflow" && node.type != "toolWorkflow")) return false;
  const json::View called = node.parameters["workflowId"];
  std::string storage;
  const json::View id = n8n_unwrap(called);
  return !run.id.empty() && !id.is_null() && json::as_text(id, storage) == run.id;
}

bool capped(const N8nNode& agent) {  // each agent may take ten rounds at most, and somebody has said so
  const auto rounds = agent.parameters["options"]["maxIterations"].number();
  return rounds && *rounds <= 10;
}

}  // namespace

std::vector<Cycle> find_rings(const N8nRun& run) {
  std::vector<Cycle> rings;
  std::vector<GraphEdge> tools, straight;
  for (const N8nEdge& edge : run.edges) {
    if (edge.type == "ai_tool" && run.nodes[edge.from].runs() && run.nodes[edge.to].runs())
      tools.push_back({edge.from, edge.to, 0, 0});
  }
  for (const GraphEdge& edge : run.flow.edges()) {
    if (!run.nodes[edge.from].is(kN8nBranch)) straight.push_back(edge);
  }
  // What no branch stands in front of is called in every run.
  const std::vector<bool> certain =
      WorkflowGraph(run.nodes.size(), std::move(straight)).reach(n8n_triggers(run), WorkflowGraph::Direction::kForward);
  for (std::uint32_t i = 0; i < run.nodes.size(); ++i) {
    if (!calls_itself(run, run.nodes[i])) continue;
    const bool always = !run.nodes[i].is(kN8nTool) && certain[i];
    Cycle ring;
    ring.subtype = "recursion";
    ring.weight = always ? 0.9 : 0.4;
    ring.sufficient = always;
    ring.nodes = ring.way = {i};
    rings.push_back(std::move(ring));
  }
  const WorkflowGraph graph(run.nodes.size(), std::move(tools));
  const std::vector<std::uint32_t> component = graph.strong_components();
  std::vector<std::vector<std::uint32_t>> members(component.size());
  for (std::uint32_t i = 0; i < component.size(); ++i) members[component[i]].push_back(i);
  for (auto& group : members) {
    if (group.size() < 2) continue;
    Cycle ring;
    ring.subtype = "tool_ring";
    ring.weight =
        std::all_of(group.begin(), group.end(), [&run](std::uint32_t i) { return capped(run.nodes[i]); }) ? 0.35 : 0.6;
    ring.nodes = group;
    ring.way = std::move(group);
    rings.push_back(std::move(ring));
  }
  return rings;
}

}  // namespace agentmend::detectors::n8n_cycle
