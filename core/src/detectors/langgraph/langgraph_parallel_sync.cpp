// Detector: langgraph_parallel_sync. Parallel branches join too early, race on a key, or one never arrives.
#include "detectors/detector.h"

namespace agentmend::detectors::langgraph_parallel_sync {
namespace {

constexpr Descriptor kDescriptor{
    .name = "langgraph_parallel_sync",
    .title = "LangGraph parallel sync",
    .failure = "Parallel branches join too early, race on a key, or one never arrives.",
    .family = Family::kLanggraph,
    .severity = Severity::kHigh,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"graph_execution"}},
    .fixes = {"timeout_addition", "state_validation", "async_handoff"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::langgraph_parallel_sync
