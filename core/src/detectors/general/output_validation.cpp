// Detector: output_validation. A check on the output was skipped, overridden, or passed something that fails its own
// criteria.
// Quiet on: an optional step left out; a step that failed, was mended and passed; output that was held back; an
// exception with an approver and a reason.
// Cost: O(steps²) of at most 300 steps; O(bytes) of the text, of which the first 20,000 count
// (2,000 for each step); the schema is capped in
// json/schema.
#include <optional>

#include "detectors/detector.h"
#include "detectors/general/bypass/bypass.h"
#include "json/schema.h"
#include "json/writer.h"
#include "text/sentences.h"
#include "text/words.h"
#include "trace/key_words.h"

namespace agentmend::detectors::output_validation {
namespace {

constexpr Descriptor kDescriptor{
    .name = "output_validation",
    .title = "Incorrect verification",
    .failure = "A check on the output was skipped, overridden, or passed something that fails its own criteria.",
    .family = Family::kGeneral,
    .severity = Severity::kHigh,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kBeta,
    .inputs = {{"validation_steps", kOptional},
               {"agent_output", kOptional},
               {"schema", kOptional},
               {"approved", kOptional},
               {"task", kOptional}},
    .fixes = {"schema_enforcement", "independent_verifier"},
    .unfed = "no_validation",
};

// Weights: specification of this detector.
constexpr double kReleasedFailed = 0.95;
constexpr double kReleasedUnchecked = 0.8;
constexpr double kPassedMisfit = 0.9;
constexpr double kMisfit = 0.7;
constexpr double kSelfCheck = 0.4;
constexpr double kSaid = 0.65;
constexpr double kClaimBroken = 0.8;
constexpr double kBoilerplate = 0.3;
constexpr double kHeld = 0.3;  // a veto: it was not released
constexpr double kExcused = 0.6;
constexpr double kUnknownRelease = 0.3;  // suppressor: nothing says whether it was released
constexpr std::size_t kMaxSteps = 300;
constexpr std::size_t kTextBytes = 20'000;
constexpr std::size_t kExcuseBytes = 2'000;  // of the output, read once for each step
constexpr std::size_t kBoilerplateSteps = 3;  // two equal results are a coincidence

struct Step {
  std::size_t at = 0;
  std::string type;
  std::string message;
  bool passed = true;
  bool left_out = false;
  bool required = true;
  bool excused = false;
  bool self_checked = false;
};

bool has_text(json::View value) { return value.is_string() && !trim(value.text()).empty(); }

// What a step says in its message, or the output says of it, may make it optional or excuse it.
std::vector<Step> read_steps(json::View list, std::string_view output) {
  std::vector<Step> steps;
  json::for_each(list, [&](json::View item, std::size_t at) {
    if (!item.is_object() || steps.size() >= kMaxSteps) return;
    Step step;
    step.at = at;
    step.type = (has_text(item["validation_type"]) ? item["validation_type"] : item["type"]).text();
    step.message = item["result_message"].text();
    step.left_out = item["bypassed"].boolean(false) || item["skipped"].boolean(false);
    step.passed = item["passed"].boolean(!step.left_out);
    step.required = item["required"].boolean(true) && !item["optional"].boolean(false);
    const bool approver = has_text(item["approver"]) || has_text(item["approved_by"]);
    step.excused = approver && (has_text(item["reason"]) || has_text(item["exception_reason"]));
    const json::View verifier = item["verifier"];
    const std::string name = say({step.type, " ", item["step_id"].text()});
    for (const bypass::Excuse& excuse : {bypass::excuse(step.message, {}), bypass::excuse(output, name)}) {
      step.required = step.required && !excuse.optional;
      step.excused = step.excused || excuse.waived || excuse.not_applicable;
    }
    step.self_checked = has_text(verifier) && has_text(item["producer"]) && verifier.text() == item["producer"].text();
    steps.push_back(std::move(step));
  });
  return steps;
}

// A later step of the same kind that passed: the output was mended and checked again.
bool mended(const std::vector<Step>& steps, std::size_t i) {
  for (std::size_t k = i + 1; k < steps.size(); ++k) {
    if (steps[k].type == steps[i].type && steps[k].passed && !steps[k].left_out) return true;
  }
  return false;
}

enum class Release : std::uint8_t { kUnknown, kYes, kNo };

void judge_steps(const std::vector<Step>& steps, Verdict& verdict) {
  const Step* failed = nullptr;
  const Step* unchecked = nullptr;
  const Step* self = nullptr;
  bool same_words = steps.size() >= kBoilerplateSteps;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Step& step = steps[i];
    if (!step.required) continue;
    if (!step.passed && !step.left_out && !mended(steps, i) && failed == nullptr) failed = &step;
    if (step.left_out && !mended(steps, i) && unchecked == nullptr) unchecked = &step;
    if (step.self_checked) self = &step;
    same_words = same_words && step.passed && !step.message.empty() && step.message == steps[0].message &&
                 (i == 0 || step.type != steps[0].type);
  }
  const auto tell = [&verdict](std::string_view name, const Step* step, double weight) {
    if (step == nullptr) return;
    verdict.signal(name, step->excused ? 1 - kExcused : 1, weight);
    verdict.evidence(name, item_path("validation_steps", step->at), step->message.empty() ? step->type : step->message);
  };
  tell("released_failed", failed, kReleasedFailed);
  tell("released_unchecked", unchecked, kReleasedUnchecked);
  tell("self_check", self, kSelfCheck);
  if (same_words) tell("boilerplate", &steps[0], kBoilerplate);
  if ((failed != nullptr && failed->excused) || (failed == nullptr && unchecked != nullptr && unchecked->excused))
    verdict.suppress("excused", kExcused);
  if (failed != nullptr) {
    verdict.subtype("released_failed");
  } else if (unchecked != nullptr) {
    verdict.subtype("released_unchecked");
  }
}

// The output as the schema means it: an object as given, or JSON inside a text (also in a fenced block).
class Output {
 public:
  explicit Output(json::View given) : given_(given) {
    if (!given.is_string()) return;
    text_ = given.text();
    std::string_view body = trim(text_);
    if (body.starts_with("```") && body.ends_with("```") && body.size() > 6) {
      body.remove_suffix(3);
      const std::size_t line = body.find('\n');
      body = trim(line == std::string_view::npos ? body.substr(3) : body.substr(line));
    }
    parsed_ = !body.empty() && index_.read(body).has_value();
  }
  [[nodiscard]] json::View value() const { return given_.is_string() ? json::View::root(index_) : given_; }
  [[nodiscard]] bool is_json() const { return !given_.is_string() || parsed_; }
  [[nodiscard]] std::string_view text() const { return json::cut_utf8(text_, kTextBytes); }

 private:
  json::View given_;
  std::string text_;
  json::Index index_;
  bool parsed_ = false;
};

void judge_schema(const Output& output, json::View schema, const std::vector<Step>& steps, Verdict& verdict) {
  if (!schema.is_object()) return;
  std::optional<json::Misfit> misfit;
  // A schema of a plain string fits any text; any other asks for JSON.
  if (!output.is_json() && !schema["type"].equals("string") && schema.size() > 0) {
    misfit = json::Misfit{"", "type", "JSON"};
  } else if (output.is_json()) {
    misfit = json::misfit(schema, output.value());
  }
  if (!misfit) return;
  bool claimed = false;
  for (const Step& step : steps)
    claimed = claimed || (step.passed && !step.left_out && has_word(step.type, "schema|format|structure|json"));
  verdict.signal(claimed ? "passed_misfit" : "misfit", 1, claimed ? kPassedMisfit : kMisfit);
  verdict.evidence("schema", say({"/agent_output", misfit->path}), misfit->keyword, {});
  verdict.subtype(claimed ? "passed_misfit" : "misfit");
}

// "at most 50 words", "exactly 5 bullet points": a number that the task asks for, and what it counts.
struct Demand {
  std::size_t number = 0;
  bool most = false;
  bool exact = false;
  bool words = false;  // else items of a list
};
// "5" or "five"; 0 = no number that a task would ask for.
std::size_t number_of(std::string_view word) {
  constexpr std::string_view kNumbers[] = {"two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"};
  for (std::size_t i = 0; i < std::size(kNumbers); ++i) {
    if (word == kNumbers[i]) return i + 2;
  }
  std::size_t value = 0;
  for (const char c : word) {
    if (!is_digit(c) || value > 10'000) return 0;
    value = value * 10 + static_cast<std::size_t>(c - '0');
  }
  return value;
}
std::optional<Demand> demand_of(std::string_view task) {
  const text::Words words(task);
  for (std::size_t i = 1; i + 1 < words.size(); ++i) {
    Demand demand;
    demand.number = number_of(words.text(i));
    if (demand.number == 0) continue;
    const std::string_view before = words.text(i - 1);
    const std::string_view two = i > 1 ? words.text(i - 2) : std::string_view();
    const bool asks = is_one_of(before, "list|give|name|provide|write|suggest|return|include");
    demand.exact = before == "exactly" || before == "precisely" || asks;
    demand.most = before == "most" || before == "under" || before == "maximum" || before == "max" ||
                  ((before == "than") && (two == "more"));
    const std::string_view what = words.text(i + 1);
    const std::string_view next = i + 2 < words.size() ? words.text(i + 2) : std::string_view();
    demand.words = what == "words";
    // "List five cities": what is named is the item.
    const bool named = asks && !demand.words && !is_one_of(what, "sentences|paragraphs|characters|lines|pages|lines");
    const bool items =
        named || what == "items" || what == "bullets" || what == "points" || (what == "bullet" && next == "points");
    if ((demand.exact || demand.most) && (demand.words || items) && demand.number > 0 && demand.number < 100'000)
      return demand;
  }
  return std::nullopt;
}

void judge_claim(std::string_view task, std::string_view output, Verdict& verdict) {
  const text::Words words(output);
  bool claims = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words.text(i);
    if ((word == "verified" || word == "validated" || word == "checked") &&
        (i == 0 || !text::is_negation(words.text(i - 1))))
      claims = true;
  }
  const auto demand = demand_of(task);
  if (!claims || !demand) return;
  std::size_t items = 0;
  for (const text::Sentence& sentence : text::sentences(output)) items += sentence.item ? 1 : 0;
  if (!demand->words && items == 0) return;  // no list to count
  const std::size_t have = demand->words ? words.size() : items;
  // A tenth more words than asked is taste, and the claim itself has some.
  const std::size_t limit = demand->words ? demand->number + demand->number / 10 + 15 : demand->number;
  if (have <= limit && !(demand->exact && have + (demand->words ? demand->number / 10 : 0) < demand->number)) return;
  verdict.signal("claim_broken", 1, kClaimBroken).subtype("claim_broken");
  verdict.evidence("claim", "/agent_output", json::cut_utf8(output, 200), number(have));
}

Detection ask(json::View input, const Options& options) {
  const json::View steps_given = input["validation_steps"];
  const json::View output_given = input["agent_output"];
  if (steps_given.is_null() && output_given.is_null()) return insufficient(kDescriptor, "validation_steps");
  if (!steps_given.is_null() && !steps_given.is_array()) return invalid(kDescriptor, "validation_steps");
  Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
  const Output output(output_given);
  const std::vector<Step> steps = read_steps(steps_given, output.text().substr(0, kExcuseBytes));
  const bypass::Said said = bypass::read(output.text());
  const json::View approved = input["approved"].is_bool() ? input["approved"] : input["final_approved"];
  Release release = Release::kUnknown;
  if (approved.is_bool()) {
    release = approved.boolean(false) ? Release::kYes : Release::kNo;
  } else if (said.held) {
    release = Release::kNo;
  } else if (said.let_through) {
    release = Release::kYes;
  }
  judge_steps(steps, verdict);
  judge_schema(output, output_given.is_null() ? json::View() : input["schema"], steps, verdict);
  if (said.left_out) {
    verdict.signal("said_left_out", 1, kSaid);
    verdict.evidence("text", "/agent_output", output.text().substr(said.begin, said.end - said.begin));
    if (steps.empty()) verdict.subtype("said");
  }
  if (input["task"].is_string()) judge_claim(input["task"].text(), output.text(), verdict);
  if (release == Release::kNo) verdict.cap("held_back", kHeld);
  const bool by_steps = !steps.empty();
  if (release == Release::kUnknown && by_steps) verdict.suppress("release_unknown", kUnknownRelease);
  const bool fired = verdict.confidence() >= options.threshold_of(kDescriptor);
  return verdict.done(
      fired ? "The output went out though a check on it was left out, failed, or passed what it should not have."
            : "Nothing went out unchecked.");
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask};

}  // namespace agentmend::detectors::output_validation
