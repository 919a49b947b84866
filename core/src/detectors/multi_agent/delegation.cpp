// Detector: delegation. A task is handed over without what the receiver needs: concrete instruction, criteria,
// context, limits.
// Quiet on: a small routine task with its object named; an instruction whose criteria stand beside it.
// Cost: O(bytes), bounded by 64 kB a text.
#include "detectors/detector.h"
#include "detectors/text_input.h"
#include "text/math.h"
#include "text/reading.h"
#include "text/verbs.h"

namespace agentmend::detectors::delegation {
namespace {

constexpr Descriptor kDescriptor{
    .name = "delegation",
    .title = "Poor delegation",
    .failure =
        "A task is handed over without what the receiver needs: concrete instruction, criteria, context, limits.",
    .family = Family::kMultiAgent,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kBeta,
    .inputs = {{"delegator_instruction"},
               {"task_context", kOptional},
               {"success_criteria", kOptional},
               {"delegatee_capabilities", kOptional}},
    .fixes = {"handoff_protocol", "subtask_validator", "quality_checkpoint", "task_decomposition"},
};

enum Means : std::uint32_t { kVague = 1u << 0, kMeasure = 1u << 1, kBound = 1u << 2, kOpen = 1u << 3 };
constexpr text::CueRow kRows[] = {
    {kVague,
     "the thing|things|somehow|whatever|figure it out|get it done|take care of|sort out|take over|handle it|some|"
     "deal with|stuff|make it work|as you see fit|something|everything|anything|the issue|the project"},
    {kMeasure,
     "must|return|returns|at least|within|pass|test cases|under|should|until|done when|so that|expected|post|report|"
     "produce|output|link"},
    {kBound,
     "budget|deadline|by|before|max|minimum|only|dont|not|without|format|hours|within|under|limit|required|zero|"
     "approval|read only"},
    {kOpen, "it|that|them|those|this"},
};
constexpr text::CueTable<kRows> kCues;

// Parts of the deficit, as the specification has them.
constexpr double kSpecificity = 0.4;
constexpr double kCriteria = 0.25;
constexpr double kContext = 0.2;
constexpr double kBounds = 0.15;

Detection ask(json::View input, const Options& options) {
  TextInput in(kDescriptor, input);
  const std::string instruction = in.text("delegator_instruction");
  if (in.failed()) return in.answer();
  const std::string context_text = in.given("task_context");
  const std::string criteria_text = in.given("success_criteria");
  const std::string able_text = in.given("delegatee_capabilities");
  Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
  const text::Reading order(instruction);
  const text::Reading context(context_text);
  const text::Reading criteria(criteria_text);
  const text::Reading able(able_text);
  const text::CueCounts said = text::count_cues(kCues, order);
  const text::CueCounts wants = text::count_cues(kCues, criteria);
  const double facts = static_cast<double>(order.facts.size());
  const double content = static_cast<double>(order.bag.size());
  const bool vague = said[0] > 0;
  const bool verb = text::acts(order).named != 0;
  double specific = 0.5 * text::ramp(content, 2, 7) + 0.25 * text::ramp(facts, 0, 2) + (verb ? 0.25 : 0);
  if (vague && content < 8) specific *= 0.3;
  const double measured =
      text::clamp01(0.4 * text::ramp(static_cast<double>(criteria.words.size()), 0, 5) +
                    0.3 * static_cast<double>(wants[1] + criteria.facts.size()) + 0.3 * static_cast<double>(said[1]));
  // Names and values of the context that the instruction carries; with no context the instruction must hold its own.
  const double shared = context.bag.empty() ? 0 : text::coverage(context.bag, order.bag);
  const double placed = text::clamp01(0.5 * text::ramp(facts, 0, 3) + 1.5 * shared +
                                      0.5 * text::ramp(static_cast<double>(context.facts.size()), 0, 2));
  const double bounded = text::clamp01(0.35 * static_cast<double>(said[2] + wants[2]));
  double deficit =
      kSpecificity * (1 - specific) + kCriteria * (1 - measured) + kContext * (1 - placed) + kBounds * (1 - bounded);
  if (said[3] > 0 && content < 3) deficit += 0.15;  // nothing that "it" could stand for
  std::uint32_t missing = 0;
  if (!able.bag.empty()) {
    const std::uint32_t strong = text::kVerbDestroy | text::kVerbSpend | text::kVerbDeploy | text::kVerbGrant;
    if (text::cues_in(kCues, able.words, 0, able.words.size()) != 0 && able_text.find("read-only") != std::string::npos)
      missing = text::acts(order).named & strong;
  }
  verdict.signal("deficit", text::ramp(deficit, 0.3, 0.8), 1.0 - 1e-9).signal("cannot", missing != 0 ? 1 : 0, 0.7);
  // One clear sentence about one named thing needs no criteria and no limits.
  if (!vague && order.words.size() <= 16 && facts >= 1 && verb) verdict.suppress("small_task", 0.6);
  verdict.evidence("instruction", "/delegator_instruction", order.given.substr(0, 200));
  if (criteria.words.empty()) verdict.evidence("missing", "/success_criteria", "no criteria");
  std::string lacks;
  const auto name = [&lacks](bool missing_part, std::string_view part) {
    if (missing_part) lacks.append(lacks.empty() ? "" : ", ").append(part);
  };
  name(specific < 0.5, "a concrete instruction");
  name(measured < 0.4, "criteria");
  name(placed < 0.3, "context");
  name(bounded < 0.3, "limits");
  return verdict.done(lacks.empty() ? "The handover has what the receiver needs."
                                    : say({"The handover lacks ", lacks, "."}));
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask};

}  // namespace agentmend::detectors::delegation
