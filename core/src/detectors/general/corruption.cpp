// Detector: corruption. Between two steps the working state takes on values that are impossible, contradictory, of
// another type, or disappear.
// Quiet on: what is assigned, counted up, appended; a queue that is worked off; a status that moves on; a loss that the
// event names, or that comes with a step and other changes. Both states are walked, nested, lists by id.
// Cost: O(values of both states, 5,000 at most, times the members of one object, 300 at most).
#include <algorithm>

#include "detectors/detector.h"
#include "detectors/general/corruption/compare.h"
#include "detectors/general/corruption/keys.h"
#include "json/writer.h"
#include "order.h"
#include "trace/key_words.h"

namespace agentmend::detectors::corruption {
namespace {

constexpr Descriptor kDescriptor{
    .name = "corruption",
    .title = "State corruption",
    .failure =
        "Between two steps the working state takes on values that are impossible, contradictory, of another type, or "
        "disappear.",
    .family = Family::kGeneral,
    .severity = Severity::kHigh,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kBeta,
    .inputs = {{"prev_state"}, {"current_state"}, {"schema", kOptional}, {"event", kOptional}},
    .fixes = {"state_validation", "checkpoint_recovery", "schema_enforcement", "input_sanitization"},
    .unfed = "no_states",
};

constexpr std::size_t kStrongest = 3;  // damages that count; more of them make nothing surer
constexpr double kNamedByEvent = 0.7;  // the event says that this is what it does
constexpr double kWithAStep = 0.35;  // a counter of steps moved on: somebody did something
constexpr double kAmongChanges = 0.3;  // much else changed in good order
constexpr std::uint32_t kManyChanges = 4;

struct Why {
  std::string_view rule, text;
};
constexpr Why kWhy[] = {
    {"type", " changed its type."},
    {"lost", " lost its value."},
    {"vanished", " is gone."},
    {"emptied", " was emptied."},
    {"shrunk", " lost elements."},
    {"replaced", " was replaced by something else and got shorter."},
    {"counter", " went backwards."},
    {"count_falls", " fell, and nothing else says why."},
    {"identity", " is about somebody or something else now."},
    {"regress", " went back from a state that was reached."},
    {"cut_text", " was cut off."},
    {"unit", " changed, and the figures beside it did not follow."},
    {"format", " can no longer be read as what it was."},
    {"jump", " jumped to a value that no ordinary change makes."},
    {"contradiction", " contradicts what stands beside it."},
    {"range", " has a value that cannot be."},
    {"debris", " holds a placeholder of a program instead of a value."},
    {"order", " lies before its own beginning."},
    {"count", " is not the number of what it counts."},
    {"copied", " holds the text of another member."},
    {"duplicate", " is there twice."},
    {"schema", " does not fit the declared schema."},
};

// The event names the member and says that something is taken away or set back.
bool named(std::string_view event, const Damage& damage) {
  if (event.empty() || !has_word(event,
                                 "remove|removed|delete|deleted|clear|cleared|reset|cancel|cancelled|logout|refund|"
                                 "reopen|reopened|unassign|unassigned|release|rollback|revert|drop|empty|merge|"
                                 "undo|return|returned|expire|expired|redact|archive|switch|transfer|rename|cleanup"))
    return false;
  struct Words {
    std::string_view event;
    bool found;
  } words{event, false};
  any_word(
      damage.key,
      [](void* of, std::string_view word) {
        Words& w = *static_cast<Words*>(of);
        w.found = w.found || (word.size() > 2 && find_word(w.event, word, w.event.size()) != std::string_view::npos);
        return w.found;
      },
      &words);
  return words.found || has_word(event, "logout|reset|rollback|revert|cleanup");
}

bool was_there(const std::vector<Damage>& before, const Damage& damage) {
  const std::string old = "/prev_state" + damage.path.substr(std::string_view("/current_state").size());
  return std::any_of(before.begin(), before.end(),
                     [&](const Damage& item) { return item.rule == damage.rule && item.path == old; });
}

struct States {
  json::View before, after, schema;
  std::string event;
};

// What is wrong, strongest first, each with what explains it.
std::vector<Damage> damages_of(const States& states) {
  Comparison found;
  if (states.before.is_object()) found = compare(states.before, states.after);
  std::vector<Damage> inside, inside_before;
  std::size_t left = kMaxLeaves, left_before = kMaxLeaves;
  inspect(states.after, "/current_state", 0, left, inside);
  if (states.before.is_object()) inspect(states.before, "/prev_state", 0, left_before, inside_before);
  check_schema(states.schema, states.after, "/current_state", 0, inside);
  for (Damage& damage : inside) {  // what was wrong before is no new damage
    if (damage.rule == "schema" || !was_there(inside_before, damage)) found.damages.push_back(std::move(damage));
  }
  const Progress& progress = found.progress;
  const auto lossy = std::count_if(found.damages.begin(), found.damages.end(), [](const Damage& d) { return d.loss; });
  for (Damage& damage : found.damages) {
    if (named(states.event, damage)) damage.weight *= 1 - kNamedByEvent;
    if (!damage.loss) continue;
    if (progress.stepped) damage.weight *= 1 - kWithAStep;
    if (progress.ahead && damage.rule != "shrunk") damage.weight *= 1 - kWithAStep;
    const std::uint32_t others =
        progress.changed + progress.added -
        static_cast<std::uint32_t>(std::min<std::int64_t>(lossy, progress.changed + progress.added));
    if (others >= kManyChanges) damage.weight *= 1 - kAmongChanges;
    if (damage.rule == "count_falls" && others >= 1) damage.weight *= 0.5;
  }
  sort_stable(found.damages, [](const Damage& a, const Damage& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.path != b.path ? a.path < b.path : a.rule < b.rule;
  });
  return std::move(found.damages);
}

Detection judge(const States& states, Place place, const Options& options) {
  Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
  const std::vector<Damage> damages = damages_of(states);
  if (damages.empty()) return verdict.done("The state changed in good order.");
  constexpr std::size_t kMaxEvidence = 6;
  constexpr std::size_t kMaxValue = 200;
  for (std::size_t i = 0; i < damages.size() && i < kMaxEvidence; ++i) {
    const Damage& damage = damages[i];
    if (i < kStrongest) verdict.signal(damage.rule, 1.0, damage.weight);
    const auto shown = [](json::View value) {
      if (!value.exists()) return std::string();
      return value.raw().size() <= kMaxValue ? std::string(value.raw())
                                             : json::quote(json::cut_utf8(value.raw(), kMaxValue));
    };
    verdict.evidence(
        {std::string(damage.rule), damage.path, damage.key, shown(damage.after), shown(damage.before), place});
    if (i < kStrongest && damage.critical && damage.weight >= 0.5) verdict.severity(Severity::kCritical);
  }
  const Damage& first = damages.front();
  verdict.subtype(first.rule);
  std::string text = "`" + std::string(json::cut_utf8(first.key.empty() ? first.path : first.key, 80)) + "`";
  for (const Why& why : kWhy) {
    if (why.rule == first.rule) text += why.text;
  }
  return verdict.done(std::move(text));
}

Detection ask(json::View input, const Options& options) {
  States states{input["prev_state"], input["current_state"], input["schema"], {}};
  if (states.after.is_null()) return insufficient(kDescriptor, "current_state");
  if (!states.after.is_object()) return invalid(kDescriptor, "current_state");
  if (!states.before.is_null() && !states.before.is_object()) return invalid(kDescriptor, "prev_state");
  if (!states.schema.is_null() && !states.schema.is_object()) return invalid(kDescriptor, "schema");
  const json::View event = input["event"];
  std::string storage;
  if (!event.is_null()) states.event = std::string(json::as_text(event, storage));
  return judge(states, {}, options);
}

// Each state of a run against the one before it of the same agent.
void observe(const RunIndex& index, const Event& event, const Options& options, Findings& findings) {
  if (event.kind != EventKind::kState) return;
  const StateMemory::Kept* kept = index.states().newest();
  if (kept == nullptr) return;
  json::Index before, after;
  if (!after.read(kept->now)) return;
  const bool has_before = !kept->before.empty() && before.read(kept->before);
  findings.asked(kDescriptor);
  Detection detection = judge({has_before ? json::View::root(before) : json::View(), json::View::root(after), {}, {}},
                              event.place, options);
  if (!detection.detected) return;
  detection.agent = index.agents()[event.agent < index.agents().size() ? event.agent : 0];
  detection.step = event.step;
  detection.input =
      "{\"prev_state\":" + (has_before ? kept->before : std::string("null")) + ",\"current_state\":" + kept->now + "}";
  findings.add(std::move(detection));
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask, .observe = observe};

}  // namespace agentmend::detectors::corruption
