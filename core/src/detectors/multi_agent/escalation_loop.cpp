// Detector: escalation_loop. A case is passed round the same agents without anyone resolving it.
#include "detectors/detector.h"

namespace agentmend::detectors::escalation_loop {
namespace {

constexpr Descriptor kDescriptor{
    .name = "escalation_loop",
    .title = "Escalation loop",
    .failure = "A case is passed round the same agents without anyone resolving it.",
    .family = Family::kMultiAgent,
    .severity = Severity::kMedium,
    .stage = Stage::kPreTool,
    .readiness = Readiness::kPlanned,
    .inputs = {{"handoffs"}},
    .fixes = {"handoff_limit", "circuit_breaker", "handoff_protocol"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::escalation_loop
