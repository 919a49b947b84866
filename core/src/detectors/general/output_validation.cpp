// Detector: output_validation. A check on the output was skipped, overridden, or passed something that fails its own
// criteria.
#include "detectors/detector.h"

namespace agentmend::detectors::output_validation {
namespace {

constexpr Descriptor kDescriptor{
    .name = "output_validation",
    .title = "Incorrect verification",
    .failure = "A check on the output was skipped, overridden, or passed something that fails its own criteria.",
    .family = Family::kGeneral,
    .severity = Severity::kHigh,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"validation_steps", kOptional},
               {"agent_output", kOptional},
               {"schema", kOptional},
               {"approved", kOptional},
               {"task", kOptional}},
    .fixes = {"schema_enforcement", "independent_verifier"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::output_validation
