// Detector: coordination. Messages or handoffs between agents are lost, unanswered, contradictory or circular, so
// joint work stops.
#include "detectors/detector.h"

namespace agentmend::detectors::coordination {
namespace {

constexpr Descriptor kDescriptor{
    .name = "coordination",
    .title = "Coordination failure",
    .failure =
        "Messages or handoffs between agents are lost, unanswered, contradictory or circular, so joint work stops.",
    .family = Family::kMultiAgent,
    .severity = Severity::kHigh,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"messages"}, {"agent_ids"}},
    .fixes = {"timeout_addition", "priority_adjustment", "async_handoff", "deadlock_prevention"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::coordination
