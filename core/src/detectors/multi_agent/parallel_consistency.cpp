// Detector: parallel_consistency. Branches that ran side by side contradict each other and the merged result hides or
// repeats the contradiction.
#include "detectors/detector.h"

namespace agentmend::detectors::parallel_consistency {
namespace {

constexpr Descriptor kDescriptor{
    .name = "parallel_consistency",
    .title = "Parallel inconsistency",
    .failure =
        "Branches that ran side by side contradict each other and the merged result hides or repeats the "
        "contradiction.",
    .family = Family::kMultiAgent,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"branches"}, {"merged_output"}},
    .fixes = {"state_validation", "timeout_addition", "independent_verifier"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::parallel_consistency
