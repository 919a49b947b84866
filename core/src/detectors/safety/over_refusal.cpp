// Detector: over_refusal. The agent declines an ordinary, permitted request.
#include "detectors/detector.h"

namespace agentmend::detectors::over_refusal {
namespace {

constexpr Descriptor kDescriptor{
    .name = "over_refusal",
    .title = "Over-refusal",
    .failure = "The agent declines an ordinary, permitted request.",
    .family = Family::kSafety,
    .severity = Severity::kLow,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"user_input"}, {"output"}, {"allowed_scope", kOptional}},
    .fixes = {"refusal_policy", "prompt_modification"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::over_refusal
