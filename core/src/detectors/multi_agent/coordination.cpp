// Detector: coordination. Messages or handoffs between agents are lost, unanswered, contradictory or circular, so joint
// work stops.
// Quiet on: a quick healthy handoff; notices that need no answer; one agent supplying facts to another; a second
// opinion; a failure that is mended later in the log; a log of one agent.
// Cost: O(messages²) at most, of the newest 2,000; O(bytes) for their texts, of which the first 4,000 bytes count.
#include "detectors/detector.h"
#include "detectors/multi_agent/coordination/checks.h"
#include "json/writer.h"

namespace agentmend::detectors::coordination {
namespace {

constexpr Descriptor kDescriptor{
    .name = "coordination",
    .title = "Coordination failure",
    .failure =
        "Messages or handoffs between agents are lost, unanswered, contradictory or circular, so joint work stops.",
    .family = Family::kMultiAgent,
    .severity = Severity::kHigh,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kBeta,
    .inputs = {{"messages"}, {"agent_ids"}},
    .fixes = {"timeout_addition", "priority_adjustment", "async_handoff", "deadlock_prevention"},
    .unfed = "one_agent",
};

Detection judge(const Log& log, const Options& options) {
  Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
  std::size_t parties = 0;
  for (const Agent& agent : log.agents) parties += agent.person ? 0 : 1;
  if (parties < 2) return verdict.done("There is one agent: nobody to coordinate with.");
  const std::vector<Found> found = check(log);
  const Found* best = nullptr;
  for (const Found& each : found) {
    verdict.signal(each.name, each.strength, each.weight);
    if (best == nullptr || each.strength * each.weight > best->strength * best->weight) best = &each;
    const auto add = [&](const Message& message) {
      verdict.evidence(each.name, item_path("messages", message.at), message.text, {}, message.place);
    };
    add(log.messages[each.message]);
    if (each.other != each.message) add(log.messages[each.other]);
  }
  if (best == nullptr) return verdict.done("All messages found their answer.");
  verdict.subtype(best->subtype);
  Detection detection = verdict.done(best->says);
  if (best->agent < log.agents.size()) detection.agent = log.agents[best->agent].name;
  detection.step = static_cast<std::int64_t>(log.messages[best->message].at);
  return detection;
}

Detection ask(json::View input, const Options& options) {
  for (const std::string_view key : {"messages", "agent_ids"}) {
    if (input[key].is_null()) return insufficient(kDescriptor, key);
    if (!input[key].is_array()) return invalid(kDescriptor, key);
  }
  return judge(read_log(input["messages"], input["agent_ids"]), options);
}

// Handoffs, and messages that name their receiver. Nothing says whether they were received: only what is asked twice
// in vain, answered with a refusal, or goes round counts.
void conclude(const Trace& trace, const RunIndex&, const Options& options, Findings& findings) {
  Log log;
  log.whole = false;
  std::size_t skip = 0;
  for (const Event& event : trace.events) skip += event.kind == EventKind::kHandoff ? 1 : 0;
  skip = skip > kMaxMessages ? skip - kMaxMessages : 0;
  for (const Event& event : trace.events) {
    if (event.kind != EventKind::kHandoff || event.name.empty() || event.id.empty()) continue;
    if (skip > 0) {
      --skip;
      continue;
    }
    Message message;
    message.at = event.step;
    message.at_ms = event.at_ms;
    message.place = event.place;
    message.text = std::string(json::cut_utf8(event.text, kTextBytes));
    log.add(std::move(message), event.name, event.id);
  }
  if (log.messages.empty()) return;
  findings.add(judge(log, options));
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask, .conclude = conclude};

}  // namespace agentmend::detectors::coordination
