// Detector: openclaw_tool_abuse. A session calls tools far more often than needed, or unfitting ones, or on after
// failures.
#include "detectors/detector.h"

namespace agentmend::detectors::openclaw_tool_abuse {
namespace {

constexpr Descriptor kDescriptor{
    .name = "openclaw_tool_abuse",
    .title = "OpenClaw tool abuse",
    .failure = "A session calls tools far more often than needed, or unfitting ones, or on after failures.",
    .family = Family::kOpenclaw,
    .severity = Severity::kMedium,
    .stage = Stage::kPreTool,
    .readiness = Readiness::kPlanned,
    .inputs = {{"session"}},
    .fixes = {"retry_limit", "budget_limiter", "permission_gate"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::openclaw_tool_abuse
