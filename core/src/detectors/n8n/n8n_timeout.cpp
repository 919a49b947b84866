// Detector: n8n_timeout. A workflow, webhook, wait or AI step can wait without bound, or did.
// What a file shows reaches 0.75 at most, except a time limit that its own waits exceed; what a run did lifts that.
// Quiet on: an HTTP Request without a timeout (n8n ends it after five minutes); a long job behind a webhook that
// answers at once; in a report, no time limit without a reason to need one; a long scheduled job within its limit.
// Not asked: how long a run has been waiting or silent by now (there is no clock). Cost: O(nodes + edges + run data)
// and one walk for each webhook, 50 of them at most.
#include <algorithm>

#include "detectors/detector.h"
#include "detectors/n8n/n8n_cycle/cycles.h"
#include "json/writer.h"
#include "order.h"
#include "trace/key_words.h"
#include "trace/n8n_facts.h"

namespace agentmend::detectors::n8n_timeout {
namespace {

constexpr Descriptor kDescriptor{
    .name = "n8n_timeout",
    .title = "n8n missing timeout",
    .failure = "Workflow, webhook, wait or AI nodes can wait without bound.",
    .family = Family::kN8n,
    .severity = Severity::kMedium,
    .stage = Stage::kOffline,
    .readiness = Readiness::kBeta,
    .inputs = {{"workflow_json"}, {"execution_data", kOptional}},
    .fixes = {"execution_timeout", "timeout_addition"},
    .unfed = "no_n8n_workflow",
};

constexpr double kStaticCap = 0.75;
constexpr double kAsked = 0.55;  // just enough to be told when asked: no run shows harm
constexpr double kCallerSeconds = 30;  // what the caller of a webhook usually waits; proxies give up at 30 to 100
constexpr double kSlowWaitSeconds = 25;  // a pause that alone uses that up
constexpr double kBuiltInSeconds = 300;  // HTTP Request without a timeout of its own
constexpr double kRetriesTooLong = 900;  // all tries of one node together
constexpr double kModelTooLong = 600'000;  // ms: ten times the default of the model nodes
constexpr std::size_t kMaxWebhooks = 50;
constexpr std::string_view kUnbounded =  // no time limit unless one is set
    "ssh|executecommand|ftp|postgres|mysql|microsoftsql|mongodb|cratedb|questdb|timescaledb|snowflake|redis";

struct Finding {
  std::string_view signal, subtype;
  double weight = 0;
  bool sufficient = false;
  std::uint32_t node = WorkflowGraph::kNone;  // kNone: the workflow's own setting
  std::string member;  // below the node or the workflow
  double seconds = -1;  // what was found; -1 = nothing is set
};

// Seconds of a Wait for a fixed time; -1: something else ends it.
double wait_seconds(const N8nNode& node) {
  if (!node.runs() || node.type != "wait") return -1;
  const json::View p = node.parameters;
  if (!p["resume"].is_null() && !p["resume"].equals("timeInterval")) return -1;
  // Defaults of version 1: one hour; of later ones: five seconds.
  const bool old = node.type_version < 1.1;
  const double amount = p["amount"].is_null() ? (old ? 1 : 5) : p["amount"].number().value_or(-1);
  const json::View unit = p["unit"];
  const double factor = unit.equals("minutes")                            ? 60
                        : unit.equals("hours") || (unit.is_null() && old) ? 3600
                        : unit.equals("days")                             ? 86'400
                                                                          : 1;
  return amount < 0 ? -1 : amount * factor;
}

std::optional<double> http_timeout(const N8nNode& node) {  // ms
  const auto own = node.parameters["options"]["timeout"].number();
  return own ? own : node.parameters["timeout"].number();
}
bool is_http(const N8nNode& node) { return is_one_of(node.type, "httprequest|httprequesttool|graphql"); }

class Inspector {
 public:
  // `by_itself`: the question is this one workflow, and no run of it is at hand.
  Inspector(const N8nRun& run, bool by_itself)
      : run_(run),
        by_itself_(by_itself && !run.execution),
        limit_(run.execution_timeout.value_or(0)),
        triggers_(n8n_triggers(run)),
        live_(n8n_live(run)) {}

  Detection verdict(double threshold) {
    Verdict verdict(kDescriptor, threshold);
    observe();
    for (std::uint32_t i = 0; i < run_.nodes.size(); ++i) {
      if (run_.nodes[i].runs() && live_[i]) node_rules(i);
    }
    slow_answers();
    no_limit();
    too_short_a_limit();
    // Of each rule the strongest: ten waits without a limit are one kind of mistake.
    sort_stable(found_, [](const Finding& a, const Finding& b) { return a.weight > b.weight; });
    bool certain = false;
    std::vector<std::string_view> told;
    for (const Finding& item : found_) {
      certain = certain || item.sufficient;
      if (std::find(told.begin(), told.end(), item.signal) != told.end()) continue;
      told.push_back(item.signal);
      verdict.signal(item.signal, 1.0, item.weight);
    }
    if (!certain && !found_.empty()) verdict.cap("file_only", kStaticCap);
    return conclude(verdict);
  }

 private:
  [[nodiscard]] const N8nNode& node(std::uint32_t i) const { return run_.nodes[i]; }

  // ---- what the file shows

  void node_rules(std::uint32_t i) {
    const N8nNode& at = node(i);
    const json::View p = at.parameters;
    if (at.type == "wait" && (p["resume"].equals("webhook") || p["resume"].equals("form")) &&
        !p["limitWaitTime"].boolean(false))
      add({"t1_waits_for_ever", "wait_unbounded", 0.7, false, i, "parameters/limitWaitTime"});
    if (p["operation"].equals("sendAndWait") && p["options"]["limitWaitTime"]["values"].is_null()) {
      const bool harm = n8n_harm_follows(i);
      add({"t1_waits_for_ever", "wait_unbounded", harm ? 0.75 : 0.6, false, i, "parameters/options/limitWaitTime"});
    }
    if (at.retry) {
      const double tries = std::clamp(at.max_tries.value_or(3), 2.0, 5.0);
      const double each = http_timeout(at).value_or(kBuiltInSeconds * 1000) / 1000;
      const double all = is_http(at) ? tries * each : 0;
      if (all > kRetriesTooLong || (limit_ > 0 && all > limit_))
        add({"t5_retries_take_long", "retries", 0.4, false, i, "maxTries", all});
    }
    const bool unbounded = is_one_of(at.type, kUnbounded);
    if (unbounded && p["options"]["timeout"].is_null() && p["options"]["connectionTimeout"].is_null() && unattended())
      add({"t6_no_timeout_of_its_own", "no_own_timeout", 0.25, false, i, "parameters/options"});
    const auto model = p["options"]["timeout"].number();
    if (at.is(kN8nModel) && !is_http(at) && model && *model >= kModelTooLong)
      add({"t7_model_may_take_long", "model_timeout", 0.4, false, i, "parameters/options/timeout", *model / 1000});
  }

  [[nodiscard]] bool n8n_harm_follows(std::uint32_t i) const {
    std::vector<std::uint32_t> next;
    for (const std::uint32_t e : run_.flow.leaving(i)) next.push_back(run_.flow.edges()[e].to);
    const std::vector<bool> behind = run_.flow.reach(next, WorkflowGraph::Direction::kForward);
    for (std::uint32_t k = 0; k < behind.size(); ++k) {
      if (behind[k] && node(k).runs() && node(k).is(kN8nHarmful)) return true;
    }
    return false;
  }
  [[nodiscard]] bool unattended() const { return !n8n_unattended_triggers(run_).empty(); }
  [[nodiscard]] double attended() const {  // somebody looks at the canvas
    const bool trial = !triggers_.empty() && std::all_of(triggers_.begin(), triggers_.end(),
                                                         [this](std::uint32_t i) { return node(i).is(kN8nManual); });
    return trial ? 0.4 : 1.0;
  }

  // How much a node may delay an answer; 0 = not.
  [[nodiscard]] double delays(std::uint32_t i) const {
    const N8nNode& at = node(i);
    if (!at.runs()) return 0;
    if (wait_seconds(at) > kSlowWaitSeconds) return 0.6;
    if (at.is(kN8nWaits) && at.type != "wait") return 0.6;
    if (at.type == "executeWorkflow") return at.parameters["options"]["waitForSubWorkflow"].boolean(true) ? 0.6 : 0;
    if (at.is(kN8nModel | kN8nAgent) && !at.is(kN8nSub)) return is_http(at) ? 0.45 : 0.6;
    // Without a timeout an HTTP call may take five minutes and usually takes a blink: not enough alone.
    if (is_http(at)) return http_timeout(at).value_or(kBuiltInSeconds * 1000) > kCallerSeconds * 1000 ? 0.45 : 0;
    return 0;
  }

  // A caller waits for the answer, and on the way there something slow stands.
  void slow_answers() {
    std::size_t webhooks = 0;
    for (const std::uint32_t trigger : triggers_) {
      if (!node(trigger).is(kN8nHttpTrigger) || ++webhooks > kMaxWebhooks) continue;
      const json::View mode = node(trigger).parameters["responseMode"];
      const bool by_node = mode.equals("responseNode");
      if (!by_node && !mode.equals("lastNode")) continue;
      const std::vector<bool> before = before_answer(trigger, by_node);
      double worst = 0;
      std::uint32_t slow = WorkflowGraph::kNone;
      for (std::uint32_t i = 0; i < before.size(); ++i) {
        const double weight = before[i] ? delays(i) : 0;
        if (weight <= worst) continue;
        worst = weight;
        slow = i;
      }
      if (slow != WorkflowGraph::kNone)
        add({"t2_slow_before_the_answer", "slow_answer", worst * attended(), false, slow, "parameters"});
    }
  }

  // Nodes that run between the trigger and its answer.
  [[nodiscard]] std::vector<bool> before_answer(std::uint32_t trigger, bool by_node) const {
    std::vector<bool> started(run_.nodes.size(), false);
    std::vector<std::uint32_t> open{trigger}, answers;
    started[trigger] = true;
    while (!open.empty()) {
      const std::uint32_t at = open.back();
      open.pop_back();
      if (by_node && node(at).is(kN8nRespond) && node(at).runs()) {
        answers.push_back(at);
        continue;
      }
      for (const std::uint32_t e : run_.flow.leaving(at)) {
        const std::uint32_t to = run_.flow.edges()[e].to;
        if (started[to]) continue;
        started[to] = true;
        open.push_back(to);
      }
    }
    if (!by_node) return started;
    const std::vector<bool> ahead = run_.flow.reach(answers, WorkflowGraph::Direction::kBackward);
    for (std::size_t i = 0; i < started.size(); ++i) started[i] = started[i] && ahead[i];
    return started;
  }

  void no_limit() {
    if (limit_ > 0 || triggers_.empty()) return;
    const std::uint32_t reason = needs_limit();
    // Nearly every published workflow lacks the setting: in a report that alone is no alarm. Whoever asks just this of
    // a workflow that starts without a person is told that nothing ends its code or its database.
    const double alone = by_itself_ && unattended() && open_ended() ? kAsked : 0.05;
    const double weight = reason == WorkflowGraph::kNone ? alone : std::max(alone, 0.4);
    add({"t3_no_time_limit", "no_limit", weight * attended(), false, reason, "settings/executionTimeout"});
  }

  // Code or a database that nothing ends, and no node with a time limit of its own: nobody thought of it.
  [[nodiscard]] bool open_ended() const {
    bool open = false;
    for (std::uint32_t i = 0; i < run_.nodes.size(); ++i) {
      const N8nNode& at = node(i);
      const json::View options = at.parameters["options"];
      if (!at.runs() || !live_[i]) continue;
      const bool limited = http_timeout(at) || !options["responseTimeout"].is_null() ||
                           !options["connectionTimeout"].is_null() || at.parameters["limitWaitTime"].boolean(false);
      if (limited) return false;
      open = open || at.is(kN8nCode) || is_one_of(at.type, kUnbounded);
    }
    return open;
  }

  // Something that may well not end by itself.
  [[nodiscard]] std::uint32_t needs_limit() const {
    std::vector<std::uint32_t> tools(run_.nodes.size(), 0);
    for (const N8nEdge& edge : run_.edges) tools[edge.to] += edge.type == "ai_tool" ? 1 : 0;
    for (std::uint32_t i = 0; i < run_.nodes.size(); ++i) {
      const N8nNode& at = node(i);
      if (!at.runs() || !live_[i]) continue;
      const std::string_view text = at.parameters ? at.parameters.raw() : std::string_view();
      const bool code_loop = at.is(kN8nCode) && (text.find("while (true") != std::string_view::npos ||
                                                 text.find("while(true") != std::string_view::npos ||
                                                 text.find("for (;;") != std::string_view::npos);
      const bool waits = at.type == "executeWorkflow" && delays(i) > 0;
      if (code_loop || waits || (at.is(kN8nAgent) && tools[i] >= 3)) return i;
    }
    for (const n8n_cycle::Cycle& cycle : n8n_cycle::find_cycles(run_)) {
      if (cycle.weight >= 0.4 && cycle.subtype != "inner_loop_not_reset" && cycle.subtype != "wrong_output")
        return cycle.nodes.front();
    }
    return WorkflowGraph::kNone;
  }

  // The fixed waits on one way add up to more than the run may take: it is always ended.
  void too_short_a_limit() {
    if (limit_ <= 0) return;
    const std::vector<std::uint32_t> component = run_.flow.strong_components();
    const std::size_t count = run_.nodes.size();
    std::vector<std::vector<std::uint32_t>> members(count);
    for (std::uint32_t i = 0; i < count; ++i) members[component[i]].push_back(i);
    std::vector<double> waited(count, 0);
    std::vector<std::uint32_t> where(count, WorkflowGraph::kNone);
    for (std::size_t c = count; c-- > 0;) {  // sources first: an edge goes from a higher number to a lower
      for (const std::uint32_t i : members[c]) {
        const double own = live_[i] ? wait_seconds(node(i)) : -1;
        if (own > 0) {
          waited[c] += own;
          where[c] = i;
        }
      }
      if (waited[c] > limit_ && where[c] != WorkflowGraph::kNone) {
        add({"t4_limit_shorter_than_waits", "limit_too_short", 0.8, true, where[c], "parameters", waited[c]});
        return;
      }
      for (const std::uint32_t i : members[c]) {
        for (const std::uint32_t e : run_.flow.leaving(i)) {
          const std::uint32_t to = component[run_.flow.edges()[e].to];
          if (waited[c] <= waited[to] || to == c) continue;
          waited[to] = waited[c];
          where[to] = where[c];
        }
      }
    }
  }

  // ---- what the run did

  void observe() {
    if (!run_.execution) return;
    const N8nExecution& execution = *run_.execution;
    const double took = execution.started_ms >= 0 && execution.stopped_ms >= execution.started_ms
                            ? static_cast<double>(execution.stopped_ms - execution.started_ms) / 1000
                            : -1;
    if (execution.failed() && n8n_error_class(execution.error_name, execution.error_message, 0) == "timeout") {
      add({"o1_timed_out", "timed_out", 0.95, true, run_.find(execution.last_node), "", took});
    } else if (execution.status == "canceled" && limit_ > 0 && took >= limit_ * 0.95 && took <= limit_ * 1.05) {
      add({"o1_timed_out", "timed_out", 0.95, true, run_.find(execution.last_node), "", took});
    }
    for (const N8nNodeRun& item : execution.runs) {
      if (item.failed && n8n_error_class(item.error_name, item.error_message, item.http_code) == "timeout")
        add({"o1_timed_out", "timed_out", 0.95, true, item.position, "", static_cast<double>(item.ms) / 1000});
    }
    waited_too_long(took);
    caller_waited();
  }

  void waited_too_long(double took) {
    constexpr double kDay = 86'400;
    const std::string until = run_.execution->root["waitTill"].text();
    // n8n writes the year 3000 when nothing ends the wait.
    if (run_.execution->status == "waiting" && until >= "3000" && took > kDay)
      add({"o4_waits_for_ever", "wait_unbounded", 0.7, true, run_.find(run_.execution->last_node), "", took});
  }

  void caller_waited() {
    const N8nExecution& execution = *run_.execution;
    for (const std::uint32_t trigger : triggers_) {
      const json::View mode = node(trigger).parameters["responseMode"];
      const bool by_node = mode.equals("responseNode");
      if (!node(trigger).is(kN8nHttpTrigger) || (!by_node && !mode.equals("lastNode"))) continue;
      std::int64_t start = -1, end = -1;
      for (const N8nNodeRun& item : execution.runs) {
        if (item.position == WorkflowGraph::kNone || item.start_ms < 0) continue;
        if (item.position == trigger) start = item.start_ms;
        const bool answer = by_node ? node(item.position).is(kN8nRespond) : true;
        if (answer) end = std::max(end, item.start_ms + std::max<std::int64_t>(item.ms, 0));
      }
      const double seconds = start >= 0 && end > start ? static_cast<double>(end - start) / 1000 : 0;
      if (seconds > kCallerSeconds)
        add({"o2_caller_waited", "slow_answer", 0.7, true, trigger, "parameters/responseMode", seconds});
    }
  }

  // ---- the answer

  void add(Finding item) {
    // The run went well: what the file shows did no harm this time.
    const bool fine = run_.execution && run_.execution->status == "success";
    if (fine && item.signal.front() == 't') item.weight *= 0.5;
    if (item.weight > 0) found_.push_back(std::move(item));
  }

  Detection conclude(Verdict& verdict) const {
    if (found_.empty() || found_.front().weight < 0.1)
      return verdict.done("Whatever waits here has an end, or nobody waits for it.");
    const Finding& first = found_.front();
    verdict.subtype(first.subtype);
    if (first.sufficient && first.subtype != "slow_answer") verdict.severity(Severity::kHigh);
    constexpr std::size_t kMaxEvidence = 6;
    for (std::size_t i = 0; i < found_.size() && i < kMaxEvidence; ++i) {
      const Finding& item = found_[i];
      if (item.weight < 0.1) continue;
      const bool setting = item.member.starts_with("settings");
      const bool placed = item.node != WorkflowGraph::kNone;
      Evidence evidence;
      evidence.kind = std::string(item.subtype);
      evidence.path = setting || !placed ? "/workflow_json" : run_.node_path(node(item.node));
      if (!item.member.empty()) evidence.path += "/" + item.member;
      if (placed) evidence.text = node(item.node).name;
      evidence.value = item.seconds < 0 ? "null" : json::print_number(item.seconds);
      if (item.subtype == "limit_too_short") evidence.expected = json::print_number(limit_);
      evidence.place = placed ? node(item.node).place : run_.place;
      verdict.evidence(std::move(evidence));
    }
    return verdict.done(summary(first));
  }

  [[nodiscard]] std::string summary(const Finding& first) const {
    struct Text {
      std::string_view subtype, text;
    };
    constexpr Text kTexts[] = {
        {"wait_unbounded", " waits for an answer without a limit."},
        {"slow_answer", " may take longer than the caller of the webhook waits."},
        {"limit_too_short", " waits longer than the whole run may take: n8n always ends it."},
        {"timed_out", " ran into a time limit."},
        {"retries", " may spend a quarter of an hour on its retries, or more than the run may take."},
        {"no_own_timeout", " has no time limit of its own, and nobody watches."},
        {"model_timeout", " gives its model ten minutes or more."},
        {"no_limit", " may not end by itself, and the workflow has no time limit."},
    };
    std::string text =
        first.node == WorkflowGraph::kNone ? std::string("The workflow") : "\"" + node(first.node).name + "\"";
    for (const Text& item : kTexts) {
      if (item.subtype == first.subtype) text += item.text;
    }
    return text;
  }

  const N8nRun& run_;
  bool by_itself_;
  double limit_;  // seconds; 0 = none
  std::vector<std::uint32_t> triggers_;
  std::vector<bool> live_;
  std::vector<Finding> found_;
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
  return Inspector(run, true).verdict(options.threshold_of(kDescriptor));
}

void conclude(const Trace& trace, const RunIndex&, const Options& options, Findings& findings) {
  if (!trace.n8n || !trace.n8n->has_workflow()) return;
  findings.add(Inspector(*trace.n8n, false).verdict(options.threshold_of(kDescriptor)));
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask, .conclude = conclude};

}  // namespace agentmend::detectors::n8n_timeout
