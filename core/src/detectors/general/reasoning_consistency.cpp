// Detector: reasoning_consistency. The same facts lead to opposite conclusions on different paths.
#include "detectors/detector.h"

namespace agentmend::detectors::reasoning_consistency {
namespace {

constexpr Descriptor kDescriptor{
    .name = "reasoning_consistency",
    .title = "Inconsistent reasoning",
    .failure = "The same facts lead to opposite conclusions on different paths.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"reasoning_paths"}},
    .fixes = {"self_consistency_vote", "independent_verifier"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::reasoning_consistency
