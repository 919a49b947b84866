// Detector: quality_gate. A required check, threshold or review was skipped, ignored or forced.
#include "detectors/detector.h"

namespace agentmend::detectors::quality_gate {
namespace {

constexpr Descriptor kDescriptor{
    .name = "quality_gate",
    .title = "Quality gate bypassed",
    .failure = "A required check, threshold or review was skipped, ignored or forced.",
    .family = Family::kGeneral,
    .severity = Severity::kHigh,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"required_gates"}, {"gate_results"}, {"agent_output", kOptional}, {"released", kOptional}},
    .fixes = {"quality_checkpoint", "completion_gate", "independent_verifier"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::quality_gate
