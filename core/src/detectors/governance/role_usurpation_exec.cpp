// Detector: role_usurpation_exec. The agent executes privileged actions under a role it was not granted (second
// variant).
#include "detectors/detector.h"

namespace agentmend::detectors::role_usurpation_exec {
namespace {

constexpr Descriptor kDescriptor{
    .name = "role_usurpation_exec",
    .title = "Role usurpation, privileged execution",
    .failure = "The agent executes privileged actions under a role it was not granted (second variant).",
    .family = Family::kGovernance,
    .severity = Severity::kCritical,
    .stage = Stage::kPreTool,
    .threshold = 0.4,
    .readiness = Readiness::kPlanned,
    .inputs = {{"agent"}, {"executed_actions"}},
    .fixes = {"governance_escalation"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::role_usurpation_exec
