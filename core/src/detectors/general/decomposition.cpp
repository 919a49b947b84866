// Detector: decomposition. The breakdown of a task is cyclic, misordered, incomplete, vague, or too fine or coarse.
// Quiet on: a short list that covers its task; parallel steps in any order; a look-up before the act; a deliberate
// escalation at the end.
// Cost: O(steps² + steps x bytes), bounded by 200 steps and 64 kB.
#include "detectors/detector.h"
#include "detectors/text_input.h"
#include "text/math.h"
#include "text/reading.h"
#include "text/verbs.h"

namespace agentmend::detectors::decomposition {
namespace {

constexpr Descriptor kDescriptor{
    .name = "decomposition",
    .title = "Poor decomposition",
    .failure = "The breakdown of a task is cyclic, misordered, incomplete, vague, or too fine or coarse.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kBeta,
    .inputs = {{"task_description"}, {"decomposition"}},
    .fixes = {"subtask_validator", "task_decomposition"},
};

enum Means : std::uint32_t {
  kLooks = 1u << 0,
  kActs = 1u << 1,
  kTells = 1u << 2,
  kVague = 1u << 3,
  kTalk = 1u << 4,
  kChecks = 1u << 5,
  kPartial = 1u << 6,
  kAll = 1u << 7,
  kUnrelated = 1u << 8,
  kPays = 1u << 9,
  kCreates = 1u << 10,
};
constexpr text::CueRow kRows[] = {
    {kLooks,
     "query*|search*|find|get|lookup|look up|retrieve|check*|fetch|extract*|parse|read|collect|gather|locate|pull|"
     "verify*|validate*|calculate|assess|analyze|review|demographics|evaluate|define|set up|write|deploy|register|"
     "create|prepare|configure|identify"},
    {kActs, "update*|modify|escalate*|call api|grant|charge|payment gateway|transfer|deduct|delete*|apply|mark"},
    {kTells,
     "send*|notify|notifies|notification|confirm*|email|message|announce|alert|report|format response|distribute"},
    {kVague,
     "handle|everything|done|various|etc|as needed|somehow|fix everything|stuff|set up|deal with|chat app|the app"},
    {kTalk,
     "discuss|research|compare|blog post|present|meeting|stakeholders|brainstorm|font|color scheme|logo|"
     "domain name|marketing copy|redesign"},
    {kChecks, "validate*|verify*|check*|verification|review|screen*|ensure|confirm*|fact check|compliance|quality"},
    {kPartial, "first|only|missing|partially|some"},
    {kAll, "all|each|every"},
    {kUnrelated, "logo|font"},
    {kPays, "payment|charge|refund|deduct|pay"},
    {kCreates, "create|account|registration"},
};
constexpr text::CueTable<kRows> kCues;

constexpr double kMissing = 0.45;  // and 0.3 for the share
constexpr double kActFirst = 0.7;
constexpr double kPartialLoop = 0.7;
constexpr double kVagueSteps = 0.6;
constexpr double kTalkSteps = 0.7;
constexpr double kTooFew = 0.5;
constexpr double kToldNobody = 0.55;
constexpr double kNoCheck = 0.5;
constexpr double kForward = 0.9;
constexpr double kStray = 0.5;
constexpr std::size_t kMaxSteps = 200;

struct Step {
  std::string text;
  std::uint32_t means = 0;
  text::Bag bag;
};

std::string spelled(std::string_view given) {
  std::string out(given);
  for (char& c : out) c = c == '_' ? ' ' : c;
  return out;
}

void add(std::string_view given, std::vector<Step>& steps) {
  if (steps.size() >= kMaxSteps || given.empty()) return;
  Step step;
  step.text = spelled(given);
  const text::Words words(step.text);
  step.means = text::cues_in(kCues, words, 0, words.size());
  step.bag = text::Bag(words);
  steps.push_back(std::move(step));
}

// "4 of 8", "3/6", "first 4", "3 iterations only": a loop that stops before the end.
bool stops_early(const text::Reading& r) {
  const auto value = [&r](std::size_t i) {
    double v = 0;
    if (i >= r.words.size() || !r.words[i].digits) return -1.0;
    for (const char c : r.words.text(i)) {
      if (c < '0' || c > '9' || v > 1e6) return -1.0;
      v = v * 10 + (c - '0');
    }
    return v;
  };
  for (std::size_t i = 0; i + 1 < r.words.size(); ++i) {
    if (r.words.text(i) == "first" && value(i + 1) >= 2) return true;
    const double part = value(i);
    if (part < 0) continue;
    if (r.words.text(i + 1) == "of" && value(i + 2) > part) return true;
    const std::size_t between = r.words[i].end;
    if (between < r.given.size() && r.given[between] == '/' && value(i + 1) > part) return true;
    if (i + 2 < r.words.size() && r.words.text(i + 2) == "only") return true;
  }
  return false;
}

// A step that says it needs a later one.
bool looks_ahead(json::View list, std::vector<Step>& steps) {
  std::vector<std::string> ids;
  bool ahead = false;
  json::for_each(list, [&](json::View item, std::size_t) {
    if (item.is_string()) {
      add(item.text(), steps);
      ids.emplace_back();
      return;
    }
    std::string id(item["id"].is_string() ? item["id"].text() : std::string(item["id"].raw()));
    json::for_each(item["depends_on"], [&](json::View need, std::size_t) {
      const std::string wanted = need.is_string() ? need.text() : std::string(need.raw());
      bool known = false;
      for (const std::string& before : ids) known = known || before == wanted;
      ahead = ahead || !known;
    });
    ids.push_back(std::move(id));
    add(item["description"].text(), steps);
  });
  return ahead;
}

Detection judge(const std::string& task_text, std::vector<Step> steps, const std::string& whole, bool ahead,
                double threshold) {
  Verdict verdict(kDescriptor, threshold);
  const text::Reading task(task_text);
  const std::string plain = spelled(whole);
  const text::Reading plan(plain);
  if (task.bag.empty() || steps.empty()) return verdict.done("There is no task or no step.");
  const std::vector<text::Sentence> parts = text::parts(task_text);
  std::size_t missing = 0;
  std::string first_missing;
  for (const text::Sentence& part : parts) {
    const text::Bag bag = task.bag_of(part);
    if (bag.empty() || text::coverage(bag, plan.bag) >= 0.34) continue;
    if (missing++ == 0) first_missing = std::string(part.of(task_text));
  }
  const text::CueCounts asked = text::count_cues(kCues, task);
  std::size_t vague = 0;
  std::size_t talk = 0;
  std::size_t stray = 0;
  std::size_t checks = 0;
  std::size_t tells = 0;
  std::size_t first_stray = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Step& step = steps[i];
    vague += (step.means & kVague) != 0 && step.bag.size() <= 4 ? 1 : 0;
    talk += (step.means & kTalk) != 0 ? 1 : 0;
    checks += (step.means & (kChecks | kLooks)) != 0 ? 1 : 0;
    tells += (step.means & kTells) != 0 ? 1 : 0;
    bool on = text::common(step.bag, task.bag) > 0;
    for (std::size_t k = 0; k < steps.size() && !on; ++k) on = k != i && text::common(step.bag, steps[k].bag) > 0;
    if (!on && step.bag.size() >= 2 && stray++ == 0) first_stray = i;
  }
  const bool acts_first =
      steps.size() >= 2 && (steps[0].means & (kActs | kTells)) != 0 && (steps[0].means & kLooks) == 0;
  bool looks_later = false;
  for (std::size_t i = 1; i < steps.size(); ++i)
    looks_later = looks_later || (steps[i].means & (kLooks | kChecks)) != 0;
  const double count = static_cast<double>(steps.size());
  const double wanted = static_cast<double>(parts.size());
  const double share = parts.empty() ? 0 : static_cast<double>(missing) / wanted;
  const bool tells_nobody = asked[2] > 0 && tells == 0;
  const double brief = static_cast<double>(plan.words.size()) / (static_cast<double>(task.words.size()) + 1);
  verdict.signal("missing", parts.size() >= 2 && missing > 0 ? 1 : 0, kMissing + 0.3 * share)
      .signal("act_first", acts_first && looks_later ? 1 : 0, kActFirst)
      .signal("stops_early", stops_early(plan) && asked[6] == 0 ? 1 : 0, kPartialLoop)
      .signal("vague", text::ramp(static_cast<double>(vague) / count, 0.1, 0.5), kVagueSteps)
      .signal("talk",
              talk == 0      ? 0
              : asked[4] > 0 ? 0.3
                             : 1,
              kTalkSteps)
      .signal("too_few",
              wanted >= 3         ? 1.0 - text::ramp(count / wanted, 0.5, 0.9)
              : steps.size() <= 3 ? 0.6
                                  : 0,
              kTooFew)
      .signal("tells_nobody", tells_nobody ? 1 : 0, kToldNobody)
      .signal("no_check", asked[5] > 0 && text::count_cues(kCues, plan)[5] == 0 ? 1 : 0, kNoCheck)
      .signal("forward_dependency", ahead ? 1 : 0, kForward)
      .signal("stray",
              stray == 0   ? 0
              : stray == 1 ? 0.5
                           : 1,
              kStray)
      .feature("few_steps", 1.0 - text::ramp(count, 3, 7), 1)
      .feature("checks", static_cast<double>(checks) / count, -1)
      .feature("detail", brief / 4, -1)
      .learned();
  if (ahead) verdict.sufficient("forward_dependency_certain", 0.9);
  if (missing > 0) verdict.evidence("missing", "/task_description", first_missing);
  if (stray > 0) verdict.evidence("stray", "/decomposition", steps[first_stray].text);
  verdict.evidence("steps", "/decomposition", plan.given.substr(0, 200));
  if (acts_first && looks_later) {
    verdict.subtype("order");
    return verdict.done(say({"The plan acts before it looks: ", steps[0].text.substr(0, 80), "."}));
  }
  if (missing > 0 && parts.size() >= 2) {
    verdict.subtype("missing_step");
    return verdict.done(say({"No step covers: ", first_missing.substr(0, 80), "."}));
  }
  return verdict.done(say({number(steps.size()), " steps were compared with the task."}));
}

Detection ask(json::View input, const Options& options) {
  TextInput in(kDescriptor, input);
  const std::string task = in.text("task_description");
  if (in.failed()) return in.answer();
  const json::View given = input["decomposition"];
  if (given.is_null()) return insufficient(kDescriptor, "decomposition");
  if (!given.is_string() && !given.is_array()) return invalid(kDescriptor, "decomposition");
  std::vector<Step> steps;
  std::string whole;
  bool ahead = false;
  if (given.is_array()) {
    ahead = looks_ahead(given, steps);
    for (const Step& step : steps) {
      whole += step.text;
      whole += ".\n";
    }
  } else {
    whole = given.text();
    for (const text::Sentence& part : text::listed(whole)) add(part.of(whole), steps);
    if (steps.empty()) add(std::string_view(whole).substr(0, text::Reading::kMaxBytes), steps);
  }
  return judge(task, std::move(steps), whole, ahead, options.threshold_of(kDescriptor));
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask};

}  // namespace agentmend::detectors::decomposition
