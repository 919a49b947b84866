#include "trace/n8n_facts.h"

#include <algorithm>

namespace agentmend {
namespace {

using Direction = WorkflowGraph::Direction;

template <typename F>
std::vector<std::uint32_t> nodes_where(const N8nRun& run, F&& wanted) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < run.nodes.size(); ++i) {
    if (run.nodes[i].runs() && wanted(run.nodes[i])) found.push_back(i);
  }
  return found;
}

// An access to a field "error" (json.error, json["error"]), not the word in a text and not console.error.
bool reads_error(std::string_view parameters) {
  constexpr std::string_view kWord = "error";
  for (std::size_t at = parameters.find(kWord); at != std::string_view::npos; at = parameters.find(kWord, at + 1)) {
    const std::string_view before = parameters.substr(0, at);
    const char after = at + kWord.size() < parameters.size() ? parameters[at + kWord.size()] : ' ';
    if (before.ends_with("[\\\"") || before.ends_with("['") || before.ends_with("[`")) return true;
    const bool whole = !((after >= 'a' && after <= 'z') || (after >= 'A' && after <= 'Z') || after == '_');
    if (whole && before.ends_with(".") && !before.ends_with("console.")) return true;
  }
  return false;
}

}  // namespace

std::vector<std::uint32_t> n8n_triggers(const N8nRun& run) {
  return nodes_where(run, [](const N8nNode& node) { return node.is(kN8nTrigger) && !node.is(kN8nErrorTrigger); });
}

std::vector<std::uint32_t> n8n_unattended_triggers(const N8nRun& run) {
  return nodes_where(run, [](const N8nNode& node) {
    return node.is(kN8nTrigger) && !node.is(kN8nErrorTrigger) && !node.is(kN8nAttended) && !node.is(kN8nCalled);
  });
}

bool has_error_trigger(const N8nRun& run) {
  return std::any_of(run.nodes.begin(), run.nodes.end(),
                     [](const N8nNode& node) { return node.runs() && node.is(kN8nErrorTrigger); });
}

std::vector<bool> n8n_live(const N8nRun& run) {
  const std::vector<std::uint32_t> triggers =
      nodes_where(run, [](const N8nNode& node) { return node.is(kN8nTrigger); });
  std::vector<bool> live =
      triggers.empty() ? std::vector<bool>(run.nodes.size(), true) : run.flow.reach(triggers, Direction::kForward);
  for (const N8nEdge& edge : run.edges) {  // sub-nodes live with the node they serve; chains of them are short
    if (!edge.main && live[edge.to]) live[edge.from] = true;
  }
  return live;
}

std::vector<bool> n8n_leads_to(const N8nRun& run, const std::vector<bool>& marked, std::uint32_t hops) {
  std::vector<bool> leads(run.nodes.size(), false);
  const std::uint32_t rounds = hops == 0 ? static_cast<std::uint32_t>(run.nodes.size()) : hops;
  std::vector<std::uint32_t> layer;
  for (std::uint32_t i = 0; i < run.nodes.size(); ++i) {
    if (marked[i]) layer.push_back(i);
  }
  for (std::uint32_t round = 0; round < rounds && !layer.empty(); ++round) {
    std::vector<std::uint32_t> next;
    for (const std::uint32_t at : layer) {
      for (const std::uint32_t e : run.flow.entering(at)) {
        const std::uint32_t from = run.flow.edges()[e].from;
        if (leads[from]) continue;
        leads[from] = true;
        next.push_back(from);
      }
    }
    layer = std::move(next);
  }
  return leads;
}

bool n8n_wired(const N8nRun& run, std::uint32_t node, std::uint32_t output) {
  const auto edges = run.flow.leaving(node);
  return std::any_of(edges.begin(), edges.end(), [&](std::uint32_t e) { return run.flow.edges()[e].output == output; });
}

std::vector<bool> n8n_error_readers(const N8nRun& run) {
  std::vector<bool> readers(run.nodes.size(), false);
  for (std::uint32_t i = 0; i < run.nodes.size(); ++i) {
    const N8nNode& node = run.nodes[i];
    readers[i] = node.runs() && node.parameters.exists() && reads_error(node.parameters.raw());
  }
  return readers;
}

bool n8n_error_is_handled(const N8nRun& run, std::uint32_t node, const std::vector<bool>& before_readers) {
  const N8nNode& failing = run.nodes[node];
  if (failing.is(kN8nTool)) return true;  // the model is told
  if (failing.on_error == N8nOnError::kContinueErrorOutput) return n8n_wired(run, node, failing.outputs);
  return failing.on_error == N8nOnError::kContinueRegular && before_readers[node];
}

std::uint32_t n8n_loop_of(const N8nRun& run, std::uint32_t node) {
  constexpr std::uint32_t kMaxLoops = 100;  // each costs two walks; the most seen in a real workflow is 4
  std::uint32_t best = WorkflowGraph::kNone, loops = 0;
  std::size_t best_size = 0;
  for (std::uint32_t loop = 0; loop < run.nodes.size(); ++loop) {
    const N8nNode& candidate = run.nodes[loop];
    if (!candidate.runs() || !candidate.is(kN8nLoop) || loop == node || ++loops > kMaxLoops) continue;
    const std::uint16_t body_output = candidate.type_version >= 3 ? 1 : 0;
    std::vector<std::uint32_t> starts;
    for (const std::uint32_t e : run.flow.leaving(loop)) {
      if (run.flow.edges()[e].output == body_output) starts.push_back(run.flow.edges()[e].to);
    }
    const std::uint32_t back[] = {loop};
    const std::vector<bool> body = run.flow.reach(starts, Direction::kForward);
    const std::vector<bool> returning = run.flow.reach(back, Direction::kBackward);
    if (!body[node] || !returning[node]) continue;
    std::size_t size = 0;
    for (std::size_t i = 0; i < body.size(); ++i) size += body[i] && returning[i] ? 1 : 0;
    if (best == WorkflowGraph::kNone || size < best_size) {
      best = loop;
      best_size = size;
    }
  }
  return best;
}

}  // namespace agentmend
