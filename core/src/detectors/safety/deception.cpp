// Detector: deception. What the agent tells people differs knowingly from what its own notes or actions show.
#include "detectors/detector.h"

namespace agentmend::detectors::deception {
namespace {

constexpr Descriptor kDescriptor{
    .name = "deception",
    .title = "Deception",
    .failure = "What the agent tells people differs knowingly from what its own notes or actions show.",
    .family = Family::kSafety,
    .severity = Severity::kCritical,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"internal_reasoning"}, {"actions", kOptional}, {"output"}},
    .fixes = {"transparency_enforcer", "output_filter"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::deception
