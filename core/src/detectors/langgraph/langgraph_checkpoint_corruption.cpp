// Detector: langgraph_checkpoint_corruption. Checkpoints are missing, out of order or do not match the state resumed
// from.
#include "detectors/detector.h"

namespace agentmend::detectors::langgraph_checkpoint_corruption {
namespace {

constexpr Descriptor kDescriptor{
    .name = "langgraph_checkpoint_corruption",
    .title = "LangGraph checkpoint corruption",
    .failure = "Checkpoints are missing, out of order or do not match the state resumed from.",
    .family = Family::kLanggraph,
    .severity = Severity::kHigh,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"graph_execution"}},
    .fixes = {"checkpoint_recovery", "state_validation", "state_reset"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::langgraph_checkpoint_corruption
