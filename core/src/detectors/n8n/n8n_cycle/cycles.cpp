#include "detectors/n8n/n8n_cycle/cycles.h"

#include <algorithm>

#include "order.h"
#include "trace/n8n_facts.h"

namespace agentmend::detectors::n8n_cycle {
namespace {

constexpr std::size_t kMaxLoops = 30;  // loop nodes of a component, compared in pairs; the most seen in a workflow is 4
constexpr std::size_t kMaxRounds = 30;  // nodes with an end that are taken out one after the other
constexpr std::size_t kMaxStarts = 20;  // nodes from which the shortest way round is looked for
constexpr std::uint32_t kNone = WorkflowGraph::kNone;

// How sure it is that a cycle left by this condition does not end (spec, condition test). kUnclear is not held against
// a workflow.
constexpr double kWeightOfEnd[] = {0.1, 0.15, 0.2, 0.3, 0.45, 0.7, 0.6, 0.95};
constexpr std::string_view kNameOfEnd[] = {"counted", "person",   "pages",      "conditional",
                                           "poll",    "hot_poll", "judge_loop", "stuck_condition"};

class Finder {
 public:
  explicit Finder(const N8nRun& run)
      : run_(run), edges_(run.flow.edges()), live_(n8n_live(run)), without_(edges_.size(), false) {}

  std::vector<Cycle> all() {
    const auto groups = components();
    for (const auto& group : groups) loops(group);
    // What ends by itself is taken out; what still goes round is judged by its exits. A node that ends the cycles
    // through it is taken out in turn, so that a second way round beside it is seen.
    for (std::size_t round = 0; round < kMaxRounds; ++round) {
      bool more = false;
      for (const auto& group : components()) {
        const bool wired_wrongly =
            std::any_of(group.begin(), group.end(), [this](std::uint32_t i) { return is_loop(i); });
        more = (!wired_wrongly && conditional(group)) || more;
        if (wired_wrongly) take_out(group);
      }
      if (!more) break;
    }
    sort_stable(cycles_, [](const Cycle& a, const Cycle& b) { return a.weight > b.weight; });
    return std::move(cycles_);
  }

 private:
  [[nodiscard]] bool is_loop(std::uint32_t i) const { return run_.nodes[i].runs() && run_.nodes[i].is(kN8nLoop); }

  // Live strong components with a cycle, by their first node.
  [[nodiscard]] std::vector<std::vector<std::uint32_t>> components() const {
    const std::vector<std::uint32_t> component = run_.flow.strong_components(&without_);
    std::vector<std::vector<std::uint32_t>> members(component.size());
    std::vector<bool> round(component.size(), false);
    for (std::uint32_t i = 0; i < component.size(); ++i) {
      if (live_[i]) members[component[i]].push_back(i);
      if (members[component[i]].size() > 1) round[component[i]] = true;
    }
    for (std::uint32_t e = 0; e < edges_.size(); ++e) {
      if (!without_[e] && edges_[e].from == edges_[e].to) round[component[edges_[e].from]] = true;
    }
    std::vector<std::vector<std::uint32_t>> found;
    for (std::uint32_t c = 0; c < members.size(); ++c) {
      if (round[c] && !members[c].empty()) found.push_back(std::move(members[c]));
    }
    return found;
  }

  [[nodiscard]] std::vector<bool> marks(const std::vector<std::uint32_t>& group) const {
    std::vector<bool> inside(run_.nodes.size(), false);
    for (const std::uint32_t i : group) inside[i] = true;
    return inside;
  }

  // Nodes reached from an output of `loop` inside the group, without passing `loop` again; `blocked`: edges not taken.
  [[nodiscard]] std::vector<bool> from_output(std::uint32_t loop, std::uint32_t output, const std::vector<bool>& inside,
                                              const std::vector<bool>& blocked) const {
    std::vector<bool> seen(run_.nodes.size(), false);
    std::vector<std::uint32_t> open;
    const auto visit = [&](std::uint32_t node) {
      if (!inside[node] || seen[node]) return;
      seen[node] = true;
      if (node != loop) open.push_back(node);
    };
    for (const std::uint32_t e : run_.flow.leaving(loop)) {
      if (edges_[e].output == output) visit(edges_[e].to);
    }
    while (!open.empty()) {
      const std::uint32_t node = open.back();
      open.pop_back();
      for (const std::uint32_t e : run_.flow.leaving(node)) {
        if (!blocked[e]) visit(edges_[e].to);
      }
    }
    return seen;
  }

  void loops(const std::vector<std::uint32_t>& group) {
    std::vector<std::uint32_t> found;
    for (const std::uint32_t i : group) {
      if (is_loop(i) && found.size() < kMaxLoops) found.push_back(i);
    }
    if (found.empty()) return;
    const std::vector<bool> inside = marks(group);
    std::vector<bool> bodies(edges_.size(), false);  // loop edges of all loop nodes
    for (const std::uint32_t loop : found) {
      for (const std::uint32_t e : run_.flow.leaving(loop)) {
        if (edges_[e].output == loop_output(run_.nodes[loop])) bodies[e] = true;
      }
    }
    for (const std::uint32_t loop : found) judge_loop_node(loop, found, group, inside, bodies);
    for (std::uint32_t e = 0; e < edges_.size(); ++e) {
      if (bodies[e]) without_[e] = true;
    }
  }

  void judge_loop_node(std::uint32_t loop, const std::vector<std::uint32_t>& all,
                       const std::vector<std::uint32_t>& group, const std::vector<bool>& inside,
                       const std::vector<bool>& bodies) {
    const N8nNode& node = run_.nodes[loop];
    const std::vector<bool> nothing(edges_.size(), false);
    const std::vector<bool> body = from_output(loop, loop_output(node), inside, nothing);
    const bool returns = body[loop];
    const std::uint32_t done = done_output(node);
    std::vector<bool> after;
    if (done != kNone) after = from_output(loop, done, inside, bodies);
    const bool done_returns = done != kNone && after[loop];
    Cycle cycle;
    cycle.nodes = group;
    cycle.loop = loop;
    const json::View reset = node.parameters["options"]["reset"];
    if (returns && reset.boolean(false)) {
      cycle.subtype = "reset";
      cycle.weight = 0.9;
      cycle.sufficient = true;
      cycle.back_edge = way_back(loop, body);
    } else if (done_returns) {
      cycle.subtype = returns ? "done_returns" : "wrong_output";
      cycle.weight = returns ? 0.95 : 0.7;
      cycle.sufficient = returns;
      cycle.back_edge = first_edge(loop, done, after);
    } else if (returns && done != kNone && reset.is_null() && is_inner(loop, all, inside, body)) {
      // Seen on the real engine: entered a second time, a loop node that was not reset says "done" at once, so only the
      // items of the first outer round are worked on.
      cycle.subtype = "inner_loop_not_reset";
      cycle.weight = 0.6;
      cycle.back_edge = way_back(loop, body);
    } else {
      return;
    }
    cycle.way = way_round(cycle.back_edge, inside, nothing);
    describe(cycle);
    cycles_.push_back(std::move(cycle));
  }

  // Strictly inside the body of another loop node, which is entered anew in each of its rounds.
  [[nodiscard]] bool is_inner(std::uint32_t loop, const std::vector<std::uint32_t>& all,
                              const std::vector<bool>& inside, const std::vector<bool>& body) const {
    const std::vector<bool> nothing(edges_.size(), false);
    return std::any_of(all.begin(), all.end(), [&](std::uint32_t outer) {
      return outer != loop && !body[outer] && from_output(outer, loop_output(run_.nodes[outer]), inside, nothing)[loop];
    });
  }

  [[nodiscard]] std::uint32_t way_back(std::uint32_t loop, const std::vector<bool>& body) const {
    for (const std::uint32_t e : run_.flow.entering(loop)) {
      if (body[edges_[e].from] || edges_[e].from == loop) return e;
    }
    return kNone;
  }
  [[nodiscard]] std::uint32_t first_edge(std::uint32_t loop, std::uint32_t output, const std::vector<bool>& to) const {
    for (const std::uint32_t e : run_.flow.leaving(loop)) {
      if (edges_[e].output == output && to[edges_[e].to]) return e;
    }
    return kNone;
  }

  // ---- cycles without a loop node

  void take_out(const std::vector<std::uint32_t>& nodes) {
    for (const std::uint32_t i : nodes) {
      for (const std::uint32_t e : run_.flow.leaving(i)) without_[e] = true;
    }
  }

  // True when the cycle ends somewhere, and others may lie beside.
  bool conditional(const std::vector<std::uint32_t>& group) {
    const std::vector<bool> inside = marks(group);
    std::vector<std::uint32_t> deciders, persons;
    bool zero = false;
    Cycle cycle;
    cycle.nodes = group;
    std::uint32_t ring = kNone;
    for (const std::uint32_t i : group) {
      const N8nNode& node = run_.nodes[i];
      zero = zero || may_yield_nothing(node);
      if (asks_a_person(node)) persons.push_back(i);
      if (!node.runs()) continue;
      if (node.is(kN8nBranch) && leaves(i, inside)) deciders.push_back(i);
      if (node.on_error == N8nOnError::kContinueErrorOutput && only_errors_stay(i, inside)) ring = i;
    }
    if (!persons.empty()) {
      set_end(cycle, {End::kPerson, kNone});
    } else if (!deciders.empty()) {
      set_end(cycle, best_exit(run_, inside, without_, deciders));
    } else if (ring != kNone) {
      cycle.subtype = "error_retry";
      cycle.weight = 0.85;
      cycle.sufficient = true;
    } else {
      cycle.subtype = zero ? "implicit_exit" : "no_exit";
      cycle.weight = zero ? 0.55 : 0.95;
      cycle.sufficient = !zero;
    }
    const std::uint32_t start = ring != kNone ? ring : cycle.decider;
    cycle.way = shortest_way(group, inside, start);
    cycle.back_edge = closing_edge(cycle.way);
    describe(cycle);
    const bool bounded = run_.execution_timeout.value_or(0) > 0;
    if (bounded && (cycle.decider != kNone || cycle.subtype == "implicit_exit")) cycle.weight *= 0.7;
    const bool ends = cycle.weight <= kWeightOfEnd[static_cast<std::size_t>(End::kUnclear)];
    take_out(!ends ? group : persons.empty() ? std::vector<std::uint32_t>{cycle.decider} : persons);
    cycles_.push_back(std::move(cycle));
    return ends;
  }

  static void set_end(Cycle& cycle, const Exit& exit) {
    cycle.subtype = kNameOfEnd[static_cast<std::size_t>(exit.end)];
    cycle.weight = kWeightOfEnd[static_cast<std::size_t>(exit.end)];
    cycle.sufficient = exit.end == End::kStuck;
    cycle.decider = exit.node;
  }

  // A branch ends the cycle where one of its outputs has no way back into it: wired elsewhere, or to nothing.
  [[nodiscard]] bool leaves(std::uint32_t node, const std::vector<bool>& inside) const {
    std::vector<bool> stays(run_.nodes[node].outputs, false);
    for (const std::uint32_t e : run_.flow.leaving(node)) {
      if (!without_[e] && inside[edges_[e].to] && edges_[e].output < stays.size()) stays[edges_[e].output] = true;
    }
    return std::any_of(stays.begin(), stays.end(), [](bool output) { return !output; });
  }

  [[nodiscard]] bool only_errors_stay(std::uint32_t node, const std::vector<bool>& inside) const {
    bool errors = false;
    for (const std::uint32_t e : run_.flow.leaving(node)) {
      if (without_[e] || !inside[edges_[e].to]) continue;
      if (edges_[e].output < run_.nodes[node].outputs) return false;
      errors = true;
    }
    return errors;
  }

  // ---- ways

  // The way from the end of `edge` to its beginning, ending there.
  [[nodiscard]] std::vector<std::uint32_t> way_round(std::uint32_t edge, const std::vector<bool>& inside,
                                                     const std::vector<bool>& blocked) const {
    if (edge == kNone) return {};
    return way(edges_[edge].to, edges_[edge].from, inside, blocked);
  }

  [[nodiscard]] std::vector<std::uint32_t> way(std::uint32_t from, std::uint32_t to, const std::vector<bool>& inside,
                                               const std::vector<bool>& blocked) const {
    std::vector<std::uint32_t> before(run_.nodes.size(), kNone), queue{from};
    before[from] = from;
    for (std::size_t at = 0; at < queue.size() && before[to] == kNone; ++at) {
      for (const std::uint32_t e : run_.flow.leaving(queue[at])) {
        const std::uint32_t next = edges_[e].to;
        if (blocked[e] || !inside[next] || before[next] != kNone) continue;
        before[next] = queue[at];
        queue.push_back(next);
      }
    }
    if (before[to] == kNone) return {};
    std::vector<std::uint32_t> nodes{to};
    while (nodes.back() != from) nodes.push_back(before[nodes.back()]);
    std::reverse(nodes.begin(), nodes.end());
    return nodes;
  }

  // The shortest way from a node back to itself.
  [[nodiscard]] std::vector<std::uint32_t> round_through(std::uint32_t node, const std::vector<bool>& inside) const {
    for (const std::uint32_t e : run_.flow.leaving(node)) {
      if (!without_[e] && edges_[e].to == node) return {node};
    }
    std::vector<std::uint32_t> before(run_.nodes.size(), kNone), queue{node};
    for (std::size_t at = 0; at < queue.size(); ++at) {
      for (const std::uint32_t e : run_.flow.leaving(queue[at])) {
        const std::uint32_t next = edges_[e].to;
        if (without_[e] || !inside[next] || before[next] != kNone) continue;
        before[next] = queue[at];
        if (next != node) {
          queue.push_back(next);
          continue;
        }
        std::vector<std::uint32_t> round{node};
        for (std::uint32_t back = queue[at]; back != node; back = before[back]) round.push_back(back);
        std::reverse(round.begin() + 1, round.end());
        return round;
      }
    }
    return {};
  }

  // Of the ways round through `start` (or through the first nodes of the group) the shortest.
  [[nodiscard]] std::vector<std::uint32_t> shortest_way(const std::vector<std::uint32_t>& group,
                                                        const std::vector<bool>& inside, std::uint32_t start) const {
    if (start != kNone) return entered_first(round_through(start, inside), inside);
    std::vector<std::uint32_t> best;
    for (std::size_t i = 0; i < group.size() && i < kMaxStarts; ++i) {
      std::vector<std::uint32_t> round = round_through(group[i], inside);
      if (!round.empty() && (best.empty() || round.size() < best.size())) best = std::move(round);
    }
    return entered_first(std::move(best), inside);
  }

  // Turned so that it begins where items come in from outside: the edge back to there is the one to guard.
  [[nodiscard]] std::vector<std::uint32_t> entered_first(std::vector<std::uint32_t> round,
                                                         const std::vector<bool>& inside) const {
    const auto entry = std::find_if(round.begin(), round.end(), [&](std::uint32_t node) {
      const auto in = run_.flow.entering(node);
      return std::any_of(in.begin(), in.end(), [&](std::uint32_t e) { return !inside[edges_[e].from]; });
    });
    if (entry != round.end()) std::rotate(round.begin(), entry, round.end());
    return round;
  }

  [[nodiscard]] std::uint32_t closing_edge(const std::vector<std::uint32_t>& round) const {
    if (round.empty()) return kNone;
    for (const std::uint32_t e : run_.flow.leaving(round.back())) {
      if (!without_[e] && edges_[e].to == round.front()) return e;
    }
    return kNone;
  }

  void describe(Cycle& cycle) const {
    for (const std::uint32_t i : cycle.nodes)
      cycle.paused = cycle.paused || (run_.nodes[i].runs() && run_.nodes[i].is(kN8nWaits));
  }

  const N8nRun& run_;
  const std::vector<GraphEdge>& edges_;
  std::vector<bool> live_, without_;
  std::vector<Cycle> cycles_;
};

}  // namespace

std::uint32_t loop_output(const N8nNode& node) { return node.type_version >= 3 ? 1 : 0; }
std::uint32_t done_output(const N8nNode& node) {
  return node.type_version >= 3 ? 0 : node.type_version >= 2 ? 1 : kNone;
}

std::vector<Cycle> find_cycles(const N8nRun& run) { return Finder(run).all(); }

}  // namespace agentmend::detectors::n8n_cycle
