// Detector: critic_quality. A reviewing agent approves without examining, or criticises without substance, so review
// adds nothing.
#include "detectors/detector.h"

namespace agentmend::detectors::critic_quality {
namespace {

constexpr Descriptor kDescriptor{
    .name = "critic_quality",
    .title = "Empty criticism",
    .failure = "A reviewing agent approves without examining, or criticises without substance, so review adds nothing.",
    .family = Family::kMultiAgent,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"iterations"}},
    .fixes = {"quality_checkpoint", "independent_verifier"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::critic_quality
