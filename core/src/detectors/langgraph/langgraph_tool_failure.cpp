// Detector: langgraph_tool_failure. A tool error is not caught, retried or told to the model.
#include "detectors/detector.h"

namespace agentmend::detectors::langgraph_tool_failure {
namespace {

constexpr Descriptor kDescriptor{
    .name = "langgraph_tool_failure",
    .title = "LangGraph tool failure",
    .failure = "A tool error is not caught, retried or told to the model.",
    .family = Family::kLanggraph,
    .severity = Severity::kHigh,
    .stage = Stage::kPreTool,
    .readiness = Readiness::kPlanned,
    .inputs = {{"graph_execution"}},
    .fixes = {"circuit_breaker", "retry_limit", "exponential_backoff"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::langgraph_tool_failure
