// Bounds of n8n workflows: rounds of a cycle, and how long a step may wait.
#include <algorithm>

#include "detectors/n8n/n8n_cycle/cycles.h"
#include "fix/render/n8n_edit.h"
#include "fix/render/n8n_patch.h"
#include "trace/key_words.h"

namespace agentmend::fix {
namespace {

namespace cycles = detectors::n8n_cycle;

Error refused(std::string why) { return {ErrorCode::kFixNotAllowed, "", std::move(why)}; }
std::string parameters_of(const N8nNode& node) { return "/nodes/" + std::to_string(node.position) + "/parameters/"; }

std::string rounds_left_json(std::int64_t rounds) {
  return R"({"conditions":{"options":{"caseSensitive":true,"leftValue":"","typeValidation":"strict","version":2},)"
         R"("conditions":[{"id":")" +
         n8n_derived_id("condition: rounds left") + R"(","leftValue":"={{ $runIndex }}","rightValue":)" +
         std::to_string(rounds) +
         R"(,"operator":{"type":"number","operation":"lt"}}],"combinator":"and"},"options":{}})";
}

// The connections of an output that lead to `to`, or all others, as they are written.
std::string pick(json::View targets, std::string_view to, bool those) {
  json::Writer writer;
  writer.begin_array();
  json::for_each(targets, [&](json::View item, std::size_t) {
    if (item["node"].equals(to) == those) writer.raw(item.raw());
  });
  return writer.end_array().take();
}

// The way back of a loop node leaves from the wrong output: it is cut, or moved to the loop output.
void rewire(N8nEdit& edit, const N8nRun& target, const cycles::Cycle& cycle) {
  const N8nNode& loop = target.nodes[cycle.loop];
  const std::uint32_t done = cycles::done_output(loop);
  const std::string& to = target.nodes[target.flow.edges()[cycle.back_edge].to].name;
  const json::View targets = edit.output_of(loop, done);
  edit.set_output_json(loop, done, pick(targets, to, false));
  if (cycle.subtype != "wrong_output") return;
  const std::string moved = pick(targets, to, true);
  const json::View body = edit.output_of(loop, cycles::loop_output(loop));
  std::string all = pick(body, "", false);
  all = all.size() <= 2 ? moved : all.substr(0, all.size() - 1) + "," + moved.substr(1);
  edit.set_output_json(loop, cycles::loop_output(loop), all);
}

// Where the cycle leads when its condition holds: asked for ever, it goes on there after the last round.
std::vector<N8nTarget> way_out(const N8nRun& target, const cycles::Cycle& cycle) {
  if (cycle.decider == WorkflowGraph::kNone) return {};
  for (const std::uint32_t e : target.flow.leaving(cycle.decider)) {
    const GraphEdge& edge = target.flow.edges()[e];
    if (!std::binary_search(cycle.nodes.begin(), cycle.nodes.end(), edge.to) && target.nodes[edge.to].runs())
      return {{target.nodes[edge.to].name, edge.input}};
  }
  return {};
}

Result<void> bound(N8nEdit& edit, const N8nRun& target, const cycles::Cycle& cycle, std::int64_t rounds) {
  const GraphEdge& back = target.flow.edges()[cycle.back_edge];
  const N8nNode& from = target.nodes[back.from];
  const json::View targets = edit.output_of(from, back.output);
  std::size_t position = 0;
  for (json::View item = targets.first(); item && !item["node"].equals(target.nodes[back.to].name);
       item = item.next_in(targets))
    ++position;
  if (!targets.at(position).exists()) return tl::unexpected(refused("The way back is not written as a connection."));
  const double x = from.x.value_or(0) + 220, y = from.y.value_or(0) + 120;
  const std::string check =
      edit.add_node("Rounds left?", "n8n-nodes-base.if", "2.2", rounds_left_json(rounds), x, y, 80);
  std::vector<N8nTarget> out = way_out(target, cycle);
  std::string stopped;
  if (out.empty()) {
    stopped = edit.add_node("Stopped by limit", "n8n-nodes-base.noOp", "1", "{}", x + 220, y + 120, 80);
    out.push_back({stopped, 0});
  }
  edit.redirect(from, back.output, position, {check, 0});
  const std::string again = n8n_targets_json({{target.nodes[back.to].name, back.input}});
  edit.connect_new_json(check, again + "," + n8n_targets_json(out));
  return {};
}

}  // namespace

Result<N8nPatch> n8n_loop_breaker(const N8nRun& target, std::uint32_t at, std::int64_t rounds,
                                  std::string_view id_seed) {
  if (target.by_id != 0)
    return tl::unexpected(refused("Connections of this workflow name nodes by id, not by name; repair it first."));
  const std::vector<cycles::Cycle> found = cycles::find_cycles(target);
  const auto cycle = std::find_if(found.begin(), found.end(), [&](const cycles::Cycle& item) {
    return item.back_edge != WorkflowGraph::kNone && target.flow.edges()[item.back_edge].from == at &&
           item.subtype != "inner_loop_not_reset";
  });
  if (cycle == found.end())
    return tl::unexpected(refused("\"" + target.nodes[at].name + "\" closes no cycle that can be bounded."));
  N8nPatch patch;
  N8nEdit edit(target, id_seed);
  edit.anchor(target.nodes[at]);
  patch.structural = cycle->subtype != "reset";
  patch.path = "/connections/" + json::escape_token(target.nodes[at].name);
  if (cycle->subtype == "reset") {
    const N8nNode& loop = target.nodes[cycle->loop];
    edit.set_parameter(loop, "options", "reset", "false");
    patch.path = parameters_of(loop) + "options/reset";
  } else if (cycle->loop != WorkflowGraph::kNone) {
    rewire(edit, target, *cycle);
  } else if (auto bounded = bound(edit, target, *cycle, rounds); !bounded) {
    return tl::unexpected(bounded.error());
  }
  patch.operations = edit.take();
  return patch;
}

Result<N8nPatch> n8n_wait_limit(const N8nRun& target, std::uint32_t at, std::int64_t seconds) {
  const N8nNode& node = target.nodes[at];
  if (!node.runs()) return tl::unexpected(refused("\"" + node.name + "\" does not run."));
  N8nPatch patch;
  N8nEdit edit(target, {});
  const json::View p = node.parameters;
  const std::int64_t minutes = std::max<std::int64_t>(1, seconds / 60);
  if (node.type == "wait" && (p["resume"].equals("webhook") || p["resume"].equals("form"))) {
    patch.path = parameters_of(node) + "limitWaitTime";
    patch.already_in_place = p["limitWaitTime"].boolean(false);
    edit.set_parameter(node, "limitWaitTime", {}, "true");
    edit.set_parameter(node, "limitType", {}, "\"afterTimeInterval\"");
    edit.set_parameter(node, "resumeAmount", {}, std::to_string(minutes));
    edit.set_parameter(node, "resumeUnit", {}, "\"minutes\"");
  } else if (p["operation"].equals("sendAndWait")) {
    patch.path = parameters_of(node) + "options/limitWaitTime";
    patch.already_in_place = !p["options"]["limitWaitTime"].is_null();
    edit.set_parameter(node, "options", "limitWaitTime",
                       R"({"values":{"limitType":"afterTimeInterval","resumeAmount":)" + std::to_string(minutes) +
                           R"(,"resumeUnit":"minutes"}})");
  } else if (is_one_of(node.type, "httprequest|httprequesttool") || node.type.starts_with("lm")) {
    const auto old = p["options"]["timeout"].number();
    patch.path = parameters_of(node) + "options/timeout";
    patch.already_in_place = old && *old > 0 && *old <= static_cast<double>(seconds * 1000);
    edit.set_parameter(node, "options", "timeout", std::to_string(seconds * 1000));
  } else {
    return tl::unexpected(refused("n8n has no time limit for \"" + node.name + "\" alone."));
  }
  if (!patch.already_in_place) patch.operations = edit.take();
  return patch;
}

}  // namespace agentmend::fix
