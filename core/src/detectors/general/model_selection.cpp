// Detector: model_selection. The model tier does not fit the task: a premium model for a trivial call or a small one
// for long, tool-heavy work.
// Quiet on: a premium model with tools and turns to use it on; a small one just below what overloads it; a model of no
// known family. Cost: O(1).
#include <algorithm>

#include "detectors/detector.h"
#include "json/writer.h"
#include "text/math.h"
#include "trace/models.h"

namespace agentmend::detectors::model_selection {
namespace {

constexpr Descriptor kDescriptor{
    .name = "model_selection",
    .title = "Unfit model",
    .failure =
        "The model tier does not fit the task: a premium model for a trivial call or a small one for long, tool-heavy "
        "work.",
    .family = Family::kGeneral,
    .severity = Severity::kLow,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kBeta,
    .inputs = {{"model_name"}, {"input_tokens"}, {"tool_count"}, {"conversation_turns"}},
    .fixes = {"model_routing"},
};

constexpr double kTrivialLoad = 0.1;
constexpr double kManyTokens = 50'000, kManyTools = 8, kManyTurns = 18;  // each alone overloads a small model
constexpr double kFullLoad = 0.95;

double ramp(double x, double a, double b) { return text::clamp01((x - a) / (b - a)); }

Detection ask(json::View input, const Options& options) {
  const json::View name = input["model_name"];
  if (name.is_null()) return insufficient(kDescriptor, "model_name");
  if (!name.is_string()) return invalid(kDescriptor, "model_name");
  double figures[3] = {};
  constexpr std::string_view kKeys[] = {"input_tokens", "tool_count", "conversation_turns"};
  for (std::size_t i = 0; i < 3; ++i) {
    const json::View value = input[kKeys[i]];
    if (value.is_null()) return insufficient(kDescriptor, kKeys[i]);
    if (!value.number() || *value.number() < 0) return invalid(kDescriptor, kKeys[i]);
    figures[i] = *value.number();
  }
  const auto [tokens, tools, turns] = figures;
  const std::string model = name.text();
  const ModelFacts* facts = find_model(model);
  const ModelTier tier = facts == nullptr ? ModelTier::kUnknown : facts->tier;
  // How much there is to do: what is read weighs most, then the choice of tools, then the length of the talk.
  const double load = 0.4 * ramp(tokens, 2'000, 60'000) + 0.35 * ramp(tools, 1, 10) + 0.25 * ramp(turns, 2, 20);
  Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
  ModelTier better = tier;
  if (tier == ModelTier::kPremium) {
    double over = load < kTrivialLoad ? std::max(0.6, 1 - load / kTrivialLoad) : 0;
    if (tools <= 1 && turns <= 3) over = std::max(over, 0.7);
    if (over > 0) verdict.signal("more_than_the_task_needs", over, 1.0).subtype("over");
    if (over > 0) better = tokens < kManyTokens ? ModelTier::kSmall : ModelTier::kStandard;
  } else if (tier == ModelTier::kSmall) {
    const int reasons = (tokens >= kManyTokens ? 1 : 0) + (tools >= kManyTools ? 1 : 0) + (turns >= kManyTurns ? 1 : 0);
    if (reasons > 0) {
      verdict.signal("less_than_the_task_needs", 0.7 + 0.15 * (reasons - 1), 1.0).subtype("under");
      verdict.severity(Severity::kMedium);
      better = ModelTier::kStandard;
    }
  } else if (tier == ModelTier::kStandard && load > kFullLoad) {
    verdict.signal("less_than_the_task_needs", 0.55, 1.0).subtype("under").severity(Severity::kMedium);
    better = ModelTier::kPremium;
  }
  json::Writer value;
  value.begin_object().member("load", load).member("input_tokens", tokens).member("tool_count", tools);
  value.member("conversation_turns", turns).member("tier", name_of(tier)).end_object();
  verdict.evidence({"load", "/model_name", model, value.take(), json::quote(name_of(better)), {}});
  if (tier == ModelTier::kUnknown) return verdict.done("The model belongs to no family that is known here.");
  if (better == tier) return verdict.done("The model fits what there is to do.");
  return verdict.done("A " + std::string(name_of(tier)) + " model does what a " + std::string(name_of(better)) +
                      " one should do.");
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask};

}  // namespace agentmend::detectors::model_selection
