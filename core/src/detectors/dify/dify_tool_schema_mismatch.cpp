// Detector: dify_tool_schema_mismatch. Inputs to a tool node do not match its declared parameters.
#include "detectors/detector.h"

namespace agentmend::detectors::dify_tool_schema_mismatch {
namespace {

constexpr Descriptor kDescriptor{
    .name = "dify_tool_schema_mismatch",
    .title = "Dify tool schema mismatch",
    .failure = "Inputs to a tool node do not match its declared parameters.",
    .family = Family::kDify,
    .severity = Severity::kMedium,
    .stage = Stage::kOffline,
    .readiness = Readiness::kPlanned,
    .inputs = {{"workflow_run"}},
    .fixes = {"schema_enforcement", "step_validator"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::dify_tool_schema_mismatch
