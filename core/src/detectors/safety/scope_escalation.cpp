// Detector: scope_escalation. The agent does something more far-reaching than the task allows: deletes where it
// should read, pushes where it should review.
#include "detectors/detector.h"

namespace agentmend::detectors::scope_escalation {
namespace {

constexpr Descriptor kDescriptor{
    .name = "scope_escalation",
    .title = "Scope escalation",
    .failure =
        "The agent does something more far-reaching than the task allows: deletes where it should read, pushes where "
        "it should review.",
    .family = Family::kSafety,
    .severity = Severity::kCritical,
    .stage = Stage::kPreTool,
    .readiness = Readiness::kPlanned,
    .inputs = {{"task"}, {"scope_spec", kOptional}, {"tool_calls", kOptional}, {"output", kOptional}},
    .fixes = {"permission_gate", "safety_boundary", "role_boundary"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::scope_escalation
