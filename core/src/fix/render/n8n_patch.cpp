#include "fix/render/n8n_patch.h"

#include <algorithm>

#include "fix/render/n8n_edit.h"
#include "order.h"
#include "trace/n8n_facts.h"

namespace agentmend::fix {
namespace {

constexpr double kColumn = 220;  // n8n's own distance between a node and the next
constexpr double kBelow = 120;
constexpr double kStep = 80;

Error refused(std::string why) { return {ErrorCode::kFixNotAllowed, "", std::move(why)}; }

// Why the errors of this node cannot be led away; empty = they can.
std::string why_not(const N8nRun& target, const N8nNode& node) {
  if (!node.runs() || node.is(kN8nTrigger) || node.is(kN8nSub))
    return "\"" + node.name + "\" has no error output: it is a trigger, a sub-node, a note or disabled.";
  if (target.by_id != 0) return "Connections of this workflow name nodes by id, not by name; repair it first.";
  const auto same = [&node](const N8nNode& other) { return other.name == node.name; };
  if (std::count_if(target.nodes.begin(), target.nodes.end(), same) != 1)
    return "There is more than one node named \"" + node.name + "\".";
  return {};
}

// Where errors of other nodes already go: a node that an error output leads to, and that tells a person.
const N8nNode* notifier(const N8nRun& target, const N8nNode& node) {
  for (const GraphEdge& edge : target.flow.edges()) {
    const N8nNode& from = target.nodes[edge.from];
    const N8nNode& to = target.nodes[edge.to];
    if (from.on_error == N8nOnError::kContinueErrorOutput && edge.output >= from.outputs && to.runs() &&
        to.is(kN8nNotify) && to.position != node.position)
      return &to;
  }
  return nullptr;
}

struct Loop {
  const N8nNode* node = nullptr;
  std::uint32_t at = 0;
  std::uint32_t done = 0, body = 1;  // outputs
  bool one_by_one = true;  // never more than one item a round reaches the failing node
  std::vector<std::uint32_t> back;  // edges of target.flow from the body to the loop
};

// Types that hand on as many items as they get, or fewer.
bool keeps_count(const N8nNode& node) {
  constexpr std::string_view kTypes[] = {"set",  "if",         "switch",       "filter",          "wait",
                                         "noOp", "limit",      "dateTime",     "crypto",          "markdown",
                                         "html", "renameKeys", "stopAndError", "respondToWebhook"};
  return std::find(std::begin(kTypes), std::end(kTypes), node.type) != std::end(kTypes);
}

Loop read_loop(const N8nRun& target, std::uint32_t loop_at, std::uint32_t failing) {
  using Direction = WorkflowGraph::Direction;
  Loop loop;
  loop.at = loop_at;
  loop.node = &target.nodes[loop_at];
  if (loop.node->type_version < 3) std::swap(loop.done, loop.body);
  const auto batch = loop.node->parameters["batchSize"];
  loop.one_by_one = batch.is_null() || (batch.integer() && *batch.integer() == 1);
  std::vector<std::uint32_t> starts;
  for (const std::uint32_t e : target.flow.leaving(loop_at)) {
    if (target.flow.edges()[e].output == loop.body) starts.push_back(target.flow.edges()[e].to);
  }
  const std::vector<bool> body = target.flow.reach(starts, Direction::kForward);
  const std::uint32_t end[] = {failing};
  const std::vector<bool> before = target.flow.reach(end, Direction::kBackward);
  for (std::uint32_t i = 0; i < target.nodes.size(); ++i) {
    if (body[i] && before[i] && i != failing && i != loop_at && !keeps_count(target.nodes[i])) loop.one_by_one = false;
  }
  for (const std::uint32_t e : target.flow.entering(loop_at)) {
    const std::uint32_t from = target.flow.edges()[e].from;
    if (body[from] && from != loop_at) loop.back.push_back(e);
  }
  return loop;
}

std::string without_errors_json() {
  return R"({"conditions":{"options":{"caseSensitive":true,"leftValue":"","typeValidation":"strict","version":2},)"
         R"("conditions":[{"id":")" +
         n8n_derived_id("condition: no error") +
         R"(","leftValue":"={{ !$json.error }}","rightValue":"","operator":{"type":"boolean","operation":"true",)"
         R"("singleValue":true}}],"combinator":"and"},"options":{}})";
}

// What failed goes back into the loop, or the loop would end with this round; it also leaves by the done output at the
// end, where a filter holds it back.
Result<void> lead_back(const N8nRun& target, N8nEdit& edit, const Loop& loop, const std::string& failed) {
  const N8nNode& loop_node = *loop.node;
  N8nTarget back{loop_node.name, 0};
  const N8nNode* last = nullptr;
  const GraphEdge* way_back = nullptr;
  std::string rejoin;
  if (!loop.one_by_one) {
    // Good and failed items of one round would enter the loop one after the other, and "done" would fire twice.
    if (!target.workflow["settings"]["executionOrder"].equals("v1"))
      return tl::unexpected(refused("A loop over batches can only be mended with execution order v1."));
    if (loop.back.size() != 1)
      return tl::unexpected(refused("A loop over batches with several ways back cannot be mended by a patch."));
    way_back = &target.flow.edges()[loop.back.front()];
    last = &target.nodes[way_back->from];
    rejoin = "Rejoin loop";
  }
  std::string filter;
  const json::View done = edit.output_of(loop_node, loop.done);
  const double x = loop_node.x.value_or(0), y = loop_node.y.value_or(0);
  if (done.is_array() && done.first()) {
    filter = edit.add_node("Without failed items", "n8n-nodes-base.filter", "2.2", without_errors_json(), x + kColumn,
                           y - kBelow, -kStep);
    edit.set_output(loop_node, loop.done, {{filter, 0}});
    edit.connect_new_json(filter, done.raw());
  }
  if (last != nullptr) {
    rejoin = edit.add_node(rejoin, "n8n-nodes-base.merge", "3", "{}", last->x.value_or(0) + kColumn,
                           last->y.value_or(0) + kStep, kStep);
    const json::View targets = edit.output_of(*last, way_back->output);
    std::size_t position = 0;
    for (json::View item = targets.first(); item && !item["node"].equals(loop_node.name); item = item.next_in(targets))
      ++position;
    edit.redirect(*last, way_back->output, position, {rejoin, 0});
    edit.connect_new(rejoin, {{loop_node.name, 0}});
    back = {rejoin, 1};
  }
  edit.connect_new(failed, {back});
  return {};
}

std::string member_path(const N8nNode& node, std::string_view member) {
  return "/nodes/" + std::to_string(node.position) + "/" + std::string(member);
}

// Where the error output leads and the results do not.
std::vector<N8nTarget> own_error_targets(const N8nRun& target, std::uint32_t at) {
  std::vector<std::uint32_t> good;
  std::vector<N8nTarget> own;
  for (const std::uint32_t e : target.flow.leaving(at)) {
    if (target.flow.edges()[e].output < target.nodes[at].outputs) good.push_back(target.flow.edges()[e].to);
  }
  sort_numbers(good);
  for (const std::uint32_t e : target.flow.leaving(at)) {
    const GraphEdge& edge = target.flow.edges()[e];
    const bool shared = std::binary_search(good.begin(), good.end(), edge.to);
    if (edge.output >= target.nodes[at].outputs && (!shared || target.nodes[edge.to].is(kN8nLoop)))
      own.push_back({target.nodes[edge.to].name, edge.input});
  }
  return own;
}

}  // namespace

Result<N8nPatch> n8n_circuit_breaker(const N8nRun& target, std::uint32_t at, std::string_view id_seed) {
  const N8nNode& node = target.nodes[at];
  if (std::string why = why_not(target, node); !why.empty()) return tl::unexpected(refused(std::move(why)));
  const std::uint32_t loop_at = n8n_loop_of(target, at);
  if (loop_at != WorkflowGraph::kNone && target.nodes[loop_at].type_version < 2)
    return tl::unexpected(refused("The loop node is of version 1, which has no output for its end."));
  N8nPatch patch;
  patch.path = member_path(node, "onError");
  std::vector<N8nTarget> targets = own_error_targets(target, at);
  if (node.on_error == N8nOnError::kContinueErrorOutput && !targets.empty()) {
    patch.already_in_place = true;
    return patch;
  }
  N8nEdit edit(target, id_seed);
  edit.anchor(node);
  if (!node.json["onError"].equals("continueErrorOutput")) edit.set_member(node, "onError", "\"continueErrorOutput\"");
  patch.structural = true;
  const N8nNode* told = loop_at == WorkflowGraph::kNone ? notifier(target, node) : nullptr;
  if (told != nullptr) {
    edit.set_output(node, node.outputs, {{told->name, 0}});
  } else {
    const std::string failed = edit.add_node("Failed items", "n8n-nodes-base.noOp", "1", "{}",
                                             node.x.value_or(0) + kColumn, node.y.value_or(0) + kBelow, kStep);
    edit.set_output(node, node.outputs, {{failed, 0}});
    if (loop_at != WorkflowGraph::kNone) {
      if (auto led = lead_back(target, edit, read_loop(target, loop_at, at), failed); !led)
        return tl::unexpected(led.error());
    }
  }
  patch.operations = edit.take();
  return patch;
}

Result<N8nPatch> n8n_retry_limit(const N8nRun& target, std::uint32_t at, std::int64_t max_retries) {
  const N8nNode& node = target.nodes[at];
  if (std::string why = why_not(target, node); !why.empty()) return tl::unexpected(refused(std::move(why)));
  if (!node.is(kN8nRead) || node.is(kN8nModel | kN8nAgent | kN8nOutward))
    return tl::unexpected(
        refused("\"" + node.name + "\" does more than read; trying it again could repeat what it did."));
  N8nPatch patch;
  patch.path = member_path(node, "retryOnFail");
  // n8n takes 2 to 5 tries; added retries stay at 3 (healing rules 4.6).
  const std::int64_t tries = std::clamp<std::int64_t>(max_retries + 1, 2, 3);
  if (node.retry && node.max_tries.value_or(3) <= static_cast<double>(tries)) {
    patch.already_in_place = true;
    return patch;
  }
  N8nEdit edit(target, {});
  edit.anchor(node);
  if (!node.json["retryOnFail"].boolean(false)) edit.set_member(node, "retryOnFail", "true");
  edit.set_member(node, "maxTries", std::to_string(tries));
  if (!node.wait_between_tries) edit.set_member(node, "waitBetweenTries", "2000");
  patch.operations = edit.take();
  return patch;
}

Result<N8nPatch> n8n_error_branch(const N8nRun& target, std::uint32_t at, std::string_view id_seed) {
  const N8nNode& node = target.nodes[at];
  if (std::string why = why_not(target, node); !why.empty()) return tl::unexpected(refused(std::move(why)));
  if (node.on_error == N8nOnError::kStop)
    return tl::unexpected(refused("An error of \"" + node.name + "\" stops the run already."));
  N8nPatch patch;
  patch.path = member_path(node, "onError");
  if (node.on_error == N8nOnError::kContinueErrorOutput && !own_error_targets(target, at).empty()) {
    patch.already_in_place = true;
    return patch;
  }
  N8nEdit edit(target, id_seed);
  edit.anchor(node);
  if (!node.json["onError"].equals("continueErrorOutput")) edit.set_member(node, "onError", "\"continueErrorOutput\"");
  const std::string stop = edit.add_node("Stop on error", "n8n-nodes-base.stopAndError", "1",
                                         R"({"errorMessage":"={{ $json.error?.message || $json.error || 'failed' }}"})",
                                         node.x.value_or(0) + kColumn, node.y.value_or(0) + kBelow, kStep);
  edit.set_output(node, node.outputs, {{stop, 0}});
  patch.structural = true;
  patch.operations = edit.take();
  return patch;
}

Result<N8nPatch> n8n_execution_timeout(const N8nRun& target, std::int64_t seconds) {
  N8nPatch patch;
  patch.path = "/settings/executionTimeout";
  const auto limit = target.execution_timeout;
  if (limit && *limit > 0 && *limit <= static_cast<double>(seconds)) {
    patch.already_in_place = true;
    return patch;
  }
  N8nEdit edit(target, {});
  edit.set_setting("executionTimeout", std::to_string(seconds));
  patch.operations = edit.take();
  return patch;
}

}  // namespace agentmend::fix
