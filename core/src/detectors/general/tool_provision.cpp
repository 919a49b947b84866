// Detector: tool_provision. The agent needs, names or imitates a tool it does not have, or works round its absence.
#include "detectors/detector.h"

namespace agentmend::detectors::tool_provision {
namespace {

constexpr Descriptor kDescriptor{
    .name = "tool_provision",
    .title = "Inadequate tools",
    .failure = "The agent needs, names or imitates a tool it does not have, or works round its absence.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPreTool,
    .readiness = Readiness::kPlanned,
    .inputs = {{"task"}, {"agent_output"}, {"available_tools"}, {"tool_calls", kOptional}},
    .fixes = {"circuit_breaker", "tool_catalog_sync", "prompt_modification"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::tool_provision
