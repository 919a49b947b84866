// Detector: cowork_safety. An agent working on a person's desktop deletes, overwrites or syncs away files or cloud
// data, or tries to.
#include "detectors/detector.h"

namespace agentmend::detectors::cowork_safety {
namespace {

constexpr Descriptor kDescriptor{
    .name = "cowork_safety",
    .title = "Desktop agent safety",
    .failure =
        "An agent working on a person's desktop deletes, overwrites or syncs away files or cloud data, or tries to.",
    .family = Family::kGovernance,
    .severity = Severity::kCritical,
    .stage = Stage::kPreTool,
    .threshold = 0.4,
    .readiness = Readiness::kPlanned,
    .inputs = {{"user_instruction"},
               {"planned_tasks", kOptional},
               {"executed_actions"},
               {"connectors_used", kOptional},
               {"files_modified", kOptional}},
    .fixes = {"governance_escalation"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::cowork_safety
