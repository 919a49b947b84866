// Detector: workflow. The declared graph of steps is structurally wrong: unreachable or dead-end nodes, missing
// handlers, wrong order, no end.
#include "detectors/detector.h"

namespace agentmend::detectors::workflow {
namespace {

constexpr Descriptor kDescriptor{
    .name = "workflow",
    .title = "Flawed workflow",
    .failure =
        "The declared graph of steps is structurally wrong: unreachable or dead-end nodes, missing handlers, wrong "
        "order, no end.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"workflow_definition"}, {"execution_result", kOptional}},
    .fixes = {"circuit_breaker", "workflow_guard", "step_validator"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::workflow
