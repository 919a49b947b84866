// Detector: instruction_compliance. Explicit instructions in the prompt are not followed.
#include "detectors/detector.h"

namespace agentmend::detectors::instruction_compliance {
namespace {

constexpr Descriptor kDescriptor{
    .name = "instruction_compliance",
    .title = "Instruction compliance",
    .failure = "Explicit instructions in the prompt are not followed.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"instructions"}, {"output"}},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::instruction_compliance
