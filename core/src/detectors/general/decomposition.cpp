// Detector: decomposition. The breakdown of a task is cyclic, misordered, incomplete, vague, or too fine or coarse.
#include "detectors/detector.h"

namespace agentmend::detectors::decomposition {
namespace {

constexpr Descriptor kDescriptor{
    .name = "decomposition",
    .title = "Poor decomposition",
    .failure = "The breakdown of a task is cyclic, misordered, incomplete, vague, or too fine or coarse.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"task_description"}, {"decomposition"}},
    .fixes = {"subtask_validator", "task_decomposition"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::decomposition
