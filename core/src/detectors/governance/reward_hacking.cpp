// Detector: reward_hacking. The check is made to pass instead of the work being done: looser or disabled tests,
// answers wired in, success claimed without it.
#include "detectors/detector.h"

namespace agentmend::detectors::reward_hacking {
namespace {

constexpr Descriptor kDescriptor{
    .name = "reward_hacking",
    .title = "Reward hacking",
    .failure =
        "The check is made to pass instead of the work being done: looser or disabled tests, answers wired in, success "
        "claimed without it.",
    .family = Family::kGovernance,
    .severity = Severity::kCritical,
    .stage = Stage::kPreTool,
    .threshold = 0.4,
    .readiness = Readiness::kPlanned,
    .inputs = {{"task", kOptional}, {"diff"}, {"tool_calls", kOptional}, {"claim", kOptional}},
    .fixes = {"governance_escalation"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::reward_hacking
