// Detector: n8n_complexity. A workflow is too big or tangled to be safe to run or change. A finding about quality:
// severity low, confidence at most 0.85.
// Quiet on: straight pipelines of 40 nodes, form wizards, workflows already split into sub-workflows.
// Sticky notes never count. Cost: O(nodes + edges), and one pass over the parameters.
#include <algorithm>
#include <cmath>

#include "detectors/detector.h"
#include "json/writer.h"
#include "order.h"
#include "text/hash.h"
#include "text/math.h"
#include "trace/n8n_facts.h"
#include "trace/n8n_run.h"
#include "trace/n8n_split.h"

namespace agentmend::detectors::n8n_complexity {
namespace {

constexpr Descriptor kDescriptor{
    .name = "n8n_complexity",
    .title = "n8n complexity",
    .failure = "A workflow is too big or tangled to be safe to run or change.",
    .family = Family::kN8n,
    .severity = Severity::kLow,
    .stage = Stage::kOffline,
    .readiness = Readiness::kBeta,
    .inputs = {{"workflow_json"}, {"execution_data", kOptional}},
    .fixes = {"workflow_split", "step_validator"},
    .unfed = "no_n8n_workflow",
};

// Base rates of 340 real workflows, notes left out: nodes p50 11, p75 17, p90 26, p95 30, p99 48; cyclomatic number
// p90 1, p95 3. What is usual may not fire.
constexpr std::uint32_t kFewestNodes = 12;
constexpr std::uint32_t kUsualNodes = 30;  // p95
constexpr std::uint32_t kPartNodes = 20;  // of a proposed sub-workflow
constexpr double kCap = 0.85;  // a matter of taste is never certain
constexpr std::size_t kMaxGroups = 8;

struct Figure {
  std::string_view signal, label;
  double value = 0, expected = 0;  // expected: what nineteen of twenty workflows stay below
  double strength = 0, weight = 0;
};

class Measurer {
 public:
  explicit Measurer(const N8nRun& run) : run_(run), live_(n8n_live(run)) {
    for (std::uint32_t i = 0; i < run.nodes.size(); ++i) {
      const N8nNode& node = run.nodes[i];
      if (node.is(kN8nNote)) continue;
      ++drawn_;
      if (node.runs()) real_.push_back(i);
    }
  }

  [[nodiscard]] bool applies() const { return real_.size() >= kFewestNodes; }
  [[nodiscard]] std::size_t nodes() const { return real_.size(); }

  std::vector<Figure> figures() {
    const double n = static_cast<double>(real_.size());
    const std::uint32_t paths = independent_paths();
    const std::uint32_t depth = nested_branches();
    const bool linear = paths <= 1 && depth <= 1;
    std::vector<Figure> all;
    const auto add = [&all](std::string_view signal, std::string_view label, double value, double from, double to,
                            double weight, double scale = 1.0) {
      all.push_back({signal, label, value, from, text::ramp(value, from, to) * scale, weight});
    };
    // A long straight pipeline is long, not tangled.
    add("c1_size", "nodes", n, kUsualNodes, 60, 0.5, linear ? 0.5 : 1.0);
    add("c2_independent_paths", "independent paths", paths, 4, 12, 0.5);
    add("c3_nested_branches", "nested branches", depth, 4, 8, 0.4);
    add("c4_mixed_concerns", "unconnected parts", unconnected_parts(), 2, 3, 0.4);
    add("c4_triggers", "triggers with flows of their own", separate_triggers(), 3, 4, 0.5);
    add("c5_hub", "inputs of one node", most_inputs(), 8, 9, 0.3);
    add("c6_clones", "nodes in repeated chains", cloned_nodes(), 8, 9, 0.5);
    if (real_.size() > 25) add("c7_unnamed", "share of default names", unnamed_share(), 0.5, 0.51, 0.25);
    add("c8_long_code", "lines in one code node", longest_code(), 150, 151, 0.3);
    add("c9_dead_parts", "share of nodes that never run", dead_share(), 0.1, 0.101, 0.3);
    add("c10_tools", "tools of one agent", most_tools(), 12, 13, 0.5);
    const double connections = static_cast<double>(run_.flow.edges().size());
    add("c11_wiring", "connections per node", connections / n, 3, 3.01, 0.6);
    // Ways to end and side branches count where there are more than in nineteen of twenty workflows.
    add("c12_ends", "ways to end", ends(), 4, 8, 0.35);
    add("c13_side_branches", "outputs whose branches never meet again", side_branches(), 1, 3, 0.35);
    const double loose = run_.dangling / std::max(1.0, static_cast<double>(run_.dangling + run_.edges.size()));
    add("c14_loose_ends", "share of connections to nodes that are not there", loose, 0.05, 0.3, 0.5);
    return all;
  }

  [[nodiscard]] std::size_t sub_workflows() const {
    return count([](const N8nNode& node) { return node.is(kN8nSubWorkflow); });
  }

 private:
  template <typename F>
  [[nodiscard]] std::size_t count(F&& wanted) const {
    return static_cast<std::size_t>(
        std::count_if(real_.begin(), real_.end(), [&](std::uint32_t i) { return wanted(run_.nodes[i]); }));
  }
  [[nodiscard]] const N8nNode& node(std::uint32_t i) const { return run_.nodes[i]; }

  // Different outputs of a node that lead somewhere.
  [[nodiscard]] std::uint32_t wired_outputs(std::uint32_t i) const {
    std::vector<std::uint32_t> outputs;
    for (const std::uint32_t e : run_.flow.leaving(i)) outputs.push_back(run_.flow.edges()[e].output);
    sort_numbers(outputs);
    return static_cast<std::uint32_t>(std::unique(outputs.begin(), outputs.end()) - outputs.begin());
  }

  // E - V + P over the connected parts, and k - 1 for each choice among k wired outputs.
  [[nodiscard]] std::uint32_t independent_paths() const {
    const std::vector<std::uint32_t> part = run_.flow.weak_components();
    std::size_t parts = 0;
    for (const std::uint32_t p : part) parts = std::max<std::size_t>(parts, p + 1);
    std::size_t paths = run_.flow.edges().size() + parts - run_.nodes.size();
    for (const std::uint32_t i : real_) {
      const std::uint32_t outputs = wired_outputs(i);
      if (node(i).is(kN8nBranch) && outputs > 2) paths += outputs - 1;
    }
    return static_cast<std::uint32_t>(paths);
  }

  [[nodiscard]] std::uint32_t nested_branches() const {
    std::vector<bool> branch(run_.nodes.size(), false), back(run_.flow.edges().size(), false);
    for (const std::uint32_t i : real_) branch[i] = node(i).is(kN8nBranch);
    const std::vector<std::uint32_t> component = run_.flow.strong_components();
    for (std::size_t e = 0; e < back.size(); ++e) {
      const GraphEdge& edge = run_.flow.edges()[e];
      back[e] = node(edge.to).is(kN8nLoop) && component[edge.from] == component[edge.to];  // the way back of a loop
    }
    return run_.flow.branch_depth(branch, back);
  }

  // Parts of five or more nodes that only triggers hold together.
  [[nodiscard]] std::uint32_t unconnected_parts() const {
    std::vector<bool> without(run_.nodes.size(), false);
    for (std::uint32_t i = 0; i < run_.nodes.size(); ++i) without[i] = !node(i).runs() || node(i).is(kN8nTrigger);
    std::vector<std::uint32_t> size;
    for (const std::uint32_t part : run_.flow.weak_components(&without)) {
      if (part == WorkflowGraph::kNone) continue;
      if (part >= size.size()) size.resize(part + 1, 0);
      ++size[part];
    }
    return static_cast<std::uint32_t>(std::count_if(size.begin(), size.end(), [](std::uint32_t s) { return s >= 5; }));
  }

  // Triggers of which no two start the same node.
  [[nodiscard]] std::uint32_t separate_triggers() const {
    std::vector<std::uint32_t> started_by(run_.nodes.size(), 0);
    std::vector<std::vector<bool>> reached;
    constexpr std::size_t kMaxTriggers = 50;  // each costs a walk
    for (const std::uint32_t trigger : n8n_triggers(run_)) {
      if (reached.size() >= kMaxTriggers || run_.flow.leaving(trigger).empty()) continue;
      const std::uint32_t root[] = {trigger};
      reached.push_back(run_.flow.reach(root, WorkflowGraph::Direction::kForward));
      for (std::size_t i = 0; i < started_by.size(); ++i) started_by[i] += reached.back()[i] ? 1 : 0;
    }
    std::uint32_t separate = 0;
    for (const std::vector<bool>& own : reached) {
      bool alone = true;
      for (std::size_t i = 0; i < own.size(); ++i) alone = alone && (!own[i] || started_by[i] == 1);
      separate += alone ? 1 : 0;
    }
    return separate;
  }

  [[nodiscard]] double most_inputs() const {
    std::size_t most = 0;
    for (const std::uint32_t i : real_) most = std::max(most, run_.flow.entering(i).size());
    return static_cast<double>(most);
  }

  // Type and the tree of parameter names: literals may differ.
  static std::uint64_t shape(json::View value) {
    std::uint64_t hash = static_cast<std::uint64_t>(value.kind());
    if (value.is_object()) {  // summed: the order of members does not matter
      json::for_each_member(value, [&hash](std::string_view key, json::View member) {
        hash += text::combine(text::hash(key), shape(member));
      });
    } else if (value.is_array()) {
      json::for_each(value, [&hash](json::View item, std::size_t) { hash = text::combine(hash, shape(item)); });
    }
    return hash;
  }

  // Nodes in chains of three that occur three times or more.
  [[nodiscard]] double cloned_nodes() const {
    std::vector<std::uint64_t> own(run_.nodes.size(), 0);
    for (const std::uint32_t i : real_) {
      // One setting or none says nothing: every Merge is like every other.
      if (node(i).parameters.size() >= 2) own[i] = text::combine(text::hash(node(i).type), shape(node(i).parameters));
    }
    const auto only_next = [this](std::uint32_t i) {
      const auto out = run_.flow.leaving(i);
      return out.size() == 1 ? run_.flow.edges()[out[0]].to : WorkflowGraph::kNone;
    };
    std::vector<std::uint64_t> chains;
    for (const std::uint32_t i : real_) {
      const std::uint32_t second = only_next(i);
      const std::uint32_t third = second == WorkflowGraph::kNone ? second : only_next(second);
      if (third == WorkflowGraph::kNone || own[i] == 0 || own[second] == 0 || own[third] == 0) continue;
      if (own[i] == own[second] && own[second] == own[third]) continue;  // would overlap with itself
      chains.push_back(text::combine(text::combine(own[i], own[second]), own[third]));
    }
    sort_numbers(chains);
    std::size_t most = 0;
    for (std::size_t at = 0; at < chains.size();) {
      std::size_t end = at;
      while (end < chains.size() && chains[end] == chains[at]) ++end;
      most = std::max(most, end - at);
      at = end;
    }
    return most >= 3 ? static_cast<double>(3 * most) : 0;
  }

  // Named by n8n itself: "HTTP Request3", "Edit Fields", "Loop Over Items1".
  [[nodiscard]] double unnamed_share() const {
    return static_cast<double>(count([](const N8nNode& item) {
             const std::size_t end = item.name.find_last_not_of("0123456789");
             const std::string name = fold_enum(std::string_view(item.name).substr(0, end + 1));
             const std::string type = fold_enum(item.type);
             return name == type || (type == "set" && name == "editfields") ||
                    (type == "splitinbatches" && name == "loopoveritems");
           })) /
           static_cast<double>(real_.size());
  }

  [[nodiscard]] double longest_code() const {
    std::ptrdiff_t most = 0;
    for (const std::uint32_t i : real_) {
      for (const std::string_view key : {"jsCode", "functionCode", "pythonCode", "code"}) {
        const std::string code = node(i).parameters[key].text();
        most = std::max(most, std::count(code.begin(), code.end(), '\n') + (code.empty() ? 0 : 1));
      }
    }
    return static_cast<double>(most);
  }

  // Disabled, or never started by any trigger.
  [[nodiscard]] double dead_share() const {
    std::size_t dead = drawn_ - real_.size();
    for (const std::uint32_t i : real_) dead += live_[i] ? 0 : 1;
    return static_cast<double>(dead) / static_cast<double>(drawn_);
  }

  [[nodiscard]] double most_tools() const {
    std::vector<std::uint32_t> tools(run_.nodes.size(), 0);
    std::uint32_t most = 0;
    for (const N8nEdge& edge : run_.edges) {
      if (edge.type == "ai_tool" && node(edge.from).runs()) most = std::max(most, ++tools[edge.to]);
    }
    return most;
  }

  [[nodiscard]] double ends() const {
    std::size_t found = 0;
    for (const std::uint32_t i : real_) {
      if (run_.flow.leaving(i).empty() && !run_.flow.entering(i).empty()) ++found;
    }
    return static_cast<double>(found);
  }

  // One output leads to several nodes, and nothing is behind all of them: n8n runs them one after the other, in the
  // order of their places on the canvas.
  [[nodiscard]] double side_branches() const {
    std::size_t found = 0, walks = 0;
    constexpr std::size_t kMaxWalks = 500;  // each may visit every connection
    for (const std::uint32_t i : real_) {
      std::vector<std::vector<std::uint32_t>> targets;
      for (const std::uint32_t e : run_.flow.leaving(i)) {
        const GraphEdge& edge = run_.flow.edges()[e];
        if (edge.output >= 100) continue;  // no node has as many
        if (edge.output >= targets.size()) targets.resize(edge.output + 1u);
        targets[edge.output].push_back(edge.to);
      }
      for (const std::vector<std::uint32_t>& several : targets) {
        if (several.size() < 2 || walks + several.size() > kMaxWalks) continue;
        std::vector<std::uint32_t> reached(run_.nodes.size(), 0);
        for (const std::uint32_t to : several) {
          ++walks;
          const std::uint32_t root[] = {to};
          const std::vector<bool> behind = run_.flow.reach(root, WorkflowGraph::Direction::kForward);
          for (std::size_t k = 0; k < behind.size(); ++k) reached[k] += behind[k] ? 1 : 0;
        }
        if (std::find(reached.begin(), reached.end(), several.size()) == reached.end()) ++found;
      }
    }
    return static_cast<double>(found);
  }

  const N8nRun& run_;
  std::vector<bool> live_;
  std::vector<std::uint32_t> real_;  // enabled nodes, notes left out
  std::size_t drawn_ = 0;  // disabled ones too
};

std::string names_of(const N8nRun& run, const std::vector<std::uint32_t>& group) {
  json::Writer writer;
  writer.begin_array();
  for (const std::uint32_t i : group) writer.string(run.nodes[i].name);
  return writer.end_array().take();
}

std::string figure_text(double value) {
  return value == std::floor(value) ? json::print_integer(static_cast<std::int64_t>(value)) : json::print_number(value);
}

Detection judge(const N8nRun& run, double threshold) {
  Verdict verdict(kDescriptor, threshold);
  Measurer measurer(run);
  if (!measurer.applies()) return verdict.done("The workflow has fewer than 12 nodes.");
  std::vector<Figure> figures = measurer.figures();
  for (const Figure& figure : figures) verdict.signal(figure.signal, figure.strength, figure.weight);
  if (measurer.sub_workflows() >= 2) verdict.suppress("split_into_sub_workflows", 0.4);
  verdict.cap("a_matter_of_quality", kCap);

  // Size first, then what weighs most.
  const std::string_view first = figures[0].signal;
  sort_stable(figures, [first](const Figure& a, const Figure& b) {
    if (b.signal == first) return false;
    return a.signal == first || a.strength * a.weight > b.strength * b.weight;
  });
  const Place place = run.place;
  std::string reasons;
  for (const Figure& figure : figures) {
    if (figure.strength <= 0 && figure.label != "nodes") continue;
    verdict.evidence({"figure", "/workflow_json", std::string(figure.label), figure_text(figure.value),
                      figure_text(figure.expected), place});
    if (figure.strength > 0)
      reasons += (reasons.empty() ? "" : ", ") + std::string(figure.label) + " " + figure_text(figure.value) +
                 " (usual: at most " + figure_text(figure.expected) + ")";
  }
  std::size_t kept = 0;
  for (const std::vector<std::uint32_t>& group : n8n_groups(run, kPartNodes)) {
    if (kept++ >= kMaxGroups) break;
    verdict.evidence({"group", "/workflow_json", std::to_string(group.size()) + " nodes that could stand alone",
                      names_of(run, group), "", run.nodes[group.front()].place});
  }
  const std::string size = std::to_string(measurer.nodes()) + " nodes";
  return verdict.done(reasons.empty() ? "The workflow has " + size + " and nothing unusual."
                                      : "The workflow is hard to change safely: " + reasons + ".");
}

Detection ask(json::View input, const Options& options) {
  if (input["workflow_json"].is_null()) return insufficient(kDescriptor, "workflow_json");
  if (!input["workflow_json"].is_object()) return invalid(kDescriptor, "workflow_json");
  N8nRun run;
  if (!read_n8n_workflow(input["workflow_json"], Place::kNowhere, run)) return invalid(kDescriptor, "workflow_json");
  return judge(run, options.threshold_of(kDescriptor));
}

void conclude(const Trace& trace, const RunIndex&, const Options& options, Findings& findings) {
  if (!trace.n8n || !trace.n8n->has_workflow()) return;
  findings.add(judge(*trace.n8n, options.threshold_of(kDescriptor)));
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask, .conclude = conclude};

}  // namespace agentmend::detectors::n8n_complexity
