// Detector: n8n_cycle. Connections form a cycle with no guaranteed end.
// Each strong component is judged by how it could end (n8n_cycle/): a Loop Over Items ends by itself when it is wired
// as meant; any other cycle needs a branch that leaves it on a condition that something inside can change. Quiet on:
// Loop Over Items with or without a Wait; polling that counts its attempts or pauses; paging; a form that goes back a
// page; a diamond; an error branch that rejoins. Cost: O(nodes + edges + run data), times a capped number of loops.
#include <algorithm>

#include "detectors/detector.h"
#include "detectors/n8n/n8n_cycle/cycles.h"
#include "json/patch.h"
#include "json/writer.h"

namespace agentmend::detectors::n8n_cycle {
namespace {

constexpr Descriptor kDescriptor{
    .name = "n8n_cycle",
    .title = "n8n graph cycle",
    .failure = "Connections form a cycle with no exit condition or counter.",
    .family = Family::kN8n,
    .severity = Severity::kHigh,
    .stage = Stage::kOffline,
    .readiness = Readiness::kBeta,
    .inputs = {{"workflow_json"}, {"execution_data", kOptional}},
    .fixes = {"circuit_breaker", "loop_breaker", "workflow_guard"},
    .unfed = "no_n8n_workflow",
};

constexpr double kStaticCap = 0.75;  // what a file shows, unless it is certain from the file alone
constexpr std::size_t kManyRuns = 20;  // of one node without anything new: no honest loop looks like that
constexpr std::size_t kSomeRuns = 10;  // more than the tries of any retry that n8n offers

struct Why {
  std::string_view subtype;
  std::string_view text;  // behind the names of the nodes
};
constexpr Why kWhy[] = {
    {"reset", "starts anew in every round: its option \"Reset\" is on, so it never comes to its end."},
    {"done_returns", "leads back to itself from \"done\" too: once all items are through, it goes round for ever."},
    {"wrong_output", "has its body on \"done\": the loop output leads nowhere, so the body never runs as a loop."},
    {"inner_loop_not_reset",
     "stands inside another loop and is not reset: after the first outer round it says \"done\" at once, so the items "
     "of "
     "later rounds are not worked on."},
    {"no_exit", "goes round and has no branch that leaves it."},
    {"implicit_exit", "goes round and ends only when a node happens to hand on no items."},
    {"error_retry", "tries again on every error and counts nothing: an error that stays repeats for ever."},
    {"stuck_condition", "goes round until a condition holds that nothing inside it can change."},
    {"hot_poll", "asks again and again without a pause and without a limit of attempts."},
    {"judge_loop", "goes round until a model is satisfied, and counts no attempts."},
    {"recursion", "calls the workflow that it is part of."},
    {"tool_ring", "can reach each other as tools, without a limit of rounds."},
};

class Inspector {
 public:
  explicit Inspector(const N8nRun& run) : run_(run) {
    cycles_ = find_cycles(run);
    for (Cycle& ring : find_rings(run)) cycles_.push_back(std::move(ring));
    runs_of_.resize(run.nodes.size());
    if (!run.execution) return;
    for (const N8nNodeRun& item : run.execution->runs) {
      if (item.position != WorkflowGraph::kNone) runs_of_[item.position].push_back(&item);
    }
  }

  Detection verdict(double threshold) {
    Verdict verdict(kDescriptor, threshold);
    const Cycle* worst = nullptr;
    double most = 0;
    Observed seen_there;
    for (const Cycle& cycle : cycles_) {
      const Observed seen = observe(cycle);
      const double sum = strength(cycle, seen);
      if (worst != nullptr && sum <= most) continue;
      worst = &cycle;
      most = sum;
      seen_there = seen;
    }
    if (worst == nullptr) return verdict.done("No connection leads back, or only by a loop node that ends by itself.");
    tell(verdict, *worst, seen_there);
    return verdict.done(summary(*worst));
  }

 private:
  struct Observed {
    bool same_output = false;  // a node ran many times, the last times with the same output
    bool cut_off = false;  // the run was ended from outside while it went round
    bool too_many_rounds = false;  // a loop node ran more often than it has batches
    bool ended = false;  // the run went well and the cycle was left
    [[nodiscard]] bool any() const { return same_output || cut_off || too_many_rounds; }
  };

  static double weight_of(const Cycle& cycle, const Observed& seen) {
    // A run that ended shows that this one can; a skipped body leaves the run a success all the same.
    const bool endless = cycle.subtype != "inner_loop_not_reset" && cycle.subtype != "wrong_output";
    const double weight = seen.ended && endless ? cycle.weight * 0.3 : cycle.weight;
    return cycle.sufficient || seen.any() ? weight : std::min(weight, kStaticCap);
  }
  static double strength(const Cycle& cycle, const Observed& seen) {
    return 1 - (1 - weight_of(cycle, seen)) * (seen.same_output ? 0.1 : 1) * (seen.cut_off ? 0.2 : 1) *
                   (seen.too_many_rounds ? 0.1 : 1);
  }

  [[nodiscard]] Observed observe(const Cycle& cycle) const {
    Observed seen;
    if (!run_.execution) return seen;
    const N8nExecution& execution = *run_.execution;
    std::size_t most = 0;
    bool last_inside = false;
    for (const std::uint32_t i : cycle.nodes) {
      const std::vector<const N8nNodeRun*>& runs = runs_of_[i];
      most = std::max(most, runs.size());
      last_inside = last_inside || execution.last_node == run_.nodes[i].name;
      if (runs.size() >= kManyRuns && same_at_the_end(runs)) seen.same_output = true;
      if (i == cycle.loop && cycle.subtype != "inner_loop_not_reset" && rounds_beyond(i, runs))
        seen.too_many_rounds = true;
    }
    const bool ended_outside = execution.status == "canceled" || execution.status == "crashed" ||
                               n8n_error_class(execution.error_name, execution.error_message, 0) == "timeout";
    seen.cut_off = ended_outside && last_inside && most > kSomeRuns;
    seen.ended = execution.status == "success" && most > 0 && !seen.any();
    return seen;
  }

  static bool same_at_the_end(const std::vector<const N8nNodeRun*>& runs) {
    constexpr std::size_t kLast = 5;
    const json::View newest = runs.back()->json["data"];
    if (!newest.exists()) return false;
    for (std::size_t back = 2; back <= kLast; ++back) {
      const json::View earlier = runs[runs.size() - back]->json["data"];
      if (!earlier.exists() || !json::equal_documents(newest.raw(), earlier.raw())) return false;
    }
    return true;
  }

  // More rounds than batches, and one to say "done".
  [[nodiscard]] bool rounds_beyond(std::uint32_t loop, const std::vector<const N8nNodeRun*>& runs) const {
    std::uint64_t items = 0;
    for (const N8nNodeRun* item : runs) {
      if (item->index != 0) continue;
      for (const N8nSource& source : item->sources) {
        for (const N8nNodeRun& before : run_.execution->runs) {
          if (before.node == source.node && before.index == source.run && source.output < before.items.size())
            items += before.items[source.output];
        }
      }
    }
    const std::int64_t batch =
        std::max<std::int64_t>(1, run_.nodes[loop].parameters["batchSize"].integer().value_or(1));
    return items > 0 &&
           runs.size() > (items + static_cast<std::uint64_t>(batch) - 1) / static_cast<std::uint64_t>(batch) + 1;
  }

  void tell(Verdict& verdict, const Cycle& cycle, const Observed& seen) const {
    verdict.signal(cycle.subtype, 1.0, weight_of(cycle, seen)).subtype(cycle.subtype);
    if (seen.same_output) verdict.signal("o1_many_rounds_without_news", 1.0, 0.9);
    if (seen.cut_off) verdict.signal("o2_ended_from_outside", 1.0, 0.8);
    if (seen.too_many_rounds) verdict.signal("o3_more_rounds_than_batches", 1.0, 0.9);
    const bool outward = std::any_of(cycle.nodes.begin(), cycle.nodes.end(), [this](std::uint32_t i) {
      return run_.nodes[i].runs() && run_.nodes[i].is(kN8nOutward);
    });
    const bool endless = cycle.subtype != "inner_loop_not_reset" && cycle.subtype != "wrong_output";
    if (outward && endless) verdict.severity(Severity::kCritical);
    if (cycle.subtype == "poll") verdict.severity(Severity::kLow);
    evidence(verdict, cycle);
  }

  void evidence(Verdict& verdict, const Cycle& cycle) const {
    constexpr std::size_t kMaxNames = 12;
    json::Writer names;
    std::string text;
    names.begin_array();
    for (std::size_t i = 0; i < cycle.way.size() && i < kMaxNames; ++i) {
      names.string(run_.nodes[cycle.way[i]].name);
      text += (i == 0 ? "" : " > ") + run_.nodes[cycle.way[i]].name;
    }
    const std::uint32_t first = cycle.way.empty() ? cycle.nodes.front() : cycle.way.front();
    const N8nNode& start = run_.nodes[first];
    verdict.evidence({"cycle", run_.node_path(start), text, names.end_array().take(), "", start.place});
    if (cycle.back_edge != WorkflowGraph::kNone) {
      const GraphEdge& edge = run_.flow.edges()[cycle.back_edge];
      const N8nNode& from = run_.nodes[edge.from];
      json::Writer value;
      value.begin_object().member("output", static_cast<std::uint32_t>(edge.output));
      value.member("to", run_.nodes[edge.to].name).end_object();
      verdict.evidence({"back_edge", run_.node_path(from), from.name, value.take(), "", from.place});
    }
    if (cycle.decider != WorkflowGraph::kNone) {
      const N8nNode& node = run_.nodes[cycle.decider];
      verdict.evidence({"condition", run_.node_path(node) + "/parameters", node.name, "", "", node.place});
    }
    if (!run_.execution) return;
    const std::string runs = json::print_integer(static_cast<std::int64_t>(runs_of_[first].size()));
    verdict.evidence({"runs", run_.execution_path(run_.execution->root), start.name, runs, "", run_.execution->place});
  }

  [[nodiscard]] std::string summary(const Cycle& cycle) const {
    const std::uint32_t at = cycle.loop != WorkflowGraph::kNone ? cycle.loop
                             : cycle.way.empty()                ? cycle.nodes.front()
                                                                : cycle.way.front();
    std::string name = "\"" + run_.nodes[at].name + "\" ";
    for (const Why& why : kWhy) {
      if (why.subtype == cycle.subtype) return name.append(why.text);
    }
    return name.append("goes round until a condition holds that the cycle can change.");
  }

  const N8nRun& run_;
  std::vector<Cycle> cycles_;
  std::vector<std::vector<const N8nNodeRun*>> runs_of_;  // by node
};

Detection ask(json::View input, const Options& options) {
  if (input["workflow_json"].is_null()) return insufficient(kDescriptor, "workflow_json");
  if (!input["workflow_json"].is_object()) return invalid(kDescriptor, "workflow_json");
  const json::View execution = input["execution_data"];
  if (!execution.is_null() && !execution.is_object()) return invalid(kDescriptor, "execution_data");
  N8nRun run;
  if (!read_n8n_workflow(input["workflow_json"], Place::kNowhere, run)) return invalid(kDescriptor, "workflow_json");
  if (!execution.is_null() && !read_n8n_execution(execution, Place::kNowhere, run))
    return invalid(kDescriptor, "execution_data");
  return Inspector(run).verdict(options.threshold_of(kDescriptor));
}

void conclude(const Trace& trace, const RunIndex&, const Options& options, Findings& findings) {
  if (!trace.n8n || !trace.n8n->has_workflow()) return;
  findings.add(Inspector(*trace.n8n).verdict(options.threshold_of(kDescriptor)));
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask, .conclude = conclude};

}  // namespace agentmend::detectors::n8n_cycle
