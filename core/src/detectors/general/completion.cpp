// Detector: completion. The agent declares the task finished while parts are undone, or goes on after it is done.
// Quiet on: honest reports of partial work; what waits on the user; a short task with its answer; results that name
// what was asked in other words. Cost: O(bytes + parts x sentences), bounded by 64 kB a text, 60 parts and 300
// sentences.
#include "detectors/detector.h"
#include "detectors/text_input.h"
#include "json/writer.h"
#include "text/opposites.h"
#include "text/reading.h"

namespace agentmend::detectors::completion {
namespace {

constexpr Descriptor kDescriptor{
    .name = "completion",
    .title = "Completion misjudged",
    .failure = "The agent declares the task finished while parts are undone, or goes on after it is done.",
    .family = Family::kGeneral,
    .severity = Severity::kHigh,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kBeta,
    .inputs = {{"task"}, {"agent_output"}, {"subtasks", kOptional}, {"success_criteria", kOptional}},
    .fixes = {"progress_monitoring", "completion_gate", "quality_checkpoint"},
};

enum Means : std::uint32_t {
  kClaim = 1u << 0,
  kGap = 1u << 1,
  kHonest = 1u << 2,
  kAsked = 1u << 3,
  kShown = 1u << 4,
  kLimit = 1u << 5,
  kWeak = 1u << 6,
  kLater = 1u << 7,
};
constexpr text::CueRow kRows[] = {
    {kClaim,
     "complete|completed|done|finished|resolved|all set|is ready|are ready|successfully|implemented|fixed|handled|"
     "has been|have been|working|created|satisfied|fully|scheduled|closed|processed|updated|deployed|"
     "documented|configured"},
    {kGap,
     "todo|fixme|not handled|not yet|still need|still needs|needs work|need "
     "work|mostly|partially|remaining|placeholder|"
     "skipped|pending|core|most important|happy path|most commonly|main ones|only the|except|requires|opened a ticket|"
     "would need|left out|similar pattern|same pattern|for brevity"},
    {kHonest,
     "work in progress|in progress|so far|next steps|not finished|not complete|still working|partially complete"},
    {kAsked,
     "test|tests|tested|verify|verifies|verified|verification|validate|confirm|confirms|confirmed|confirmation"},
    {kShown,
     "test|tests|tested|verified|verify|validated|confirmed|confirm|confirms|confirmation|passed|pass|passing|checked|"
     "healthy|score|effective|successful|live|secure|accurate"},
    {kLimit, "above|over|at least|minimum|more than|exceeds|greater than"},
    {kWeak, "should be|should work|should see|anything goes wrong|further review|for brevity|commonly used|consult"},
    {kLater, "will be|you receive|once it|submitted for"},
};
constexpr text::CueTable<kRows> kCues;

constexpr double kUncovered = 0.45;  // and 0.5 for the share, as the specification has it
constexpr double kGapNamed = 0.8;
constexpr double kQuantity = 0.85;
constexpr double kCriterion = 0.8;
constexpr double kUnverified = 0.45;  // many honest answers leave the check unsaid
constexpr std::size_t kMaxParts = 60;

std::string plain(std::string_view given) {
  std::string out(given);
  for (char& c : out) c = c == '_' ? ' ' : c;
  return out;
}

// "query_database to check the balance" is a plan for a tool: what counts is after the tool's name.
std::string_view without_tool(std::string_view part) {
  const std::size_t space = part.find(' ');
  if (space == std::string_view::npos || part.substr(0, space).find('_') == std::string_view::npos) return part;
  return part.substr(space + 1);
}

struct Parts {
  std::size_t all = 0;
  std::size_t open = 0;
  std::string first_open;
  [[nodiscard]] double share() const { return all == 0 ? 0 : static_cast<double>(open) / static_cast<double>(all); }
};

void weigh(std::string_view part, const text::Reading& output, Parts& into) {
  if (into.all >= kMaxParts) return;
  const std::string spelled = plain(without_tool(part));
  const text::Bag bag{text::Words(spelled)};
  if (bag.empty()) return;
  ++into.all;
  if (text::coverage(bag, output.bag) >= 0.34) return;
  if (into.open++ == 0) into.first_open = spelled;
}

Parts lines(const std::string& given, std::string_view separators, const text::Reading& output) {
  Parts out;
  for (std::size_t begin = 0; begin < given.size();) {
    std::size_t end = given.find_first_of(separators, begin);
    if (end == std::string::npos) end = given.size();
    if (end > begin) weigh(std::string_view(given).substr(begin, end - begin), output, out);
    begin = end + 1;
  }
  return out;
}

double number_at(const text::Reading& r, std::size_t i) {
  double value = 0;
  if (!r.words[i].digits) return -1;
  for (const char c : r.words.text(i)) {
    if (c < '0' || c > '9' || value > 1e6) return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

// "5 of 8", "5 out of 8", "3/6" with less than all; the position of the first number, or size().
std::size_t share_named(const text::Reading& r) {
  for (std::size_t i = 0; i + 1 < r.words.size(); ++i) {
    const double part = number_at(r, i);
    if (part < 0) continue;
    std::size_t k = i + 1;
    if (r.words.reads(k, "of the"))
      k += 2;
    else if (r.words.reads(k, "out of"))
      k += 2;
    else if (r.words.text(k) == "of")
      k += 1;
    else
      continue;
    if (k < r.words.size() && number_at(r, k) > part) return i;
  }
  return r.words.size();
}

// A counted thing of the task that the output counts lower: 8 patients, then 5 patient appointments.
struct Short {
  double asked = 0;
  double given = 0;
};
Short counted_lower(const text::Reading& task, const text::Reading& output) {
  Short out;
  for (std::size_t i = 0; i + 1 < task.words.size() && i < 400; ++i) {
    const double asked = number_at(task, i);
    if (asked < 2 || asked > 100'000) continue;
    double most = -1;
    bool same = false;
    for (std::size_t k = 0; k + 1 < output.words.size() && k < 4000; ++k) {
      const double given = number_at(output, k);
      if (given < 0) continue;
      same = same || given == asked;
      for (std::size_t n = i + 1; n < i + 4 && n < task.words.size(); ++n) {
        if (!task.words[n].content || task.words[n].digits) continue;
        for (std::size_t m = k + 1; m < k + 5 && m < output.words.size(); ++m) {
          if (output.words[m].key == task.words[n].key && given > most) most = given;
        }
      }
    }
    if (!same && most >= 0 && most < 0.9 * asked) return {asked, most};
  }
  return out;
}

// "Coverage above 80%": the output shows a smaller percentage, and none that would do.
bool below_criterion(const text::Reading& criteria, const text::Reading& output) {
  for (const text::Fact& wanted : criteria.facts) {
    if (wanted.kind != text::FactKind::kPercent || wanted.first_word == 0) continue;
    const std::size_t from = wanted.first_word >= 3 ? wanted.first_word - 3 : 0;
    if ((text::cues_in(kCues, criteria.words, from, wanted.first_word) & kLimit) == 0) continue;
    bool below = false;
    for (const text::Fact& shown : output.facts) {
      if (shown.kind != text::FactKind::kPercent) continue;
      if (shown.value >= wanted.value) return false;
      below = true;
    }
    if (below) return true;
  }
  return false;
}

Detection judge(const std::string& task_text, const std::string& output_text, const std::string& subtasks,
                const std::string& criteria_text, double threshold) {
  Verdict verdict(kDescriptor, threshold);
  const text::Reading task(task_text);
  const text::Reading output(output_text);
  const text::Reading criteria(criteria_text);
  if (task.bag.empty() || output.words.empty()) return verdict.done("There is no task or no output to compare.");
  const text::CueCounts said = text::count_cues(kCues, output);
  const text::CueCounts asked_task = text::count_cues(kCues, task);
  const text::CueCounts asked_criteria = text::count_cues(kCues, criteria);
  const bool claim = said[0] > 0;
  Parts asked;
  for (const text::Sentence& part : text::parts(task_text)) weigh(part.of(task_text), output, asked);
  const Parts planned = lines(subtasks, "\n", output);
  const Parts wanted = lines(criteria_text, ";\n", output);
  const Short lower = counted_lower(task, output);
  const bool partial = share_named(output) < output.words.size();
  const bool verify = asked_task[3] + asked_criteria[3] > 0 && said[4] == 0;
  const double open = asked.all >= 2 ? asked.share() : 0;
  const double length =
      static_cast<double>(output.words.size()) / static_cast<double>(task.words.size() + criteria.words.size() + 1);
  verdict.signal("uncovered", claim && open > 0 ? 1 : 0, kUncovered + 0.5 * open)
      .signal("gap_named", claim && said[1] > 0 ? 1 : 0, kGapNamed)
      .signal("quantity", lower.asked > 0 || partial ? 1 : 0, kQuantity)
      .signal("criterion", below_criterion(criteria, output) ? 1 : 0, kCriterion)
      .signal("unverified", verify ? 1 : 0, kUnverified)
      .signal("plan_uncovered", claim ? planned.share() : 0, 0.4)
      .feature("criteria_uncovered", wanted.share(), 1)
      .feature("weak_claim", said[6] > 0 ? 1 : 0, 1)
      .feature("announced", said[7] > 0 ? 1 : 0, 1)
      .feature("figures", static_cast<double>(output.facts.size()) / 6, -1)
      .feature("detail", length / 4, -1)
      .learned();
  if (said[2] > 0 && said[1] <= 1) verdict.cap("veto_honest", 0.2);
  if (open > 0) verdict.evidence("uncovered", "/task", asked.first_open);
  if (planned.open > 0) verdict.evidence("uncovered", "/subtasks", planned.first_open);
  if (wanted.open > 0) verdict.evidence("uncovered", "/success_criteria", wanted.first_open);
  verdict.evidence("claim", "/agent_output", output.given.substr(0, 200));
  if (lower.asked > 0) {
    verdict.subtype("quantity");
    return verdict.done(say({"Asked for ", number(static_cast<std::uint64_t>(lower.asked)),
                             ", the output accounts for ", number(static_cast<std::uint64_t>(lower.given)), "."}));
  }
  if (partial) return verdict.done("The output itself counts fewer than all.");
  if (open > 0 && claim)
    return verdict.done(say({"Called finished, but nothing shows: ", json::cut_utf8(asked.first_open, 80), "."}));
  if (claim && said[1] > 0) return verdict.done("Called finished while naming what is open.");
  return verdict.done("The output was compared with the parts of the task.");
}

Detection ask(json::View input, const Options& options) {
  TextInput in(kDescriptor, input);
  const std::string task = in.text("task");
  const std::string output = in.text("agent_output");
  if (in.failed()) return in.answer();
  return judge(task, output, in.given("subtasks"), in.given("success_criteria"), options.threshold_of(kDescriptor));
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask};

}  // namespace agentmend::detectors::completion
