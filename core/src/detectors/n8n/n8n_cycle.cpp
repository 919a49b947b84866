// Detector: n8n_cycle. Connections form a cycle with no exit condition or counter.
#include "detectors/detector.h"

namespace agentmend::detectors::n8n_cycle {
namespace {

constexpr Descriptor kDescriptor{
    .name = "n8n_cycle",
    .title = "n8n graph cycle",
    .failure = "Connections form a cycle with no exit condition or counter.",
    .family = Family::kN8n,
    .severity = Severity::kHigh,
    .stage = Stage::kOffline,
    .readiness = Readiness::kPlanned,
    .inputs = {{"workflow_json"}, {"execution_data", kOptional}},
    .fixes = {"circuit_breaker", "loop_breaker", "workflow_guard"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::n8n_cycle
