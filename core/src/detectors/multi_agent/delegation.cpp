// Detector: delegation. A task is handed over without what the receiver needs: concrete instruction, criteria,
// context, limits.
#include "detectors/detector.h"

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
    .readiness = Readiness::kPlanned,
    .inputs = {{"delegator_instruction"},
               {"task_context", kOptional},
               {"success_criteria", kOptional},
               {"delegatee_capabilities", kOptional}},
    .fixes = {"handoff_protocol", "subtask_validator", "quality_checkpoint", "task_decomposition"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::delegation
