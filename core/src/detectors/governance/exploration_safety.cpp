// Detector: exploration_safety. In a phase meant only for looking, the agent changes, deletes, grants or sends
// things.
#include "detectors/detector.h"

namespace agentmend::detectors::exploration_safety {
namespace {

constexpr Descriptor kDescriptor{
    .name = "exploration_safety",
    .title = "Unsafe exploration",
    .failure = "In a phase meant only for looking, the agent changes, deletes, grants or sends things.",
    .family = Family::kGovernance,
    .severity = Severity::kCritical,
    .stage = Stage::kPreTool,
    .threshold = 0.4,
    .readiness = Readiness::kPlanned,
    .inputs = {{"actions"}, {"sandbox", kOptional}},
    .fixes = {"governance_escalation"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::exploration_safety
