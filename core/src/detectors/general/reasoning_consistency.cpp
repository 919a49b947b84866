// Detector: reasoning_consistency. The same facts lead to opposite conclusions on different paths.
// Quiet on: inputs that differ in a value, a name or a qualifier; conclusions about different sides of a thing; one
// that refines the other; an input that says itself that it is ambiguous. Cost: O(paths² + bytes), bounded by 40 paths
// of 64 kB.
#include "detectors/detector.h"
#include "detectors/text_input.h"
#include "text/opposites.h"
#include "text/reading.h"

namespace agentmend::detectors::reasoning_consistency {
namespace {

constexpr Descriptor kDescriptor{
    .name = "reasoning_consistency",
    .title = "Inconsistent reasoning",
    .failure = "The same facts lead to opposite conclusions on different paths.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kBeta,
    .inputs = {{"reasoning_paths"}},
    .fixes = {"self_consistency_vote", "independent_verifier"},
};

enum Means : std::uint32_t { kMixed = 1u << 0, kHedged = 1u << 1, kActs = 1u << 2 };
constexpr text::CueRow kRows[] = {
    {kMixed, "mixed|ambiguous|conflicting|unclear|inconclusive|open to|contradictory|debated|either"},
    {kHedged, "may|might|could|possibly|perhaps|potentially|one reading|alternatively"},
    {kActs, "should|must|requires|require|recommend|recommended|needs|need|will|immediate"},
};
constexpr text::CueTable<kRows> kCues;

constexpr double kOpposite = 0.85;
constexpr double kDenied = 0.75;
constexpr double kOtherValue = 0.8;
constexpr double kUnlike = 0.4;  // two true sentences about one thing may share no word
constexpr double kSameInput = 0.8;
constexpr std::size_t kMaxPaths = 40;

struct Path {
  std::string input_text;
  std::string conclusion_text;
  text::Reading input;
  text::Reading conclusion;
  text::Sides sides;
};

// The same facts: nearly all words in both, and no value or name that only one of them has.
bool same_facts(const text::Reading& a, const text::Reading& b) {
  if (text::coverage(a.bag, b.bag) < kSameInput || text::coverage(b.bag, a.bag) < kSameInput) return false;
  const std::uint32_t all = text::kValues | text::kTokens;
  if (text::lost_facts(a, b, all).lost > 0 || text::lost_facts(b, a, all).lost > 0) return false;
  // One word for another ("elderly", "general") is another case; one more on one side is only detail.
  return text::common(a.bag, b.bag) + 1 >= (a.bag.size() > b.bag.size() ? a.bag.size() : b.bag.size()) &&
         (a.bag.size() != b.bag.size() || text::common(a.bag, b.bag) == a.bag.size());
}

std::size_t negations(const text::Reading& r) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < r.words.size(); ++i) count += text::is_negation(r.words.text(i)) ? 1 : 0;
  return count;
}

struct Clash {
  double opposite = 0;
  double denied = 0;
  double value = 0;
  double unlike = 0;
  double factor = 1;
  [[nodiscard]] double strength() const {
    return (1 -
            (1 - kOpposite * opposite) * (1 - kDenied * denied) * (1 - kOtherValue * value) * (1 - kUnlike * unlike)) *
           factor;
  }
};

Clash compare(const Path& a, const Path& b) {
  Clash out;
  const double shared = text::jaccard(a.conclusion.bag, b.conclusion.bag);
  out.opposite = text::opposed(a.sides, b.sides) > 0 ? 1 : 0;
  const std::size_t na = negations(a.conclusion);
  const std::size_t nb = negations(b.conclusion);
  out.denied = (na == 0) != (nb == 0) && (shared >= 0.2 || out.opposite > 0) ? 1 : 0;
  const text::Lost lost = text::lost_facts(a.conclusion, b.conclusion, text::kValues);
  const text::Lost fresh = text::lost_facts(b.conclusion, a.conclusion, text::kValues);
  out.value = lost.lost > 0 && fresh.lost > 0 && shared >= 0.4 ? 1 : 0;
  out.unlike = shared < 0.15 ? 1 : 0;
  const std::uint32_t mixed = text::cues_in(kCues, a.input.words, 0, a.input.words.size());
  if ((mixed & kMixed) != 0) out.factor = 0.3;
  const std::uint32_t ha = text::cues_in(kCues, a.conclusion.words, 0, a.conclusion.words.size());
  const std::uint32_t hb = text::cues_in(kCues, b.conclusion.words, 0, b.conclusion.words.size());
  if ((ha & kHedged) != 0 && (hb & kHedged) != 0) out.factor *= 0.4;
  return out;
}

Detection ask(json::View input, const Options& options) {
  TextInput in(kDescriptor, input);
  const json::View list = in.list("reasoning_paths");
  if (in.failed()) return in.answer();
  std::vector<Path> paths;
  paths.reserve(kMaxPaths);  // the readings point into the texts
  std::vector<std::size_t> positions;
  json::for_each(list, [&](json::View item, std::size_t i) {
    if (paths.size() >= kMaxPaths || !item["input"].is_string() || !item["conclusion"].is_string()) return;
    Path& path = paths.emplace_back();
    path.input_text = item["input"].text();
    path.conclusion_text = item["conclusion"].text();
    path.input = text::Reading(path.input_text);
    path.conclusion = text::Reading(path.conclusion_text);
    path.sides = text::sides(path.conclusion.words, 0, path.conclusion.words.size());
    positions.push_back(i);
  });
  Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
  Clash worst;
  std::size_t first = 0;
  std::size_t second = 0;
  bool comparable = false;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (paths[i].input.bag.empty() || paths[i].conclusion.bag.empty() || paths[k].conclusion.bag.empty()) continue;
      if (!same_facts(paths[k].input, paths[i].input)) continue;
      comparable = true;
      const Clash clash = compare(paths[k], paths[i]);
      if (clash.strength() <= worst.strength()) continue;
      worst = clash;
      first = k;
      second = i;
    }
  }
  if (!comparable) return verdict.done("No two paths start from the same facts.");
  verdict.signal("opposite", worst.opposite, kOpposite)
      .signal("denied", worst.denied, kDenied)
      .signal("other_value", worst.value, kOtherValue)
      .signal("unlike", worst.unlike, kUnlike);
  if (worst.factor < 1) verdict.suppress("open_question", 1 - worst.factor);
  if (second == first) return verdict.done("Paths with the same facts reach compatible conclusions.");
  verdict.evidence("conclusion", say({item_path("reasoning_paths", positions[first]), "/conclusion"}),
                   paths[first].conclusion.given.substr(0, 200));
  verdict.evidence("conclusion", say({item_path("reasoning_paths", positions[second]), "/conclusion"}),
                   paths[second].conclusion.given.substr(0, 200));
  return verdict.done(worst.opposite + worst.denied + worst.value > 0
                          ? "The same facts lead to opposite conclusions."
                          : "The same facts lead to unrelated conclusions.");
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask};

}  // namespace agentmend::detectors::reasoning_consistency
