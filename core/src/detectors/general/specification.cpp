// Detector: specification. The task specification says something else than the user meant: scope, action, constraint
// or number changed or lost.
// Quiet on: technology and detail that only make explicit how; a question turned into a look-up; a check before an act.
// Cost: O(bytes), bounded by 64 kB a text.
#include "detectors/detector.h"
#include "detectors/text_input.h"
#include "text/math.h"
#include "text/opposites.h"
#include "text/reading.h"
#include "text/verbs.h"

namespace agentmend::detectors::specification {
namespace {

constexpr Descriptor kDescriptor{
    .name = "specification",
    .title = "Specification mismatch",
    .failure =
        "The task specification says something else than the user meant: scope, action, constraint or number changed "
        "or lost.",
    .family = Family::kGeneral,
    .severity = Severity::kHigh,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kBeta,
    .inputs = {{"user_intent"}, {"task_specification"}},
    .fixes = {"spec_validation", "schema_enforcement", "output_constraint"},
};

enum Means : std::uint32_t {
  kCondition = 1u << 0,
  kChecks = 1u << 1,
  kWide = 1u << 2,
  kNarrow = 1u << 3,
  kNow = 1u << 4,
  kMachine = 1u << 5,
  kPage = 1u << 6,
  kAsks = 1u << 7,
  kPerson = 1u << 8,
  kDaily = 1u << 9,
  kWeekly = 1u << 10,
  kGeneric = 1u << 11,
  kPersonal = 1u << 12,
  kAlarm = 1u << 13,
  kWithout = 1u << 14,
};
constexpr text::CueRow kRows[] = {
    {kCondition,
     "if|unless|only if|before|until|after|in case|provided|gets worse|goes into effect|when it cant|still"},
    {kChecks,
     "if|unless|only|check|verify|when|before|until|after|confirm|confirmation|determine|evaluate|review|validate|"
     "condition|provided|report|request authorization|query|investigate"},
    {kWide,
     "all|every|comprehensive|detailed|full|complete|entire|any|everyone|extensive|each individual|including|"
     "subcategories|raw|historical|additional|distributed|microservice|auto scaling|ml based|advanced"},
    {kNarrow,
     "top|only|just|brief|concise|simple|basic|summary|short|under|key|2 3|sentence|specific|small|single|executive|"
     "highlighting"},
    {kNow, "immediately|unconditionally|automatically|without confirmation|autonomously|regardless|without any"},
    {kMachine, "json|csv|spreadsheet|array|xml|structured data|database import|crm import"},
    {kPage, "markdown|bullet points|formatted tables|reports|report|html|prose|paragraph"},
    {kAsks,
     "can you check|could you check|can someone check|check if|find who|find out|help me find|help me understand|"
     "remind|what|is my|how do|should we|can i|has been|flag|review|identify|prioritize|see if|who has"},
    {kPerson, "manual|human|manager|partner|senior|approval|escalates|private|email verification|opt out|verification"},
    {kDaily, "daily|every night|every day|nightly|each day"},
    {kWeekly, "weekly|sundays|every monday|monday|each week"},
    {kGeneric, "generic|placeholder|mass|public|single shared|boolean|locally|plain"},
    {kPersonal, "personalized|each|private|role based|between users|individual"},
    {kAlarm, "alert|alerts|email|notification|notifications|notify"},
    {kWithout, "without|no|not|never|cannot|regardless"},
};
constexpr text::CueTable<kRows> kCues;

constexpr double kActBeyond = 0.75;
constexpr double kConditionLost = 0.75;
constexpr double kWidened = 0.7;
constexpr double kFormatChanged = 0.7;
constexpr double kFiguresLost = 0.6;
constexpr double kUnconditional = 0.5;
constexpr double kOpposite = 0.5;
constexpr double kPartsLost = 0.5;
constexpr double kGuardLost = 0.5;

bool has(const text::CueCounts& counts, std::uint32_t bit) {
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if ((bit >> i & 1u) != 0) return counts[i] > 0;
  }
  return false;
}

Detection judge(const std::string& intent_text, const std::string& spec_text, double threshold) {
  Verdict verdict(kDescriptor, threshold);
  const text::Reading intent(intent_text);
  const text::Reading spec(spec_text);
  if (intent.bag.empty() || spec.words.empty()) return verdict.done("There is no intent or no specification.");
  const text::CueCounts wish = text::count_cues(kCues, intent);
  const text::CueCounts says = text::count_cues(kCues, spec);
  const text::Acts want = text::acts(intent);
  const text::Acts does = text::acts(spec);
  // The act that the specification begins with, of a kind the intent does not name; asked was for a look or an answer.
  const std::uint32_t strong = does.head & text::kSideEffects & ~text::kVerbWrite & ~want.named;
  const bool looks = has(wish, kAsks) || want.question;
  const bool other_act =
      looks && !has(says, kChecks) && (does.head & text::kSideEffects) != 0 && (does.head & want.head) == 0;
  const bool beyond = (strong != 0 && looks) || other_act;
  const double cover = text::coverage(intent.bag, spec.bag);
  std::size_t lost = 0;
  std::string first_lost;
  const std::vector<text::Sentence> asked = text::parts(intent.given);
  for (const text::Sentence& part : asked) {
    const text::Bag bag = intent.bag_of(part);
    if (bag.empty() || text::coverage(bag, spec.bag) >= 0.3) continue;
    if (lost++ == 0) first_lost = std::string(part.of(intent.given));
  }
  const text::Lost figures = text::lost_facts(intent, spec, text::kValues);
  const text::Lost fresh = text::lost_facts(spec, intent, text::kValues);
  const std::size_t wide = says[2];
  const bool widened = has(wish, kNarrow) && wide > 0 && !has(says, kNarrow);
  const bool format = has(wish, kMachine) && !has(says, kMachine) && has(says, kPage);
  const bool condition = has(wish, kCondition) && !has(says, kChecks);
  const bool frequency = (has(wish, kDaily) && has(says, kWeekly) && !has(says, kDaily)) ||
                         (has(wish, kWeekly) && has(says, kDaily) && !has(says, kWeekly));
  const std::size_t clash =
      text::opposed(text::sides(intent.words, 0, intent.words.size()), text::sides(spec.words, 0, spec.words.size()));
  const double many = asked.size() >= 2 ? static_cast<double>(lost) / static_cast<double>(asked.size()) : 0;
  verdict.signal("act_beyond", beyond ? 1 : 0, kActBeyond)
      .signal("condition_lost", condition ? 1 : 0, kConditionLost)
      .signal("widened", widened ? 1 : 0, kWidened)
      .signal("format", format ? 1 : 0, kFormatChanged)
      .signal("figures_lost", figures.share(), kFiguresLost)
      .signal("unconditional", has(says, kNow) && !has(wish, kNow) ? 1 : 0, kUnconditional)
      .signal("opposite", clash > 0 || frequency ? 1 : 0, kOpposite)
      .signal("parts_lost", many, kPartsLost)
      .signal("guard_lost", has(wish, kPerson) && !has(says, kPerson) ? 1 : 0, kGuardLost)
      .signal("personal_lost", has(says, kGeneric) && has(wish, kPersonal) ? 1 : 0, kGuardLost)
      .feature("uncovered", 1.0 - cover, 1)
      .feature("scope_words", static_cast<double>(wide) / 3, 1)
      .feature("checks", static_cast<double>(says[1]) / 3, -1)
      .feature("alarm_lost", has(wish, kAlarm) && !has(says, kAlarm) ? 1 : 0, 1)
      .feature("new_figures", static_cast<double>(fresh.lost) / 4, 1)
      .learned();
  if (cover >= 0.99 && figures.lost == 0 && !beyond && !condition && wide == 0) verdict.cap("veto_same", 0.2);
  verdict.evidence("intent", "/user_intent", intent.given.substr(0, 200));
  verdict.evidence("specification", "/task_specification", spec.given.substr(0, 200));
  if (figures.first != nullptr) verdict.evidence("lost_value", "/user_intent", figures.first->of(intent.given));
  if (lost > 0 && asked.size() >= 2) verdict.evidence("lost_part", "/user_intent", first_lost);
  if (beyond) {
    verdict.subtype("action");
    return verdict.done("The specification acts where the user asked to look.");
  }
  if (condition) {
    verdict.subtype("condition");
    return verdict.done("The user's condition is gone from the specification.");
  }
  if (widened) {
    verdict.subtype("scope");
    return verdict.done("The specification asks for more than the user did.");
  }
  if (format) {
    verdict.subtype("format");
    return verdict.done("The specification names another format.");
  }
  return verdict.done("The specification was compared with the user's words.");
}

Detection ask(json::View input, const Options& options) {
  TextInput in(kDescriptor, input);
  const std::string intent = in.text("user_intent");
  const std::string spec = in.text("task_specification");
  if (in.failed()) return in.answer();
  return judge(intent, spec, options.threshold_of(kDescriptor));
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask};

}  // namespace agentmend::detectors::specification
