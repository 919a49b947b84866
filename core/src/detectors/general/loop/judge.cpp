#include "detectors/general/loop/judge.h"

#include "text/math.h"
#include "text/verbs.h"
#include "trace/key_words.h"

namespace agentmend::detectors::loop {
namespace {

using text::ramp;

// Weights and ramps: specification of this detector.
constexpr double kExactWeight = 0.8;
constexpr double kCycleWeight = 0.8;
constexpr double kNearWeight = 0.5;
constexpr double kNoGainWeight = 0.6;
constexpr double kWaiting = 0.7;
constexpr double kStepping = 0.7;
constexpr double kRecovered = 0.5;
constexpr double kHonestRetry = 0.4;  // two equal calls are a retry: below every threshold
constexpr double kPollingTool = 0.2;  // a hard veto

bool steps_through(std::string_view tool) {
  return has_word(tool,
                  "click|scroll|press|key|keypress|swipe|tap|next|step|forward|back|down|up|left|right|"
                  "advance|undo|redo|move|drag|type|tab|zoom|increment|decrement|tick|roll|draw");
}

// Pairs that can be judged, and those that the pending call adds. What failed or was empty may succeed or fill this
// time, so that the pending call does not count; what came back unchanged twice is already in the agent's hands.
std::uint32_t counted(const Repeats& repeats) {
  if (!repeats.pending || repeats.matched == 0) return repeats.matched;
  const std::uint32_t hopeful = repeats.failed + repeats.empty + repeats.bare + repeats.waiting;
  const std::uint32_t known = repeats.failed + repeats.empty + repeats.unchanged;
  return known > 0 && hopeful * 2 >= known ? repeats.matched - 1 : repeats.matched;
}

}  // namespace

double Judgement::confidence() const {
  const double quiet = (1 - kExactWeight * exact) * (1 - kCycleWeight * cycle) * (1 - kNearWeight * near) *
                       (1 - kNoGainWeight * no_gain);
  const double raw = (1 - quiet) * (1 - waiting) * (1 - stepping) * (1 - recovered);
  return text::round6(raw < limit ? raw : limit);
}

void Judgement::tell(Verdict& verdict) const {
  verdict.signal("exact_repeat", exact, kExactWeight).signal("cycle", cycle, kCycleWeight);
  verdict.signal("near_repeat", near, kNearWeight).signal("no_gain", no_gain, kNoGainWeight);
  verdict.suppress("polling", waiting).suppress("stepping_through", stepping).suppress("recovered", recovered);
  if (limit < 1) verdict.cap("too_few_repeats", limit);
  verdict.subtype(subtype);
}

Judgement judge(const Repeats& repeats, const Circumstances& about) {
  Judgement result;
  if (repeats.matched == 0) {
    result.limit = 0;
    return result;
  }
  const std::uint32_t pairs = counted(repeats);
  const std::uint32_t known = repeats.failed + repeats.empty + repeats.unchanged;
  const std::uint32_t answerable = repeats.pairs - (repeats.pending && repeats.pairs > 0 ? 1 : 0);
  result.no_gain = answerable == 0 ? 0 : text::clamp01(static_cast<double>(known) / answerable);
  const bool near = repeats.near > 0;
  if (repeats.period == 1) {
    // A sentence that nothing is known to have come of, or that we only read as the same, takes one repeat more.
    const std::uint32_t more = about.reworded || (about.tool.empty() && known == 0) ? 1 : 0;
    (near ? result.near : result.exact) = ramp(pairs + 1, 1, 3 + more);
    if (pairs < 2 + more) result.limit = kHonestRetry;
    result.subtype = near ? "near" : repeats.failed * 2 > known ? "retry_storm" : "exact";
  } else {
    const double times = static_cast<double>(pairs + repeats.period) / repeats.period;
    (near ? result.near : result.cycle) = ramp(times, 1.5, 3);
    result.subtype = "cycle";
    // Two rounds are enough only when both are known to have brought the same; a pair A B A B of calls is an honest
    // second look.
    const std::uint32_t enough = repeats.period > 3 ? repeats.period : 3;
    const bool certain = known == repeats.pairs;
    if (pairs < (about.tool.empty() && certain ? repeats.period : enough)) result.limit = kHonestRetry;
    if (known == 0 && times < 2.5) result.limit = kHonestRetry;
  }
  if ((near || about.interleaved) && known == 0) result.limit = kHonestRetry;
  const double rounds = repeats.times();
  if (repeats.waiting * 2 > known && known > 0) {
    // Without a stated wait, twenty unchanged answers in a row are no longer patience.
    result.waiting = kWaiting * (repeats.waited ? 1.0 : ramp(rounds, 20, 6));
  } else if (repeats.waited && (repeats.failed + repeats.empty) * 2 > known) {
    result.waiting = kWaiting * ramp(rounds, 10, 4);  // retries with pauses between them
  }
  if (repeats.bare * 2 > known && steps_through(about.tool)) result.stepping = kStepping * ramp(rounds, 25, 8);
  if (about.recovered) result.recovered = kRecovered * ramp(rounds, 10, 3);
  if (about.polls) result.limit = kPollingTool;
  return result;
}

bool changes_world(std::string_view tool, const RunContext* context) {
  const ToolFacts* facts = context == nullptr ? nullptr : context->tool(tool);
  if (facts != nullptr && !facts->tool_class.empty()) return facts->tool_class != "read";
  constexpr std::uint32_t kChanges =
      text::kVerbWrite | text::kVerbDestroy | text::kVerbGrant | text::kVerbSend | text::kVerbSpend | text::kVerbDeploy;
  return (text::verbs_of_name(tool).first & kChanges) != 0;
}

}  // namespace agentmend::detectors::loop
