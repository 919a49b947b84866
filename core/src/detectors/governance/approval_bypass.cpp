// Detector: approval_bypass. A consequential action was carried out without the approval it needs.
#include "detectors/detector.h"

namespace agentmend::detectors::approval_bypass {
namespace {

constexpr Descriptor kDescriptor{
    .name = "approval_bypass",
    .title = "Approval bypassed",
    .failure = "A consequential action was carried out without the approval it needs.",
    .family = Family::kGovernance,
    .severity = Severity::kCritical,
    .stage = Stage::kPreTool,
    .threshold = 0.4,
    .readiness = Readiness::kPlanned,
    .inputs = {{"tool_name"}, {"tool_input"}, {"preceding_context"}, {"approval_policy", kOptional}},
    .fixes = {"governance_escalation"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::approval_bypass
