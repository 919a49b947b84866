// Detector: persona_drift. The agent leaves its declared role, tone or scope.
#include "detectors/detector.h"

namespace agentmend::detectors::persona_drift {
namespace {

constexpr Descriptor kDescriptor{
    .name = "persona_drift",
    .title = "Persona drift",
    .failure = "The agent leaves its declared role, tone or scope.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"agent"}, {"output"}},
    .fixes = {"prompt_reinforcement", "role_boundary"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::persona_drift
