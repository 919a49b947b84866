// Detector: langgraph_state_corruption. A node writes state of wrong type, drops keys or overwrites others by a
// missing reducer.
#include "detectors/detector.h"

namespace agentmend::detectors::langgraph_state_corruption {
namespace {

constexpr Descriptor kDescriptor{
    .name = "langgraph_state_corruption",
    .title = "LangGraph state corruption",
    .failure = "A node writes state of wrong type, drops keys or overwrites others by a missing reducer.",
    .family = Family::kLanggraph,
    .severity = Severity::kHigh,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"graph_execution"}},
    .fixes = {"state_validation", "checkpoint_recovery", "schema_enforcement"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::langgraph_state_corruption
