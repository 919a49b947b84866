// Detector: n8n_error. Nodes that can fail have no error route, so one failure ends or silently falsifies the run.
// What a file shows (e1..e7) reaches 0.75 at most; what a run did (o1..o4) lifts that cap.
// Quiet on: manual, form and chat flows; an error trigger or error workflow as the net; an error output that leads
// somewhere; a "not found" branch; tools of an agent (the model is told). Cost: O(nodes + edges + run data).
#include <algorithm>

#include "detectors/detector.h"
#include "json/writer.h"
#include "order.h"
#include "trace/n8n_facts.h"
#include "trace/n8n_run.h"

namespace agentmend::detectors::n8n_error {
namespace {

constexpr Descriptor kDescriptor{
    .name = "n8n_error",
    .title = "n8n error handling",
    .failure = "Nodes that can fail have no error route, so one failure ends or silently falsifies the run.",
    .family = Family::kN8n,
    .severity = Severity::kMedium,
    .stage = Stage::kOffline,
    .readiness = Readiness::kBeta,
    .inputs = {{"workflow_json"}, {"execution_data", kOptional}},
    .fixes = {"circuit_breaker", "retry_limit", "workflow_guard"},
    .unfed = "no_n8n_workflow",
};

// A file alone is never certain: the instance may have a net that no file shows.
constexpr double kStaticCap = 0.75;
constexpr std::size_t kMaxEvidence = 8;  // nodes named per rule; the first is the one to mend

std::string_view name_of(N8nOnError value) {
  constexpr std::string_view kNames[] = {"stopWorkflow", "continueRegularOutput", "continueErrorOutput"};
  return kNames[static_cast<std::size_t>(value)];
}

// One rule and the nodes it found, worst first.
struct Rule {
  std::string_view signal;
  std::string_view subtype;
  double weight = 0;
  double strength = 1;
  std::vector<std::uint32_t> nodes;
  void hit(std::uint32_t node, double w) {
    if (w > weight) {
      weight = w;
      nodes.insert(nodes.begin(), node);
    } else {
      nodes.push_back(node);
    }
  }
};

class Inspector {
 public:
  explicit Inspector(const N8nRun& run)
      : run_(run),
        live_(n8n_live(run)),
        before_readers_(n8n_leads_to(run, n8n_error_readers(run), 0)),
        before_outward_(n8n_leads_to(run, marks(kN8nOutward), 3)),
        before_harm_(n8n_leads_to(run, marks(kN8nHarmful), 3)),
        net_(has_error_trigger(run) || !run.error_workflow.empty()) {}

  Detection verdict(double threshold) {
    Verdict verdict(kDescriptor, threshold);
    observe(verdict);
    inspect(verdict);
    return conclude(verdict);
  }

 private:
  [[nodiscard]] std::vector<bool> marks(std::uint32_t trait) const {
    std::vector<bool> marked(run_.nodes.size());
    for (std::size_t i = 0; i < marked.size(); ++i) marked[i] = run_.nodes[i].runs() && run_.nodes[i].is(trait);
    return marked;
  }
  [[nodiscard]] const N8nNode& node(std::uint32_t at) const { return run_.nodes[at]; }

  // ---- what the run did

  void observe(Verdict& verdict) {
    if (!run_.execution) return;
    const N8nExecution& execution = *run_.execution;
    std::size_t unhandled = 0;
    for (const N8nNodeRun& item : execution.runs) {
      const bool known = item.position != WorkflowGraph::kNone;
      const bool tool = known && node(item.position).is(kN8nTool);
      const bool handled = known && n8n_error_is_handled(run_, item.position, before_readers_);
      const bool continued = known && node(item.position).on_error != N8nOnError::kStop;
      if (item.failed && !tool) {
        unhandled += handled ? 0 : 1;
        if (!continued && stopped_ == nullptr) stopped_ = &item;
        if (continued && !handled && hidden_ == nullptr) hidden_ = &item;
      } else if (item.error_items != 0 && known && !handled &&
                 node(item.position).on_error == N8nOnError::kContinueRegular) {
        ++unhandled;
        if (hidden_ == nullptr) hidden_ = &item;
      }
    }
    if (execution.failed() || stopped_ != nullptr) verdict.signal("o1_run_failed", 1.0, 0.9);
    if (hidden_ != nullptr && !execution.failed()) verdict.signal("o2_failure_hidden_in_a_success", 1.0, 0.8);
    if (hidden_ != nullptr && empty_values_downstream()) verdict.signal("o3_empty_values_used", 1.0, 0.1);
    // Fewer than ten node runs: one failure is always a large share.
    if (execution.runs.size() >= 10 && unhandled * 100 > execution.runs.size() * 15)
      verdict.signal("o4_many_node_runs_failed", 1.0, 0.6);
    observed_ = execution.failed() || stopped_ != nullptr || hidden_ != nullptr;
  }

  // After the hidden failure a node was handed "undefined" or "null" as text.
  [[nodiscard]] bool empty_values_downstream() const {
    bool behind = false;
    for (const N8nNodeRun& item : run_.execution->runs) {
      if (behind && item.json["inputOverride"].exists()) {
        const std::string_view input = item.json["inputOverride"].raw();
        if (input.find("undefined") != std::string_view::npos ||
            input.find("[object Object]") != std::string_view::npos)
          return true;
      }
      behind = behind || &item == hidden_;
    }
    return false;
  }

  // ---- what the file shows

  void inspect(Verdict& verdict) {
    for (std::uint32_t i = 0; i < run_.nodes.size(); ++i) {
      if (!node(i).runs() || !live_[i] || node(i).is(kN8nTrigger)) continue;
      if (node(i).is(kN8nFallible)) {
        swallowed(i);
        error_port(i);
      }
      retries(i);
    }
    no_net();
    unanswered_webhook();
    const std::vector<std::uint32_t> triggers = n8n_triggers(run_);
    const bool trial =
        !triggers.empty() && std::all_of(triggers.begin(), triggers.end(),
                                         [this](std::uint32_t trigger) { return node(trigger).is(kN8nManual); });
    const double attended = trial ? 0.5 : 1.0;
    for (Rule* rule : {&swallowed_, &unwired_, &same_target_, &no_net_, &retry_, &cut_, &unanswered_}) {
      if (rule->nodes.empty()) continue;
      double factor = rule == &cut_ || rule == &unwired_ || rule == &same_target_ ? 1.0 : attended;
      if (net_ && (rule == &swallowed_ || rule == &no_net_)) factor *= 0.4;
      // The run went well: what the file shows did no harm this time.
      if (run_.execution && run_.execution->status == "success" && !observed_) factor *= 0.5;
      verdict.signal(rule->signal, rule->strength * factor, rule->weight);
      if (worst_ == nullptr || rule->weight * factor > worst_weight_) {
        worst_ = rule;
        worst_weight_ = rule->weight * factor;
      }
    }
    if (!observed_) verdict.cap("file_only", kStaticCap);
  }

  void swallowed(std::uint32_t i) {
    if (node(i).on_error != N8nOnError::kContinueRegular || node(i).is(kN8nTool) || before_readers_[i]) return;
    // What follows decides: nothing at all, steps that change nothing (below the threshold: going on may be meant), a
    // message or a write, or something that cannot be taken back.
    const double weight = before_harm_[i]                ? 0.75
                          : before_outward_[i]           ? 0.65
                          : run_.flow.leaving(i).empty() ? 0.3
                                                         : 0.45;
    swallowed_.hit(i, weight);
  }

  void error_port(std::uint32_t i) {
    if (node(i).on_error != N8nOnError::kContinueErrorOutput) return;
    std::vector<std::uint32_t> good, bad;
    for (const std::uint32_t e : run_.flow.leaving(i)) {
      const GraphEdge& edge = run_.flow.edges()[e];
      (edge.output < node(i).outputs ? good : bad).push_back(edge.to);
    }
    if (bad.empty()) {
      unwired_.hit(i, 0.7);
      return;
    }
    sort_numbers(good);
    // Going on with the next item of a loop either way is a choice; anything else takes the error for a result.
    const bool same = std::any_of(bad.begin(), bad.end(), [&](std::uint32_t to) {
      return !node(to).is(kN8nLoop) && std::binary_search(good.begin(), good.end(), to);
    });
    if (same && !before_readers_[i]) same_target_.hit(i, 0.6);
  }

  void retries(std::uint32_t i) {
    if (!node(i).retry) return;
    if (node(i).is(kN8nOutward) && !contains_folded(node(i).json.raw(), "idempot")) {
      // A plain POST may well be safe to repeat; a payment or a message is not.
      retry_.hit(i, node(i).is(kN8nHarmful) ? 0.6 : node(i).is(kN8nNotify) ? 0.45 : 0.3);
    }
    if (node(i).max_tries.value_or(3) > 5 || node(i).wait_between_tries.value_or(0) > 5000) cut_.hit(i, 0.3);
  }

  // Unattended, and nothing anywhere takes notice of a failure.
  void no_net() {
    const std::vector<std::uint32_t> triggers = n8n_unattended_triggers(run_);
    if (triggers.empty() || net_) return;
    const std::vector<bool> started = run_.flow.reach(triggers, WorkflowGraph::Direction::kForward);
    std::vector<std::uint32_t> exposed;
    bool matters = false;  // something is sent, written or paid for
    for (std::uint32_t i = 0; i < run_.nodes.size(); ++i) {
      const N8nNode& at = node(i);
      if (!started[i] || !at.runs() || at.is(kN8nTrigger) || !at.is(kN8nFallible)) continue;
      if (at.retry || at.on_error == N8nOnError::kContinueErrorOutput) return;
      if (at.on_error == N8nOnError::kContinueRegular && before_readers_[i]) return;
      if (at.on_error != N8nOnError::kStop || !at.is(kN8nExternal | kN8nModel)) continue;
      exposed.push_back(i);
      matters = matters || at.is(kN8nOutward | kN8nModel);
    }
    if (exposed.empty() || !matters) return;
    // Started by a clock or a caller, a failed run leaves no trace; an app event (a mail, a row) still lies in its app.
    const bool vanishes = std::any_of(triggers.begin(), triggers.end(), [this](std::uint32_t trigger) {
      return node(trigger).is(kN8nTimed | kN8nHttpTrigger);
    });
    const double more = 0.03 * static_cast<double>(exposed.size() - 1);
    const double weight = vanishes ? std::min(0.6, 0.5 + more) : std::min(0.45, 0.35 + more);
    // Named first: the node without which nothing behind it happens.
    for (const std::uint32_t i : in_order_of_flow(exposed, triggers)) no_net_.hit(i, weight);
  }

  // Nearest to the trigger first, then by place in the document.
  [[nodiscard]] std::vector<std::uint32_t> in_order_of_flow(std::vector<std::uint32_t> nodes,
                                                            const std::vector<std::uint32_t>& triggers) const {
    std::vector<std::uint32_t> distance(run_.nodes.size(), WorkflowGraph::kNone), queue(triggers);
    for (const std::uint32_t trigger : triggers) distance[trigger] = 0;
    for (std::size_t at = 0; at < queue.size(); ++at) {
      for (const std::uint32_t e : run_.flow.leaving(queue[at])) {
        const std::uint32_t to = run_.flow.edges()[e].to;
        if (distance[to] != WorkflowGraph::kNone) continue;
        distance[to] = distance[queue[at]] + 1;
        queue.push_back(to);
      }
    }
    sort_stable(nodes, [&](std::uint32_t a, std::uint32_t b) { return distance[a] < distance[b]; });
    return nodes;
  }

  // responseNode: the caller waits for a Respond node that the error branch never reaches.
  void unanswered_webhook() {
    const std::vector<bool> before_answer = n8n_leads_to(run_, marks(kN8nRespond), 0);
    constexpr std::size_t kMaxWebhooks = 50;  // each costs a walk
    std::size_t webhooks = 0;
    for (const std::uint32_t trigger : n8n_triggers(run_)) {
      if (webhooks >= kMaxWebhooks) break;
      if (!node(trigger).parameters["responseMode"].equals("responseNode")) continue;
      ++webhooks;
      const std::uint32_t root[] = {trigger};
      const std::vector<bool> started = run_.flow.reach(root, WorkflowGraph::Direction::kForward);
      for (std::uint32_t i = 0; i < run_.nodes.size(); ++i) {
        if (!started[i] || !before_answer[i] || node(i).on_error != N8nOnError::kContinueErrorOutput) continue;
        for (const std::uint32_t e : run_.flow.leaving(i)) {
          const GraphEdge& edge = run_.flow.edges()[e];
          const bool answers = before_answer[edge.to] || node(edge.to).is(kN8nRespond);
          if (edge.output >= node(i).outputs && !answers) unanswered_.hit(i, 0.5);
        }
      }
    }
  }

  // ---- the answer

  Detection conclude(Verdict& verdict) {
    const N8nNodeRun* failure = stopped_ != nullptr ? stopped_ : hidden_;
    if (failure != nullptr || (run_.execution && run_.execution->failed())) {
      failure_evidence(verdict, failure);
    } else if (worst_ != nullptr) {
      rule_evidence(verdict);
      verdict.subtype(worst_->subtype);
      if (worst_ == &no_net_) verdict.severity(Severity::kLow);  // nothing has failed yet
    }
    Detection detection = verdict.done(summary(failure));
    return detection;
  }

  void node_evidence(Verdict& verdict, std::uint32_t i) const {
    verdict.evidence({"node", run_.node_path(node(i)), node(i).name, json::quote(name_of(node(i).on_error)),
                      json::quote(name_of(N8nOnError::kContinueErrorOutput)), node(i).place});
    verdict.evidence(
        {"error_port", run_.node_path(node(i)), node(i).name, json::print_integer(node(i).outputs), "", node(i).place});
  }

  void failure_evidence(Verdict& verdict, const N8nNodeRun* failure) const {
    const N8nExecution& execution = *run_.execution;
    std::string name = execution.error_name, message = execution.error_message;
    int code = execution.http_code;
    std::string path = run_.execution_path(execution.error ? execution.error : execution.root);
    Place place = execution.error ? execution.error_place : execution.place;
    if (failure != nullptr) {
      if (failure->position != WorkflowGraph::kNone) node_evidence(verdict, failure->position);
      const json::View at = failure->error              ? failure->error
                            : failure->first_error_item ? failure->first_error_item
                                                        : failure->json;
      path = run_.execution_path(at);
      place = failure->place.known() ? Place{failure->place.document, at.offset()} : Place{};
      if (!failure->error_message.empty()) {
        name = failure->error_name;
        message = failure->error_message;
        code = failure->http_code;
      } else if (failure->first_error_item) {
        std::string storage;
        const json::View text = failure->first_error_item["message"].is_string() ? failure->first_error_item["message"]
                                                                                 : failure->first_error_item;
        message = std::string(json::as_text(text, storage));
      }
    }
    verdict.evidence({"error", path, message.empty() ? execution.status : message,
                      code == 0 ? "null" : json::print_integer(code), "", place});
    verdict.subtype(n8n_error_class(name, message, code));
    const bool outward = failure != nullptr && failure->position != WorkflowGraph::kNone &&
                         (node(failure->position).is(kN8nOutward) || before_outward_[failure->position]);
    if (outward) verdict.severity(Severity::kHigh);
  }

  void rule_evidence(Verdict& verdict) const {
    std::size_t count = 0;
    for (const std::uint32_t i : worst_->nodes) {
      if (count++ < kMaxEvidence) node_evidence(verdict, i);
    }
  }

  [[nodiscard]] std::string summary(const N8nNodeRun* failure) const {
    if (failure != nullptr && failure == stopped_)
      return "\"" + failure->node + "\" failed and nothing took the error: the run ended there.";
    if (failure != nullptr) return "\"" + failure->node + "\" failed, and the run went on as if it had not.";
    if (run_.execution && run_.execution->failed()) return "The execution ended in an error that no node took.";
    if (worst_ == nullptr) return "Every node that can fail has a route for its errors, or nobody needs one.";
    const std::string first = "\"" + node(worst_->nodes.front()).name + "\"";
    if (worst_ == &swallowed_)
      return first + " goes on after an error, and nothing behind it looks whether there was one.";
    if (worst_ == &unwired_) return first + " has an error output that leads nowhere: failed items vanish.";
    if (worst_ == &same_target_) return first + " sends its errors to the same node as its results.";
    if (worst_ == &retry_) return first + " may be sent twice: it is repeated on failure.";
    if (worst_ == &cut_) return first + " asks for more tries or longer waits than n8n allows; n8n cuts them.";
    if (worst_ == &unanswered_) return "After an error of " + first + " the caller of the webhook gets no answer.";
    return "Nobody watches this workflow, and no node takes notice of a failure; the first that can fail is " + first +
           ".";
  }

  const N8nRun& run_;
  std::vector<bool> live_, before_readers_, before_outward_, before_harm_;
  bool net_;
  const N8nNodeRun* stopped_ = nullptr;  // failed, and the run ended
  const N8nNodeRun* hidden_ = nullptr;  // failed, and the run went on without anybody noticing
  bool observed_ = false;
  Rule swallowed_{"e1_swallowed", "swallowed", 0, 1, {}};
  Rule unwired_{"e2_error_port_unwired", "error_port_unwired", 0, 1, {}};
  Rule same_target_{"e3_error_port_miswired", "error_port_miswired", 0, 1, {}};
  Rule no_net_{"e4_no_net", "no_net", 0, 1, {}};
  Rule retry_{"e5_retry_of_an_outward_call", "retry_repeats", 0, 1, {}};
  Rule cut_{"e6_retry_settings_cut", "retry_cut", 0, 1, {}};
  Rule unanswered_{"e7_webhook_unanswered", "webhook_unanswered", 0, 1, {}};
  const Rule* worst_ = nullptr;
  double worst_weight_ = 0;
};

// At least one node that can fail, or an execution.
bool applies(const N8nRun& run) {
  return run.execution.has_value() || std::any_of(run.nodes.begin(), run.nodes.end(), [](const N8nNode& node) {
           return node.runs() && node.is(kN8nFallible);
         });
}

Detection ask(json::View input, const Options& options) {
  if (input["workflow_json"].is_null()) return insufficient(kDescriptor, "workflow_json");
  if (!input["workflow_json"].is_object()) return invalid(kDescriptor, "workflow_json");
  const json::View execution = input["execution_data"];
  if (!execution.is_null() && !execution.is_object()) return invalid(kDescriptor, "execution_data");
  N8nRun run;
  if (!read_n8n_workflow(input["workflow_json"], Place::kNowhere, run)) return invalid(kDescriptor, "workflow_json");
  if (!execution.is_null() && !read_n8n_execution(execution, Place::kNowhere, run))
    return invalid(kDescriptor, "execution_data");
  if (!applies(run)) return Verdict(kDescriptor, options.threshold_of(kDescriptor)).done("No node here can fail.");
  return Inspector(run).verdict(options.threshold_of(kDescriptor));
}

void conclude(const Trace& trace, const RunIndex&, const Options& options, Findings& findings) {
  if (!trace.n8n || !trace.n8n->has_workflow() || !applies(*trace.n8n)) return;
  findings.add(Inspector(*trace.n8n).verdict(options.threshold_of(kDescriptor)));
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask, .conclude = conclude};

}  // namespace agentmend::detectors::n8n_error
