// Detector: memory_staleness. An answer for the present leans on remembered or retrieved facts that have aged past
// their useful life.
// Quiet on: what does not age (history, physics, definitions); a question about the past; a projection that reaches the
// present; content without a date.
// Cost: O(bytes), bounded by 64 kB a text.
#include "detectors/detector.h"
#include "detectors/text_input.h"
#include "json/writer.h"
#include "text/math.h"
#include "text/reading.h"

namespace agentmend::detectors::memory_staleness {
namespace {

constexpr Descriptor kDescriptor{
    .name = "memory_staleness",
    .title = "Stale memory",
    .failure =
        "An answer for the present leans on remembered or retrieved facts that have aged past their useful life.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kBeta,
    .inputs = {{"retrieved_content"}, {"task_context"}, {"task_date"}},
    .fixes = {"cache_ttl", "checkpoint_recovery", "prompt_reinforcement"},
};

enum Means : std::uint32_t {
  kFast = 1u << 0,
  kSlow = 1u << 1,
  kTimeless = 1u << 2,
  kPresent = 1u << 3,
  kPast = 1u << 4,
  kReplaced = 1u << 5,
  kProjects = 1u << 6,
  kClaimsNow = 1u << 7,
};
constexpr text::CueRow kRows[] = {
    {kFast,
     "price|prices|priced|rate|rates|stock|stocks|market cap|capitalization|ceo|cto|president|prime minister|minister|"
     "chancellor|chairman|latest|newest|most advanced|most valuable|version|versions|fastest|largest|ranking|weather|"
     "unemployment|inflation|population|subscribers|users|status|flagship|runs|in charge|leads"},
    {kSlow,
     "policy|policies|law|laws|guideline|guidelines|protocol|protocols|requirements|market share|technology|standard|"
     "standards|safety profile|side effects|approved|regulation|regulations|research|adoption|report|survey|trends"},
    {kTimeless,
     "formula|theory|theorem|chemical|physics|molecular|process by which|century|centuries|treaty|war|ancient|"
     "historical|built|completed in|signed in|element|elements|periodic|definition|speed of light|standardized|"
     "composed|founded"},
    {kPresent,
     "current|currently|now|today|latest|newest|recommend|recommends|should|decide|deciding|decision|buy|before "
     "starting|"
     "before taking|up to date|right now|needs|still|this year|who is|update"},
    {kPast,
     "history|historical|background|when did|were introduced|was introduced|homework|essay|educational|education|"
     "evolved|originally|how old|past|contributions|travel guide|biography|assignment"},
    {kReplaced, "superseded|deprecated|formerly|obsolete|outdated|replaced by|no longer|discontinued|withdrawn"},
    {kProjects, "within|by 20*|forecast|projected|projection|expected by|timeline|roadmap|years as of"},
    {kClaimsNow, "currently|is the latest|is the current|the latest|is leading|most advanced|now"},
};
constexpr text::CueTable<kRows> kCues;

constexpr double kAged = 0.85;
constexpr double kSuperseded = 0.6;
constexpr double kStatesNow = 0.3;
constexpr double kUndated = 0.45;
constexpr double kFastYears = 0.75;  // a price of last spring is no price; an office holder may well be the same
constexpr double kSlowYears = 1.5;

// The newest point in time that the text names, in years; 0 = none.
double newest(const text::Reading& r) {
  double best = 0;
  const auto take = [&best](double year) {
    if (year > best && year >= 1900 && year < 2100) best = year;
  };
  for (const text::Fact& fact : r.facts) {
    if (fact.kind != text::FactKind::kDate) continue;
    const double day = fact.value;
    const double year = static_cast<double>(static_cast<long>(day / 10000));
    const double month = static_cast<double>(static_cast<long>(day / 100) % 100);
    take(year + (month > 0 ? (month - 0.5) / 12 : 0.5));
  }
  for (std::size_t i = 0; i < r.words.size(); ++i) {
    const std::string_view word = r.words.text(i);
    if (word.size() != 4 || (word[0] != '1' && word[0] != '2')) continue;
    double year = 0;
    for (const char c : word) year = c >= '0' && c <= '9' ? year * 10 + (c - '0') : -1e9;
    if (year > 1900 && year > best) take(year + 0.5);
  }
  return best;
}

double year_of(std::string_view date) {
  if (date.size() < 7 || date[4] != '-') return 0;
  double year = 0;
  for (std::size_t i = 0; i < 4; ++i) year = year * 10 + (date[i] - '0');
  const double month = (date[5] - '0') * 10 + (date[6] - '0');
  return year > 1900 && year < 2200 && month >= 1 && month <= 12 ? year + (month - 0.5) / 12 : 0;
}

Detection ask(json::View input, const Options& options) {
  TextInput in(kDescriptor, input);
  const std::string content_text = in.text("retrieved_content");
  const std::string task_text = in.text("task_context");
  const std::string date = in.text("task_date");
  if (in.failed()) return in.answer();
  Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
  const text::Reading content(content_text);
  const text::Reading task(task_text);
  const text::CueCounts holds = text::count_cues(kCues, content);
  const text::CueCounts wants = text::count_cues(kCues, task);
  const double now = year_of(date);
  const double then = newest(content);
  const bool fast = holds[0] + wants[0] > 0;
  const bool timeless = holds[2] > 0 && holds[0] == 0 && wants[0] == 0;
  const bool present = wants[3] > 0 || (fast && wants[4] == 0);
  const bool past = wants[4] > 0 && wants[0] == 0 && (wants[3] == 0 || holds[2] > 0);
  const double shelf = fast ? kFastYears : kSlowYears;
  const double age = then > 0 && now > then ? now - then : 0;
  verdict.signal("aged", present ? text::ramp(age, shelf, 2 * shelf) : 0, kAged)
      .signal("superseded", holds[5] > 0 ? 1 : 0, kSuperseded)
      .signal("states_now", holds[7] > 0 && age > shelf ? 1 : 0, kStatesNow)
      .signal("undated_office", then == 0 && fast && wants[3] > 0 ? 1 : 0, kUndated);
  if (now == 0) verdict.cap("veto_no_date", 0.2);
  if (timeless) verdict.cap("veto_timeless", 0.2);
  if (past) verdict.cap("veto_past", 0.2);
  if (then > now && now > 0) verdict.cap("veto_future", 0.2);
  if (holds[6] > 0 && wants[6] > 0) verdict.suppress("projection", 0.7);
  verdict.evidence("content", "/retrieved_content", content.given.substr(0, 200));
  verdict.evidence("need", "/task_context", task.given.substr(0, 200));
  verdict.evidence("date", "/task_date", date);
  if (age > 0 && present)
    return verdict.done(say({"The newest date in the content is ",
                             json::print_number(text::round6(static_cast<double>(static_cast<int>(age * 10)) / 10)),
                             " years before the task, which is about the present."}));
  return verdict.done("The content fits the time that the task asks about.");
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask};

}  // namespace agentmend::detectors::memory_staleness
