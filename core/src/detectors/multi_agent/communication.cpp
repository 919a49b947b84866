// Detector: communication. The receiver misreads a message: acts on another intent, in another format, or on
// something that was not asked.
// Quiet on: a plan or a promise; an answer to the question; a restatement with the same values; synonyms.
// Cost: O(bytes), bounded by 64 kB a text.
#include "detectors/detector.h"
#include "detectors/text_input.h"
#include "text/math.h"
#include "text/opposites.h"
#include "text/reading.h"
#include "text/verbs.h"

namespace agentmend::detectors::communication {
namespace {

constexpr Descriptor kDescriptor{
    .name = "communication",
    .title = "Communication breakdown",
    .failure =
        "The receiver misreads a message: acts on another intent, in another format, or on something that was not "
        "asked.",
    .family = Family::kMultiAgent,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kBeta,
    .inputs = {{"sender_message"}, {"receiver_response"}},
    .fixes = {"retry_limit", "message_schema", "handoff_protocol"},
};

enum Means : std::uint32_t {
  kParse = 1u << 0,
  kPlans = 1u << 1,
  kDoneWord = 1u << 2,
  kInvented = 1u << 3,
  kJson = 1u << 4,
  kTable = 1u << 5,
  kListed = 1u << 6,
  kReport = 1u << 7,
  kDict = 1u << 8,
  kProcessed = 1u << 9,
  kCondition = 1u << 10,
  kSql = 1u << 11,
};
constexpr text::CueRow kRows[] = {
    {kParse,
     "expected|received|error|cannot|could not|couldnt|failed|invalid|missing|unrecognized|not recognized|valueerror|"
     "unexpected|unclear|discarded|only first|as string|string literal|defaulting|warning|unable to|object object|"
     "typeerror|syntax|mismatch|undefined|nan"},
    {kPlans,
     "i will|will|going to|plan to|investigate|check|before|review|i am querying|i can|would you like|acknowledge|"
     "analyze|retrieve|first"},
    {kDoneWord,
     "i have|has been|have been|registered|initiated|already started|and sent|as requested|as instructed|"
     "immediately|setting|updated|installed|processing initiated"},
    {kInvented, "as requested|as instructed|per your request"},
    {kJson, "json"},
    {kTable, "table|markdown table"},
    {kListed, "list|numbered list|bullet"},
    {kReport, "reported|reports|shows|flagged|seems|fyi|mentioned|says|returned|asking about|customer feedback"},
    {kDict, "python dictionary|dict"},
    {kProcessed, "processed|successfully|parsed|extracted|found|rendered|all fields|matched|complete|completed|total"},
    {kCondition, "before|if|unless|once|until|after|whether|worth"},
    {kSql, "sql"},
};
constexpr text::CueTable<kRows> kCues;

constexpr double kActBeyond = 0.8;
constexpr double kInventedRequest = 0.6;
constexpr double kDataBroken = 0.85;
constexpr double kFormat = 0.85;
constexpr double kValueLost = 0.4;
constexpr double kNoAnswer = 0.6;
constexpr double kConditionSkipped = 0.5;

// Structured data: braces, tags, key: value lists.
bool structured(std::string_view s) {
  std::size_t marks = 0;
  std::size_t pairs = 0;
  for (std::size_t i = 0; i + 1 < s.size(); ++i) {
    const char c = s[i];
    marks += c == '{' || c == '[' || (c == '<' && s[i + 1] != ' ') ? 1u : 0u;
    pairs += (c == ':' && (s[i + 1] == ' ' || s[i + 1] == '"')) || c == '=' ? 1u : 0u;
  }
  if (marks > 0 && marks + pairs >= 2) return true;
  const std::size_t colon = s.find(": ");
  // "case_status: RESOLVED": a key of one word with an underscore, or several pairs.
  return pairs >= 3 || (colon != std::string_view::npos && s.substr(0, colon).find('_') != std::string_view::npos &&
                        s.substr(0, colon).find(' ') == std::string_view::npos);
}

char first_sign(std::string_view s) {
  for (const char c : s) {
    if (c != ' ' && c != '\n' && c != '\t') return c;
  }
  return 0;
}

// The format that the sender asked for by name, and the receiver does not give.
bool format_broken(const text::CueCounts& asked, const text::Reading& sender, const text::Reading& answer, bool data) {
  if (data) return false;
  const char first = first_sign(answer.given);
  const bool names = asked[4] + asked[5] + asked[8] > 0;
  if (!names) return false;
  if (asked[4] > 0 && first != '{' && first != '[' && answer.given.find("```") == std::string_view::npos)
    return (acts(sender).head & (text::kVerbRead | text::kVerbWrite | text::kVerbSend | text::kVerbProtect)) != 0 ||
           sender.words.size() < 20;
  if (asked[8] > 0) return first == '<' || first == 'T';
  if (asked[5] > 0 && sender.given.find("table") != std::string_view::npos)
    return answer.given.find('|') == std::string_view::npos && sender.given.find("markdown") != std::string_view::npos;
  return false;
}

Detection judge(const std::string& sender_text, const std::string& answer_text, double threshold) {
  Verdict verdict(kDescriptor, threshold);
  const text::Reading sender(sender_text);
  const text::Reading answer(answer_text);
  if (sender.words.empty() || answer.words.empty()) return verdict.done("There is no message or no response.");
  const text::CueCounts asked = text::count_cues(kCues, sender);
  const text::CueCounts said = text::count_cues(kCues, answer);
  const text::Acts wish = text::acts(sender);
  const text::Acts did = text::acts(answer);
  const bool data = structured(sender.given);
  const std::uint32_t beyond =
      did.done & text::kSideEffects & ~(wish.question ? wish.named & text::kVerbRead : wish.named);
  const bool acted = !data && beyond != 0 && said[2] > 0;
  const bool asks_act = !data && wish.question && (did.done & text::kSideEffects) != 0 && said[2] > 0;
  const bool broken = data && said[0] > 0;
  const text::Lost values = text::lost_facts(sender, answer, text::kValues | text::kTokens);
  const double overlap = text::coverage(sender.bag, answer.bag);
  const text::Lost fresh = text::lost_facts(answer, sender, text::kValues);
  const bool flat = data && (first_sign(sender.given) == '{' || first_sign(sender.given) == '[') &&
                    first_sign(answer.given) != '{' && first_sign(answer.given) != '[' && said[9] == 0;
  const bool condition = asked[10] > 0 && !data && said[2] > 0 && (did.done & text::kSideEffects) != 0;
  verdict.signal("act_beyond", acted ? 1 : 0, kActBeyond)
      .signal("question_acted", asks_act ? 1 : 0, kActBeyond)
      .signal("invented_request", said[3] > 0 && (asked[7] > 0 || wish.question || acted) ? 1 : 0, kInventedRequest)
      .signal("data_broken", broken ? 1 : 0, kDataBroken)
      .signal("format", format_broken(asked, sender, answer, data) ? 1 : 0, kFormat)
      .signal("flattened", flat ? 1 : 0, 0.5)
      .signal("values_lost", data && values.all >= 2 ? values.share() : 0, kValueLost)
      .signal(
          "no_answer",
          !data && overlap < 0.06 && said[1] == 0 && fresh.all == 0 && answer.given.find('{') == std::string_view::npos
              ? 1
              : 0,
          kNoAnswer)
      .signal("condition_skipped", condition ? 1 : 0, kConditionSkipped)
      .feature("problem_words", static_cast<double>(said[0]) / 3, 1)
      .feature("done_words", static_cast<double>(said[2]) / 2, 1)
      .feature("plans", static_cast<double>(said[1]) / 3, -1)
      .feature("processed", static_cast<double>(said[9]) / 2, -1)
      .learned();
  verdict.evidence("message", "/sender_message", sender.given.substr(0, 200));
  verdict.evidence("response", "/receiver_response", answer.given.substr(0, 200));
  if (acted || asks_act) {
    verdict.subtype("act_beyond")
        .severity((did.done & (text::kVerbDestroy | text::kVerbSpend | text::kVerbSend)) != 0 ? Severity::kHigh
                                                                                              : Severity::kMedium);
    return verdict.done("The receiver reports an act that the message did not ask for.");
  }
  if (broken) {
    verdict.subtype("format");
    return verdict.done("The receiver could not read the data of the message as it was sent.");
  }
  return verdict.done("The response was compared with what the message asks for.");
}

Detection ask(json::View input, const Options& options) {
  TextInput in(kDescriptor, input);
  const std::string sender = in.text("sender_message");
  const std::string answer = in.text("receiver_response");
  if (in.failed()) return in.answer();
  return judge(sender, answer, options.threshold_of(kDescriptor));
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask};

}  // namespace agentmend::detectors::communication
