// Detector: silent_cascade. A failure inside one sub-agent is not reported and distorts what the levels above
// conclude.
#include "detectors/detector.h"

namespace agentmend::detectors::silent_cascade {
namespace {

constexpr Descriptor kDescriptor{
    .name = "silent_cascade",
    .title = "Silent cascade",
    .failure = "A failure inside one sub-agent is not reported and distorts what the levels above conclude.",
    .family = Family::kMultiAgent,
    .severity = Severity::kHigh,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"agents"}, {"final_output"}},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::silent_cascade
