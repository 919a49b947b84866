// Detector: critic_quality. A reviewing agent approves without examining, or criticises without substance, so review
// adds nothing.
// Quiet on: approval that names what was checked; a last "approved" after rounds of substance; a trivial product.
// Cost: O(bytes), bounded by 60 turns of 64 kB.
#include "detectors/detector.h"
#include "detectors/text_input.h"
#include "text/math.h"
#include "text/reading.h"

namespace agentmend::detectors::critic_quality {
namespace {

constexpr Descriptor kDescriptor{
    .name = "critic_quality",
    .title = "Empty criticism",
    .failure = "A reviewing agent approves without examining, or criticises without substance, so review adds nothing.",
    .family = Family::kMultiAgent,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kBeta,
    .inputs = {{"iterations"}},
    .fixes = {"quality_checkpoint", "independent_verifier"},
};

enum Means : std::uint32_t {
  kApproves = 1u << 0,
  kProposes = 1u << 1,
  kVague = 1u << 2,
  kFlaw = 1u << 3,
};
constexpr text::CueRow kRows[] = {
    {kApproves,
     "approve*|looks good|looks great|looks solid|looks fine|great|good|well done|nice|perfect|excellent|thumbs up|"
     "sounds good|lgtm|love it|fantastic|solid|impressive|ship it|no issues|no comments|agree|accepted|done"},
    {kProposes,
     "recommend*|consider|suggest*|verify|ensure|missing|clarify|concern*|gap|add|needs|need|question*|however|before|"
     "should|why|how|what|did you|have "
     "you|test|instead|specifically|because|document|measure|risk|fails|wrong|unclear"},
    {kVague, "not good|improve it|do better|not great|bad|try again|meh|needs work|redo"},
    {kFlaw, "todo|fixme|untested|not tested|no tests|hack|hardcoded|password|ignore errors|workaround"},
};
constexpr text::CueTable<kRows> kCues;

constexpr double kEmptyApproval = 0.85;
constexpr double kUnchanged = 0.5;
constexpr double kMissedFlaw = 0.7;
constexpr double kVagueBlame = 0.6;
constexpr double kSubstance = 0.8;  // suppressor: an earlier round did the work
constexpr std::size_t kMaxTurns = 60;

// How much a turn says that could be checked, 0 to 1: proposals, questions, figures, names, words of the product.
double substance(const text::Reading& turn, const text::Bag& product) {
  const text::CueCounts said = text::count_cues(kCues, turn);
  double questions = 0;
  for (const text::Sentence& s : turn.sentences) questions += s.question ? 1 : 0;
  const double points = static_cast<double>(said[1]) * 0.15 + questions * 0.2 +
                        static_cast<double>(turn.facts.size()) * 0.1 +
                        static_cast<double>(text::listed(turn.given).size()) * 0.2 +
                        static_cast<double>(text::common(turn.bag, product)) * 0.08;
  // Nobody says anything checkable in four words.
  return text::clamp01(points * text::ramp(static_cast<double>(turn.words.size()), 4, 12));
}

Detection ask(json::View input, const Options& options) {
  TextInput in(kDescriptor, input);
  const json::View list = in.list("iterations");
  if (in.failed()) return in.answer();
  Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
  text::Bag product;
  std::string product_text;
  std::size_t critics = 0;
  std::size_t empty = 0;
  std::size_t vague = 0;
  double most = 0;
  bool unchanged = false;
  bool flaw = false;
  bool last_approves = false;
  std::string shown;
  std::size_t at = 0;
  std::size_t turns = 0;
  json::for_each(list, [&](json::View item, std::size_t i) {
    if (turns >= kMaxTurns || !item["role"].is_string() || !item["output"].is_string()) return;
    ++turns;
    const std::string given = item["output"].text();
    const text::Reading turn(given);
    if (item["role"].equals("producer")) {
      unchanged = unchanged || (!product.empty() && critics > 0 && text::jaccard(product, turn.bag) > 0.97);
      product = turn.bag;
      product_text = given;
      flaw = flaw || text::count_cues(kCues, turn)[3] > 0;
      return;
    }
    if (product.empty()) return;
    ++critics;
    const text::CueCounts said = text::count_cues(kCues, turn);
    const double q = substance(turn, product);
    if (q > most) most = q;
    last_approves = said[0] > 0;
    const bool hollow = q < 0.25 && said[0] > 0;
    empty += hollow ? 1 : 0;
    vague += q < 0.25 && said[2] > 0 ? 1 : 0;
    if (hollow || (q < 0.25 && said[2] > 0) || shown.empty()) {
      shown = given.substr(0, 200);
      at = i;
    }
  });
  if (critics == 0) return verdict.done("There is no producer and critic to compare.");
  const double share = static_cast<double>(empty) / static_cast<double>(critics);
  verdict.signal("empty_approval", share, kEmptyApproval)
      .signal("unchanged", unchanged && share > 0 && most < 0.4 ? 1 : 0, kUnchanged)
      .signal("missed_flaw", flaw && last_approves && most < 0.4 ? 1 : 0, kMissedFlaw)
      .signal("vague_blame", static_cast<double>(vague) / static_cast<double>(critics), kVagueBlame);
  if (most >= 0.4) verdict.suppress("earlier_substance", kSubstance);
  if (product.size() <= 3 && critics <= 1) verdict.suppress("trivial_product", 0.5);
  verdict.evidence("critic", say({item_path("iterations", at), "/output"}), shown);
  return verdict.done(
      share > 0 ? say({number(empty), " of ", number(critics), " reviews approve without saying what was examined."})
                : "The reviews name what they examined.");
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask};

}  // namespace agentmend::detectors::critic_quality
