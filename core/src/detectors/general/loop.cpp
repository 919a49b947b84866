// Detector: loop. The agent takes the same step, or the same short cycle of steps, again and again without new
// information or changed state.
// Quiet on: polling whose answer changes; paging through data; a retry that succeeds; the same question twice, or asked
// again after the user spoke; clicking through.
// Cost: O(1) per event of a run (the index keeps runs and cycles); O(bytes) for a list of states.
#include "detectors/detector.h"
#include "detectors/general/loop/judge.h"
#include "detectors/general/loop/states.h"
#include "json/writer.h"

namespace agentmend::detectors::loop {
namespace {

constexpr Descriptor kDescriptor{
    .name = "loop",
    .title = "Loop",
    .failure =
        "The agent takes the same step, or the same short cycle of steps, again and again without new information or "
        "changed state.",
    .family = Family::kGeneral,
    .severity = Severity::kHigh,
    .stage = Stage::kPreTool,
    .readiness = Readiness::kBeta,
    .inputs = {{"states"}},
    .fixes = {"loop_breaker", "retry_limit", "circuit_breaker", "exponential_backoff"},
    .unfed = "no_tool_calls",
};

constexpr std::size_t kMinStates = 3;  // two states cannot loop
constexpr std::size_t kMaxPeriod = ActionHistory::kMaxPeriod;

std::string number(std::uint64_t value) { return json::print_integer(static_cast<std::int64_t>(value)); }
std::string path_of(std::size_t state) { return "/states/" + number(state); }

bool polls(const RunContext* context, std::string_view tool) {
  const ToolFacts* facts = context == nullptr ? nullptr : context->tool(tool);
  return facts != nullptr && facts->poll;
}

// A repetition that was found, wherever it came from.
struct Found {
  Judgement judgement;
  Repeats repeats;
  std::string name;  // of the repeated action
  std::size_t first = 0;  // state or message of the newest repeat
  Place place;
  bool call = true;
};

std::string summary_of(const Found& found) {
  const std::string what =
      found.call ? "`" + found.name + "`" : "\"" + std::string(json::cut_utf8(found.name, 80)) + "\"";
  const Repeats& repeats = found.repeats;
  std::string text;
  if (repeats.period == 1) {
    text = what + (found.call ? " was called " : " came ") + number(repeats.run()) + " times in a row";
    if (found.call)
      text += repeats.near > 0 ? " with arguments that differ in counters or clocks only" : " with the same arguments";
  } else {
    text = "A cycle of " + number(repeats.period) + " steps around " + what + " was gone through " +
           number((repeats.matched + repeats.period) / repeats.period) + " times";
  }
  const std::uint32_t known = repeats.failed + repeats.empty + repeats.unchanged;
  if (repeats.failed * 2 > known) return text + " and failed again each time.";
  if (repeats.empty * 2 > known) return text + " and found nothing each time.";
  return known > 0 ? text + " and brought nothing new." : text + ".";
}

Detection detection_of(const Found& found, const Options& options) {
  Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
  found.judgement.tell(verdict);
  if (found.call && changes_world(found.name, options.context)) verdict.severity(Severity::kCritical);
  const Repeats& repeats = found.repeats;
  const std::string path = path_of(found.first);
  const auto add = [&](std::string_view kind, std::string_view text, std::string value) {
    Evidence item;
    item.kind = std::string(kind);
    item.path = path;
    item.text = std::string(text);
    item.value = std::move(value);
    item.place = found.place;
    verdict.evidence(std::move(item));
  };
  // The longest run of equal actions; in a cycle each action comes once a round.
  add("repeat", found.name,
      number(repeats.period == 1 ? repeats.run() : (repeats.matched + repeats.period) / repeats.period));
  add("period", "", number(repeats.period));
  if (repeats.unchanged + repeats.empty > 0) add("unchanged_result", "", number(repeats.unchanged + repeats.empty));
  if (repeats.failed > 0) add("failed", "", number(repeats.failed));
  Detection detection = verdict.done(summary_of(found));
  detection.step = static_cast<std::int64_t>(found.first);
  return detection;
}

// ---- a list of states

using Order = std::vector<const Step*>;

// Counts of the streak that ends at the newest step looked at, for one period. `wish`: equal acts in other words.
struct Streak {
  Repeats repeats;

  void push(const Order& order, std::size_t i, std::size_t period, bool wish) {
    repeats.period = static_cast<std::uint32_t>(period);
    const Step& later = *order[i];
    const Step& earlier = *order[i - period];
    const bool equal = wish ? later.wish != 0 && later.wish == earlier.wish : later.key == earlier.key;
    const bool same_wording = later.exact == earlier.exact;
    Gain brought = equal && later.user_turn == earlier.user_turn ? gain(later, earlier) : Gain::kNew;
    if (wish && later.key != earlier.key && later.opening == earlier.opening) brought = Gain::kNew;
    if (brought == Gain::kUnchanged && later.call && !same_wording && later.facts.bare) brought = Gain::kNew;
    if (brought == Gain::kNew) {
      repeats = Repeats{};
      repeats.period = static_cast<std::uint32_t>(period);
      return;
    }
    ++repeats.matched;
    ++repeats.pairs;
    repeats.pending = later.call && later.result == 0 && brought == Gain::kUnknown;
    repeats.waited = repeats.waited || later.waited;
    if (!same_wording) ++repeats.near;
    switch (brought) {
      case Gain::kUnchanged:
        ++repeats.unchanged;
        if (later.result != 0 && later.facts.bare) ++repeats.bare;
        if (later.result != 0 && later.facts.waiting) ++repeats.waiting;
        break;
      case Gain::kFailed: ++repeats.failed; break;
      case Gain::kEmpty: ++repeats.empty; break;
      default: ++repeats.unknown;
    }
  }
};

struct Asked {
  const RunContext* context = nullptr;
  bool wish = false;  // equal acts in other words
  bool interleaved = false;  // steps of others were taken out: what they did may be the news
};

// The strongest repetition in one order of steps. O(n kMaxPeriod).
void strongest(const Order& order, const Asked& asked, Found& best) {
  const bool wish = asked.wish;
  for (std::size_t period = 1; period <= (wish ? 1 : kMaxPeriod); ++period) {
    Streak streak;
    for (std::size_t i = period; i < order.size(); ++i) {
      streak.push(order, i, period, wish);
      if (streak.repeats.matched == 0) continue;
      const bool last = i + 1 == order.size();
      const bool goes_on = !last && (wish ? order[i + 1]->wish == order[i + 1 - period]->wish
                                          : order[i + 1]->key == order[i + 1 - period]->key);
      const Step& step = *order[i];
      Circumstances about;
      about.tool = step.call ? std::string_view(step.name) : std::string_view();
      about.polls = polls(asked.context, about.tool);
      about.interleaved = asked.interleaved;
      about.reworded = wish;
      if (goes_on) {
        Streak next = streak;
        next.push(order, i + 1, period, wish);
        if (next.repeats.matched != 0) continue;  // judged when it ends
        about.recovered = period == 1;
      }
      const Judgement judgement = judge(streak.repeats, about);
      if (judgement.confidence() <= best.judgement.confidence()) continue;
      best.judgement = judgement;
      best.repeats = streak.repeats;
      best.name = step.name;
      best.first = step.state;
      best.call = step.call;
    }
  }
}

Detection ask(json::View input, const Options& options) {
  const json::View states = input["states"];
  if (states.is_null()) return insufficient(kDescriptor, "states");
  if (!states.is_array()) return invalid(kDescriptor, "states");
  const Steps read = read_steps(states);
  Found best;
  best.judgement.limit = 0;
  if (states.size() >= kMinStates) {
    // All steps together, all calls alone (what is said between them may be worded anew each time), and each agent's
    // calls alone. Sentences of one agent are not taken out of the talk: "approved" three times is about three things.
    Order all;
    Order calls;
    std::vector<Order> own(read.agents.size());
    for (const Step& step : read.steps) {
      all.push_back(&step);
      if (!step.call) continue;
      calls.push_back(&step);
      own[step.agent].push_back(&step);
    }
    const Asked asked{options.context, false, false};
    strongest(all, asked, best);
    strongest(all, {options.context, true, false}, best);
    if (calls.size() < all.size()) strongest(calls, asked, best);
    for (const Order& order : own) {
      if (order.size() < calls.size()) strongest(order, {options.context, false, true}, best);
    }
  }
  if (best.judgement.confidence() <= 0) {
    Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
    return verdict.done("No step is repeated without gain.");
  }
  Detection detection = detection_of(best, options);
  for (const Step& step : read.steps) {
    if (step.state == best.first) detection.agent = read.agents[step.agent];
  }
  return detection;
}

// ---- a run

// The strongest repetition that the newest action of an agent ends.
void judge_newest(const RunIndex& index, std::uint32_t agent, const Options& options, Findings& findings) {
  const ActionHistory& history = index.actions(agent);
  if (history.size() < kMinStates) return;
  Found best;
  best.judgement.limit = 0;
  for (std::size_t period = 1; period <= kMaxPeriod; ++period) {
    // Nothing below two pairs can fire; most calls repeat nothing and end here.
    if (history.matched(period) < 2) continue;
    const Action& action = history.newest();
    Circumstances about;
    about.tool = action.name;
    about.polls = polls(options.context, action.name);
    Found found;
    found.repeats = history.repeats(period);
    found.judgement = judge(found.repeats, about);
    if (found.judgement.confidence() <= best.judgement.confidence()) continue;
    best = found;
  }
  if (best.judgement.confidence() < options.threshold_of(kDescriptor)) return;
  const Action& action = history.newest();
  best.name = action.name;
  best.first = action.step;
  best.place = action.place;
  Detection detection = detection_of(best, options);
  detection.agent = index.agents()[agent < index.agents().size() ? agent : 0];
  findings.add(std::move(detection));
}

void judge_all(const RunIndex& index, const Options& options, Findings& findings) {
  for (std::uint32_t agent = 0; agent < index.agents().size(); ++agent) judge_newest(index, agent, options, findings);
}

void observe(const RunIndex& index, const Event& event, const Options& options, Findings& findings) {
  if (event.kind == EventKind::kToolCall) {
    findings.asked(kDescriptor);
    const ActionHistory& history = index.actions(event.agent);
    if (history.size() == 0 || history.newest().name != event.name) return;  // a wait is no action
    judge_newest(index, event.agent, options, findings);
  } else if (event.kind == EventKind::kRunEnd) {
    judge_all(index, options, findings);
  }
}

// The last calls of each agent: their results are known by now.
void conclude(const Trace&, const RunIndex& index, const Options& options, Findings& findings) {
  judge_all(index, options, findings);
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask, .observe = observe, .conclude = conclude};

}  // namespace agentmend::detectors::loop
