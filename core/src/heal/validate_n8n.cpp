#include "heal/validate_n8n.h"

#include <algorithm>
#include <unordered_set>
#include <vector>

#include "trace/n8n_facts.h"

namespace agentmend::heal {
namespace {

// Members of a node and of settings that n8n knows (its public API refuses others).
constexpr std::string_view kNodeKeys[] = {"alwaysOutputData",
                                          "continueOnFail",
                                          "credentials",
                                          "disabled",
                                          "executeOnce",
                                          "extendsCredential",
                                          "id",
                                          "maxTries",
                                          "name",
                                          "notes",
                                          "notesInFlow",
                                          "onError",
                                          "parameters",
                                          "position",
                                          "retryOnFail",
                                          "type",
                                          "typeVersion",
                                          "waitBetweenTries",
                                          "webhookId"};
constexpr std::string_view kSettingKeys[] = {"availableInMCP",
                                             "binaryMode",
                                             "callerIds",
                                             "callerPolicy",
                                             "credentialResolverId",
                                             "customTelemetryTags",
                                             "errorWorkflow",
                                             "executionOrder",
                                             "executionTimeout",
                                             "redactionPolicy",
                                             "saveDataErrorExecution",
                                             "saveDataSuccessExecution",
                                             "saveExecutionProgress",
                                             "saveManualExecutions",
                                             "timeSavedMode",
                                             "timeSavedPerExecution",
                                             "timezone"};

template <std::size_t N>
bool known(const std::string_view (&keys)[N], std::string_view key) {
  return std::find(std::begin(keys), std::end(keys), key) != std::end(keys);
}

Result<void> invalid(std::string at, std::string message) {
  return fail(ErrorCode::kStructuralInvalid, std::move(at), std::move(message));
}

std::size_t repeated_ids(const N8nRun& run) {
  std::unordered_set<std::string> seen;  // asked, never iterated
  std::size_t repeated = 0;
  for (const N8nNode& node : run.nodes) repeated += !node.id.empty() && !seen.insert(node.id).second ? 1 : 0;
  return repeated;
}

bool is_orphan(const N8nRun& run, std::uint32_t at) {
  const N8nNode& node = run.nodes[at];
  if (!node.runs() || node.is(kN8nTrigger)) return false;
  if (!run.flow.leaving(at).empty() || !run.flow.entering(at).empty()) return false;
  return std::none_of(run.edges.begin(), run.edges.end(),
                      [at](const N8nEdge& edge) { return edge.from == at || edge.to == at; });
}

Result<void> check_keys(const N8nRun& old, const N8nRun& fresh) {
  Result<void> outcome;
  for (const N8nNode& node : fresh.nodes) {
    const std::uint32_t was = old.find(node.name);
    json::for_each_member(node.json, [&](std::string_view key, json::View) {
      const bool before = was != WorkflowGraph::kNone && old.nodes[was].json[key].exists();
      if (!before && !known(kNodeKeys, key) && outcome)
        outcome = invalid("/nodes/" + std::to_string(node.position) + "/" + json::escape_token(key),
                          "n8n knows no such member of a node.");
    });
  }
  json::for_each_member(fresh.workflow["settings"], [&](std::string_view key, json::View) {
    if (!old.workflow["settings"][key].exists() && !known(kSettingKeys, key) && outcome)
      outcome = invalid("/settings/" + json::escape_token(key), "n8n knows no such setting.");
  });
  json::for_each_member(fresh.workflow, [&](std::string_view key, json::View) {
    if (!old.workflow[key].exists() && key != "settings" && outcome)
      outcome = invalid("/" + json::escape_token(key), "The patch adds a member that n8n would refuse.");
  });
  return outcome;
}

class Walker {
 public:
  Walker(const N8nRun& recorded, const N8nRun& graph) : recorded_(recorded), graph_(graph) {}

  Walk walk() {
    Walk result;
    const N8nNodeRun* failure = first_failure();
    const std::uint32_t start = failure == nullptr ? WorkflowGraph::kNone : graph_.find(failure->node);
    if (start == WorkflowGraph::kNone) return result;
    read_rounds();
    std::uint64_t rounds = 1;
    for (const std::uint32_t left : remaining_) rounds += left;
    result.bound = static_cast<std::uint32_t>(std::min<std::uint64_t>(rounds * (graph_.nodes.size() + 1), 1'000'000));
    const N8nNode& failed = graph_.nodes[start];
    result.last = failed.name;
    if (failed.on_error == N8nOnError::kStop) {
      result.end = WalkEnd::kStopped;
      return result;
    }
    leave(start, failed.on_error == N8nOnError::kContinueErrorOutput ? failed.outputs : 0);
    result.end = WalkEnd::kTerminal;
    while (!open_.empty()) {
      const std::uint32_t at = open_.back();
      open_.pop_back();
      if (++result.steps > result.bound) {
        result.end = WalkEnd::kUnbounded;
        return result;
      }
      const N8nNode& node = graph_.nodes[at];
      result.last = node.name;
      if (node.is(kN8nStops)) {
        result.end = WalkEnd::kStopped;
        return result;
      }
      visit(at, node);
    }
    return result;
  }

 private:
  const N8nNodeRun* first_failure() const {
    if (!recorded_.execution) return nullptr;
    const auto& runs = recorded_.execution->runs;
    const auto found = std::find_if(runs.begin(), runs.end(),
                                    [](const N8nNodeRun& run) { return run.failed || run.error_items != 0; });
    return found == runs.end() ? nullptr : &*found;
  }

  // Rounds that a loop still had before it: its items by its batch size, less the rounds it ran.
  void read_rounds() {
    remaining_.assign(graph_.nodes.size(), 0);
    outputs_.assign(graph_.nodes.size(), {});
    std::vector<std::uint32_t> ran(graph_.nodes.size(), 0), received(graph_.nodes.size(), 0);
    for (const N8nNodeRun& run : recorded_.execution->runs) {
      const std::uint32_t at = graph_.find(run.node);
      if (at == WorkflowGraph::kNone) continue;
      if (++ran[at] == 1) received[at] = items_into(run);
      for (std::uint32_t output = 0; output < run.items.size(); ++output) {
        const bool fresh = std::find(outputs_[at].begin(), outputs_[at].end(), output) == outputs_[at].end();
        if (run.items[output] != 0 && fresh) outputs_[at].push_back(output);
      }
    }
    for (std::uint32_t at = 0; at < graph_.nodes.size(); ++at) {
      const N8nNode& node = graph_.nodes[at];
      if (!node.is(kN8nLoop)) continue;
      const auto batch = node.parameters["batchSize"].integer().value_or(1);
      const std::uint32_t size = static_cast<std::uint32_t>(std::clamp<std::int64_t>(batch, 1, 1'000'000));
      const std::uint32_t all = (received[at] + size - 1) / size;
      remaining_[at] = all > ran[at] ? all - ran[at] : 0;
    }
  }

  [[nodiscard]] std::uint32_t items_into(const N8nNodeRun& run) const {
    if (run.sources.empty()) return 0;
    const N8nSource& source = run.sources.front();
    for (const N8nNodeRun& before : recorded_.execution->runs) {
      if (before.node == source.node && before.index == source.run && source.output < before.items.size())
        return before.items[source.output];
    }
    return 0;
  }

  void visit(std::uint32_t at, const N8nNode& node) {
    if (node.is(kN8nLoop)) {
      const std::uint32_t body = node.type_version >= 3 ? 1 : 0;
      const bool again = remaining_[at] > 0;
      if (again) --remaining_[at];
      leave(at, again || node.type_version < 2 ? body : 1 - body);
    } else if (!outputs_[at].empty()) {
      for (const std::uint32_t output : outputs_[at]) leave(at, output);
    } else if (node.is(kN8nBranch)) {  // never ran: it may choose any output
      for (std::uint32_t output = 0; output < node.outputs; ++output) leave(at, output);
    } else {
      leave(at, 0);
    }
  }

  void leave(std::uint32_t at, std::uint32_t output) {
    for (const std::uint32_t e : graph_.flow.leaving(at)) {
      if (graph_.flow.edges()[e].output == output) open_.push_back(graph_.flow.edges()[e].to);
    }
  }

  const N8nRun& recorded_;
  const N8nRun& graph_;
  std::vector<std::uint32_t> remaining_;  // rounds, per loop node
  std::vector<std::vector<std::uint32_t>> outputs_;  // that had items in the recording, per node
  std::vector<std::uint32_t> open_;
};

}  // namespace

Result<void> check_n8n_structure(json::View before, json::View after) {
  N8nRun old, fresh;
  if (auto read = read_n8n_workflow(before, Place::kNowhere, old); !read) return read;
  if (auto read = read_n8n_workflow(after, Place::kNowhere, fresh); !read) return read;
  if (repeated_ids(fresh) > repeated_ids(old)) return invalid("/nodes", "Two nodes have the same id.");
  if (fresh.duplicate_names > old.duplicate_names) return invalid("/nodes", "Two nodes have the same name.");
  if (fresh.dangling > old.dangling)
    return invalid("/connections", "A connection begins or ends at a node that is not there.");
  for (const std::uint32_t trigger : n8n_triggers(old)) {
    const std::uint32_t now = fresh.find(old.nodes[trigger].name);
    if (now == WorkflowGraph::kNone || !fresh.nodes[now].runs() || !fresh.nodes[now].is(kN8nTrigger))
      return invalid("/nodes", "The trigger \"" + old.nodes[trigger].name + "\" is gone.");
  }
  for (std::uint32_t i = 0; i < fresh.nodes.size(); ++i) {
    const std::uint32_t was = old.find(fresh.nodes[i].name);
    if (is_orphan(fresh, i) && (was == WorkflowGraph::kNone || !is_orphan(old, was)))
      return invalid("/nodes/" + std::to_string(fresh.nodes[i].position),
                     "Nothing leads to \"" + fresh.nodes[i].name + "\", and it leads nowhere.");
  }
  return check_keys(old, fresh);
}

Walk walk_n8n_run(const N8nRun& recorded, json::View after) {
  N8nRun graph;
  if (!read_n8n_workflow(after, Place::kNowhere, graph)) return {};
  return Walker(recorded, graph).walk();
}

std::optional<bool> replay_n8n(json::View patched_workflow, const N8nRun& recorded, std::string& detail) {
  const Walk walk = walk_n8n_run(recorded, patched_workflow);
  const std::string steps = std::to_string(walk.steps) + " steps, bound " + std::to_string(walk.bound);
  switch (walk.end) {
    case WalkEnd::kUnknown: detail = "no failure of a node was recorded"; return std::nullopt;
    case WalkEnd::kUnbounded:
      detail = "the walk goes round: more than " + std::to_string(walk.bound) + " steps";
      return false;
    case WalkEnd::kTerminal:
      detail = "the failed items are led away, and the run ends in \"" + walk.last + "\" (" + steps + ")";
      return true;
    case WalkEnd::kStopped: break;
  }
  N8nRun graph;
  static_cast<void>(read_n8n_workflow(patched_workflow, Place::kNowhere, graph));
  const std::uint32_t at = graph.find(walk.last);
  if (at != WorkflowGraph::kNone && graph.nodes[at].retry) {
    detail = "\"" + walk.last + "\" is tried again; whether that would have passed, no recording can tell";
    return std::nullopt;
  }
  detail = "the run ends in an error at \"" + walk.last + "\"";
  // Where the failure was hidden in a success, ending there is what the fix is for.
  return !recorded.execution->failed() && walk.steps > 0;
}

}  // namespace agentmend::heal
