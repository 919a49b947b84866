// Detector: langgraph_recursion. The graph runs into or towards its recursion limit by circling.
#include "detectors/detector.h"

namespace agentmend::detectors::langgraph_recursion {
namespace {

constexpr Descriptor kDescriptor{
    .name = "langgraph_recursion",
    .title = "LangGraph recursion",
    .failure = "The graph runs into or towards its recursion limit by circling.",
    .family = Family::kLanggraph,
    .severity = Severity::kHigh,
    .stage = Stage::kPreTool,
    .readiness = Readiness::kPlanned,
    .inputs = {{"graph_execution"}},
    .fixes = {"circuit_breaker", "loop_breaker", "retry_limit"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::langgraph_recursion
