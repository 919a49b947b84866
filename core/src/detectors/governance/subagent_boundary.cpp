// Detector: subagent_boundary. A delegated agent calls tools that its allow-list does not contain.
#include "detectors/detector.h"

namespace agentmend::detectors::subagent_boundary {
namespace {

constexpr Descriptor kDescriptor{
    .name = "subagent_boundary",
    .title = "Sub-agent boundary",
    .failure = "A delegated agent calls tools that its allow-list does not contain.",
    .family = Family::kGovernance,
    .severity = Severity::kCritical,
    .stage = Stage::kPreTool,
    .threshold = 0.4,
    .readiness = Readiness::kPlanned,
    .inputs = {{"allowed_tools"},
               {"actual_tool_calls"},
               {"parent_instruction", kOptional},
               {"subagent_output", kOptional},
               {"spawn_attempts", kOptional}},
    .fixes = {"governance_escalation"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::subagent_boundary
