// Detector: langgraph_edge_misroute. A conditional edge leads to a node that does not fit the state.
#include "detectors/detector.h"

namespace agentmend::detectors::langgraph_edge_misroute {
namespace {

constexpr Descriptor kDescriptor{
    .name = "langgraph_edge_misroute",
    .title = "LangGraph edge misroute",
    .failure = "A conditional edge leads to a node that does not fit the state.",
    .family = Family::kLanggraph,
    .severity = Severity::kHigh,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"graph_execution"}},
    .fixes = {"step_validator", "route_fallback"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::langgraph_edge_misroute
