// Detector: n8n_timeout. Workflow, webhook, wait or AI nodes can wait without bound.
#include "detectors/detector.h"

namespace agentmend::detectors::n8n_timeout {
namespace {

constexpr Descriptor kDescriptor{
    .name = "n8n_timeout",
    .title = "n8n missing timeout",
    .failure = "Workflow, webhook, wait or AI nodes can wait without bound.",
    .family = Family::kN8n,
    .severity = Severity::kMedium,
    .stage = Stage::kOffline,
    .readiness = Readiness::kPlanned,
    .inputs = {{"workflow_json"}, {"execution_data", kOptional}},
    .fixes = {"execution_timeout", "timeout_addition"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::n8n_timeout
