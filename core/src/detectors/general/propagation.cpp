// Detector: propagation. A wrong value enters at one step and later steps build on it unchecked.
// Quiet on: values without a bound; a doubt that the later steps carry on; corrections; numbers of different things.
// What only knowledge of the world could tell (a city's population, a blood group) is not found. Cost: O(steps² x
// facts²), bounded by 40 steps and 60 facts a step.
#include "detectors/detector.h"
#include "detectors/text_input.h"
#include "text/math.h"
#include "text/opposites.h"
#include "text/reading.h"

namespace agentmend::detectors::propagation {
namespace {

constexpr Descriptor kDescriptor{
    .name = "propagation",
    .title = "Error propagation",
    .failure = "A wrong value enters at one step and later steps build on it unchecked.",
    .family = Family::kGeneral,
    .severity = Severity::kHigh,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kBeta,
    .inputs = {{"pipeline_steps"}},
    .fixes = {"state_validation", "checkpoint_recovery", "subtask_validator"},
};

enum Means : std::uint32_t {
  kDoubt = 1u << 0,
  kCarries = 1u << 1,
  kCorrects = 1u << 2,
  kCertain = 1u << 3,
};
constexpr text::CueRow kRows[] = {
    {kDoubt,
     "malfunction|malfunctioning|corrupted|corrupt|instead of expected|instead of the expected|unverified|not verified|"
     "missing data|assumed|assumption|placeholder|suspect|likely wrong|sensor error|stale|default value|but found "
     "only|but only"},
    {kCarries,
     "flagged for|human review|review recommended|caveat|note that|explicit note|acknowledging|low confidence|"
     "borderline|uncertain|uncertainty|despite|warning|rejected|error logged|sanitized|approximate|requires "
     "investigation|"
     "to be confirmed"},
    {kCorrects, "corrected|correction|updated to|revised|fixed|replaced|after checking|verified against"},
    {kCertain, "confirms|therefore|critical|normal operation|final|completed|report|shows"},
};
constexpr text::CueTable<kRows> kCues;

// What a quantity can be at all. `about` must stand in the step; a value with `unit` right after it must lie inside.
struct Bound {
  std::string_view about;
  std::string_view unit;  // one of these words, | between; empty = a bare number or percent
  double least;
  double most;
};
constexpr Bound kBounds[] = {
    {"age", "years|year|old|", 0, 125},  // oldest person: 122
    {"year old", "", 0, 125},
    {"probability of", "", 0, 1},
    {"confidence", "", 0, 100},
    {"accuracy", "", 0, 100},
    {"chance", "", 0, 100},
    {"market share", "", 0, 100},
    {"humidity", "", 0, 100},
    {"body temperature", "kelvin|k", 300, 320},
    {"body temperature", "c|celsius", 25, 46},
    {"body temperature", "f|fahrenheit", 77, 115},
    {"patient temperature", "c|celsius", 25, 46},
    {"boiling point of water", "c|celsius", 65, 101},  // 68 on the highest mountain
    {"water boils", "c|celsius", 65, 101},
    {"water at sea level", "c|celsius", 98, 102},
    {"speed of light", "m|meters|metres", 2.9e8, 3.1e8},
    {"speed of light", "km|kilometers|kilometres", 2.9e5, 3.1e5},
    {"heart rate", "bpm|beats", 20, 300},
    {"latitude", "", -90, 90},
    {"ph", "", -2, 16},
};

constexpr double kImpossible = 0.75;
constexpr double kDoubted = 0.6;
constexpr double kReused = 0.3;
constexpr double kChanged = 0.6;
constexpr std::size_t kMaxSteps = 40;
constexpr std::size_t kMaxFacts = 60;

struct Step {
  std::string given;
  text::Reading reading;
  text::CueCounts said;
  std::size_t position = 0;
};

// The phrase stands at most seven words before the value or right after it.
bool near(const text::Words& words, std::string_view phrase, const text::Fact& fact) {
  const std::size_t from = fact.first_word >= 7 ? fact.first_word - 7 : 0;
  for (std::size_t i = from; i < words.size() && i < fact.last_word + 2u; ++i) {
    if (words.reads(i, phrase)) return true;
  }
  return false;
}

// The word or sign after a value: "85°C" -> "c", "300 meters" -> "meters".
bool has_unit(const text::Reading& r, const text::Fact& fact, std::string_view units) {
  if (units.empty()) return true;
  std::string_view rest = r.given.substr(fact.begin);
  for (std::string_view left = units; !left.empty();) {
    const std::size_t bar = left.find('|') == std::string_view::npos ? left.size() : left.find('|');
    const std::string_view unit = left.substr(0, bar);
    left.remove_prefix(bar < left.size() ? bar + 1 : bar);
    if (unit.empty()) return true;
    for (std::size_t i = fact.first_word; i < r.words.size() && i < fact.last_word + 2u; ++i) {
      if (r.words.text(i) == unit) return true;
    }
    const std::size_t degree = rest.substr(0, 16).find("\xc2\xb0");
    if (degree != std::string_view::npos && degree + 2 < rest.size() && unit.size() == 1 &&
        (rest[degree + 2] | 0x20) == unit[0])
      return true;
  }
  return false;
}

const text::Fact* impossible(const text::Reading& r) {
  for (const Bound& bound : kBounds) {
    for (std::size_t i = 0; i < r.facts.size() && i < kMaxFacts; ++i) {
      const text::Fact& fact = r.facts[i];
      if (fact.kind != text::FactKind::kNumber && fact.kind != text::FactKind::kPercent) continue;
      if (bound.most == 1 && fact.kind == text::FactKind::kPercent) continue;
      if (bound.most == 100 && fact.kind != text::FactKind::kPercent) continue;
      if (bound.unit.empty() && bound.most != 100 && fact.unit != text::Unit::kNone) continue;
      if (!has_unit(r, fact, bound.unit) || !near(r.words, bound.about, fact)) continue;
      // The value as written: facts hold seconds and metres.
      double value = 0;
      const text::Words& words = r.words;
      const std::string_view shown = words.text(fact.first_word);
      double scale = 0;
      for (const char c : shown) {
        if (c >= '0' && c <= '9') {
          value = value * 10 + (c - '0');
          scale *= 10;
        } else if (c == '.' && scale == 0) {
          scale = 1;
        }
      }
      if (scale > 1) value /= scale;
      if (value < bound.least || value > bound.most) return &fact;
    }
  }
  return nullptr;
}

// One quantity (same words around, same unit) with another value than before.
bool changed(const Step& a, const Step& b, std::string_view& shown) {
  for (std::size_t i = 0; i < a.reading.facts.size() && i < kMaxFacts; ++i) {
    const text::Fact& x = a.reading.facts[i];
    if ((text::kind_bit(x.kind) & text::kValues) == 0 || x.kind == text::FactKind::kDate) continue;
    if (text::has_fact(b.reading, x)) continue;
    const std::size_t from = x.first_word >= 3 ? x.first_word - 3 : 0;
    const text::Bag around(a.reading.words, from, x.first_word);
    if (around.size() < 2) continue;
    for (std::size_t k = 0; k < b.reading.facts.size() && k < kMaxFacts; ++k) {
      const text::Fact& y = b.reading.facts[k];
      if (y.kind != x.kind || y.unit != x.unit) continue;
      const text::Bag there(b.reading.words, y.first_word >= 3 ? y.first_word - 3 : 0, y.first_word);
      if (text::coverage(around, there) < 0.99 || text::has_fact(a.reading, y)) continue;
      shown = y.of(b.reading.given);
      return true;
    }
  }
  return false;
}

Detection ask(json::View input, const Options& options) {
  TextInput in(kDescriptor, input);
  const json::View list = in.list("pipeline_steps");
  if (in.failed()) return in.answer();
  std::vector<Step> steps;
  steps.reserve(kMaxSteps);  // the readings point into the texts
  json::for_each(list, [&](json::View item, std::size_t i) {
    if (steps.size() >= kMaxSteps || !item["output"].is_string()) return;
    Step& step = steps.emplace_back();
    step.given = item["output"].text();
    step.reading = text::Reading(step.given);
    step.said = text::count_cues(kCues, step.reading);
    step.position = i;
  });
  Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
  if (steps.size() < 2) return verdict.done("There are not two steps to compare.");
  std::size_t origin = steps.size();
  const text::Fact* value = nullptr;
  bool doubted = false;
  bool reused = false;
  bool carried = false;
  for (std::size_t i = 0; i < steps.size() && origin == steps.size(); ++i) {
    const text::Fact* odd = impossible(steps[i].reading);
    const bool doubt = steps[i].said[0] > 0 && steps[i].said[1] == 0;
    if (odd == nullptr && !doubt) continue;
    for (const text::Fact& fact : steps[i].reading.facts) {
      if ((text::kind_bit(fact.kind) & text::kValues) == 0) continue;
      if (odd != nullptr && odd != &fact) continue;
      bool again = false;
      for (std::size_t k = i + 1; k < steps.size(); ++k) again = again || text::has_fact(steps[k].reading, fact);
      if (!again) continue;
      reused = true;
      value = value == nullptr ? &fact : value;
    }
    if (!reused && odd == nullptr) continue;
    origin = i;
    doubted = doubt;
    value = odd != nullptr ? odd : value;
    for (std::size_t k = i + 1; k < steps.size(); ++k) carried = carried || steps[k].said[1] + steps[k].said[2] > 0;
    if (odd != nullptr) {
      verdict.signal("impossible", 1, kImpossible);
    }
  }
  std::string_view shown;
  std::size_t change = 0;
  for (std::size_t k = 1; k < steps.size() && change == 0; ++k) {
    if (steps[k].said[2] == 0 && changed(steps[k - 1], steps[k], shown)) change = k;
  }
  verdict.signal("doubted", doubted ? 1 : 0, kDoubted)
      .signal("reused", reused && origin < steps.size() ? 1 : 0, kReused)
      .signal("changed", change > 0 ? 1 : 0, kChanged);
  if (carried) verdict.suppress("doubt_carried", 0.6);
  if (origin < steps.size()) {
    verdict.evidence(
        "origin", say({item_path("pipeline_steps", steps[origin].position), "/output"}),
        value == nullptr ? steps[origin].reading.given.substr(0, 200) : value->of(steps[origin].reading.given));
    if (origin + 1 < steps.size())
      verdict.evidence("reuse", say({item_path("pipeline_steps", steps[origin + 1].position), "/output"}),
                       steps[origin + 1].reading.given.substr(0, 200));
    return verdict.done(doubted ? "A value that its own step doubts is used on unchecked."
                                : "A value that cannot be is used on unchecked.");
  }
  if (change > 0) {
    verdict.evidence("change", say({item_path("pipeline_steps", steps[change].position), "/output"}), shown);
    return verdict.done("A value changes between two steps without a word.");
  }
  return verdict.done("No step builds on a value that could be seen to be wrong.");
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask};

}  // namespace agentmend::detectors::propagation
