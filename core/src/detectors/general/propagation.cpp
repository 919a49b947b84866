// Detector: propagation. A wrong value enters at one step and later steps build on it unchecked.
#include "detectors/detector.h"

namespace agentmend::detectors::propagation {
namespace {

constexpr Descriptor kDescriptor{
    .name = "propagation",
    .title = "Error propagation",
    .failure = "A wrong value enters at one step and later steps build on it unchecked.",
    .family = Family::kGeneral,
    .severity = Severity::kHigh,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"pipeline_steps"}},
    .fixes = {"state_validation", "checkpoint_recovery", "subtask_validator"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::propagation
