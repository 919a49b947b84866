// Detector: context. The output leaves out, or contradicts, information in the supplied context that the task depends
// on.
// Quiet on: a short answer that uses the one datum asked for; an answer in the user's language; a failure that is
// reported as such; facts of the context that have nothing to do with the question.
// Cost: O(bytes + facts of context x facts of output), bounded by 64 kB a text.
#include "detectors/detector.h"
#include "detectors/text_input.h"
#include "text/math.h"
#include "text/opposites.h"
#include "text/reading.h"

namespace agentmend::detectors::context {
namespace {

constexpr Descriptor kDescriptor{
    .name = "context",
    .title = "Context neglect",
    .failure = "The output leaves out, or contradicts, information in the supplied context that the task depends on.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kBeta,
    .inputs = {{"context"}, {"output"}, {"task", kOptional}},
    .fixes = {"checkpoint_recovery", "state_validation", "prompt_reinforcement"},
};

enum Means : std::uint32_t {
  kFailed = 1u << 0,
  kAdmits = 1u << 1,
  kAsserts = 1u << 2,
  kDenies = 1u << 3,
  kAsks = 1u << 4,
  kUses = 1u << 5,
  kGeneric = 1u << 6,
  kSupplies = 1u << 7,
  kRisk = 1u << 8,
};
constexpr text::CueRow kRows[] = {
    {kFailed, "error|timeout|timed out|unavailable|failed|connection refused|empty results|returned nothing|denied"},
    {kAdmits,
     "unable|wasnt able|couldnt|cannot|could not|not able|trouble|degraded|issue|issues|failing|failed|failure|"
     "failures|problem|down|unavailable|outage|intermittent|error|errors|try again|escalating|permission|only has|only "
     "have"},
    {kAsserts,
     "yes|i found|i can see|running smoothly|running normally|responding normally|operating normally|no issues|"
     "looks great|looks good|everything|is active|is normal|has been|immediately"},
    {kDenies,
     "i dont see|dont see any|dont have|no current|no specific|theres no|there is no|no limit|no fees|no action|"
     "not find|didnt find|as many|nothing was|no record|no information"},
    {kAsks,
     "could you share|could you provide|could you please|can you provide|can you please|can you share|please provide|"
     "i need to know|need you to send|what is your|what are your|please submit|please send|tell me your|"
     "need more information|need more details|do you have any specific"},
    {kUses, "based on|as you mentioned|given your|according to|you mentioned|since your|i can see|as requested"},
    {kGeneric,
     "various|vary|varies|depending on|many options|several|there are many|there are other|generally|"
     "different features|different benefits|in general|can be complex|some|appropriate|"
     "general|standard|soon|later|please contact|other solutions"},
    {kSupplies, "i already|i submitted|i told|previously|already"},
    {kRisk,
     "must|required|only|restricted|never|allergic|allergies|not allowed|read only|until|critical|high priority"},
};
constexpr text::CueTable<kRows> kCues;

constexpr double kRecall = 0.55;
constexpr double kFactRecall = 0.45;
constexpr double kGenericText = 0.5;
constexpr double kAsksAgain = 0.6;
constexpr double kDeniesGiven = 0.6;
constexpr double kOpposite = 0.25;  // one reversed word among many is often reported speech
constexpr double kRestricted = 0.4;
constexpr double kErrorAsserted = 0.9;  // the datum could not be had, and is stated all the same

double ramp(double x, double a, double b) { return text::clamp01((x - a) / (b - a)); }

// The output speaks another language than the last words of the user.
bool other_language(const text::Reading& context, const text::Reading& output) {
  const text::Language said = output.words.language();
  if (said != text::Language::kEnglish) return false;
  // A quoted passage of the context in a language of its own.
  std::size_t from = 0;
  while ((from = context.given.find('\'', from)) != std::string_view::npos) {
    const std::size_t end = context.given.find('\'', from + 1);
    if (end == std::string_view::npos) return false;
    const text::Words quoted(context.given.substr(from + 1, end - from - 1));
    const text::Language spoken = quoted.language();
    if (quoted.size() >= 4 && spoken != text::Language::kUnknown && spoken != text::Language::kEnglish) return true;
    from = end + 1;
  }
  return false;
}

// The last sentence that asks something; empty when none does.
text::Bag question_of(const text::Reading& context) {
  for (std::size_t i = context.sentences.size(); i-- > 0;) {
    if (context.sentences[i].question) return context.bag_of(context.sentences[i]);
  }
  return {};
}

Detection judge(const std::string& context_text, const std::string& output_text, double threshold) {
  Verdict verdict(kDescriptor, threshold);
  const text::Reading context(context_text);
  const text::Reading output(output_text);
  if (context.bag.size() < 3 || output.bag.empty()) return verdict.done("There is too little context or output.");
  const text::CueCounts given = text::count_cues(kCues, context);
  const text::CueCounts said = text::count_cues(kCues, output);
  const text::Lost values = text::lost_facts(context, output, text::kValues);
  const text::Lost tokens = text::lost_facts(context, output, text::kTokens);
  const std::size_t kept = values.all - values.lost + tokens.all - tokens.lost;
  const std::size_t facts = values.all + tokens.all;
  const double lost = facts == 0 ? 0 : 1.0 - static_cast<double>(kept) / static_cast<double>(facts);
  const double recall = static_cast<double>(text::common(context.bag, output.bag));
  const double share = recall / static_cast<double>(context.bag.size());
  const double drawn = text::coverage(output.bag, context.bag);
  const text::Bag question = question_of(context);
  const std::size_t clash = text::opposed(text::sides(context.words, 0, context.words.size()),
                                          text::sides(output.words, 0, output.words.size()));
  // A person asked back for more than was there to know is no neglect: what is asked for must be among what is given.
  const bool asks = said[4] > 0;
  const bool failed = given[0] > 0 && said[1] == 0 && (said[2] > 0 || said[3] > 0);
  const bool foreign = other_language(context, output);
  verdict.signal("recall", 1.0 - ramp(share, 0.1, 0.35), kRecall)
      .signal("fact_recall", facts >= 2 ? ramp(lost, 0.5, 0.95) : 0, kFactRecall)
      .signal("generic",
              said[6] > 0 && facts >= 2 && kept == 0 ? 1
              : said[6] > 1                          ? 0.5
                                                     : 0,
              kGenericText)
      .signal("asks_again", asks && share < 0.3 ? 1 : 0, kAsksAgain)
      .signal("denies_given", said[3] > 0 && said[1] == 0 ? 1 : 0, kDeniesGiven)
      .signal("opposite", clash > 0 ? 1 : 0, kOpposite)
      .signal("restricted", given[8] > 0 && said[8] == 0 && drawn < 0.35 ? 1 : 0, kRestricted)
      .signal("other_language", foreign ? 1 : 0, 0.6)
      .feature("drawn", drawn, -1)
      .feature("kept_facts", static_cast<double>(kept) / 5, -1)
      .feature("uses", static_cast<double>(said[5]) / 2, -1)
      .feature("length", static_cast<double>(output.words.size()) / 60, -1)
      .feature("answers", question.empty() ? 0 : text::coverage(question, output.bag), -1)
      .learned();
  if (failed) verdict.sufficient("error_asserted", kErrorAsserted);
  if (values.first != nullptr) verdict.evidence("neglected", "/context", values.first->of(context.given));
  if (tokens.first != nullptr) verdict.evidence("neglected", "/context", tokens.first->of(context.given));
  verdict.evidence("output", "/output", output.given.substr(0, 200));
  if (failed) {
    verdict.subtype("failed_result_used").severity(Severity::kHigh);
    return verdict.done("A look-up in the context failed, and the output states its result all the same.");
  }
  if (asks && share < 0.3) {
    verdict.subtype("asks_again");
    return verdict.done("The output asks for what the context already holds.");
  }
  return verdict.done(say({"The output carries ", number(kept), " of ", number(facts), " facts of the context."}));
}

Detection ask(json::View input, const Options& options) {
  TextInput in(kDescriptor, input);
  const std::string context = in.text("context");
  const std::string output = in.text("output");
  if (in.failed()) return in.answer();
  return judge(context, output, options.threshold_of(kDescriptor));
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask};

}  // namespace agentmend::detectors::context
