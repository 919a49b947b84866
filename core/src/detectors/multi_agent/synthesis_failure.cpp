// Detector: synthesis_failure. Partial results exist but the final answer does not combine them: parts lost, side by
// side or contradictory.
#include "detectors/detector.h"

namespace agentmend::detectors::synthesis_failure {
namespace {

constexpr Descriptor kDescriptor{
    .name = "synthesis_failure",
    .title = "Synthesis failure",
    .failure =
        "Partial results exist but the final answer does not combine them: parts lost, side by side or contradictory.",
    .family = Family::kMultiAgent,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"subagent_outputs"}, {"final_output"}},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::synthesis_failure
