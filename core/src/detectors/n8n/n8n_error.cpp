// Detector: n8n_error. Nodes that can fail have no error route, so one failure ends or silently falsifies the run.
#include "detectors/detector.h"

namespace agentmend::detectors::n8n_error {
namespace {

constexpr Descriptor kDescriptor{
    .name = "n8n_error",
    .title = "n8n error handling",
    .failure = "Nodes that can fail have no error route, so one failure ends or silently falsifies the run.",
    .family = Family::kN8n,
    .severity = Severity::kMedium,
    .stage = Stage::kOffline,
    .readiness = Readiness::kPlanned,
    .inputs = {{"workflow_json"}, {"execution_data", kOptional}},
    .fixes = {"circuit_breaker", "retry_limit", "workflow_guard"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::n8n_error
