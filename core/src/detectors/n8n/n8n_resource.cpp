// Detector: n8n_resource. Model, loop or HTTP nodes have no bound on tokens, items or calls.
#include "detectors/detector.h"

namespace agentmend::detectors::n8n_resource {
namespace {

constexpr Descriptor kDescriptor{
    .name = "n8n_resource",
    .title = "n8n resource use",
    .failure = "Model, loop or HTTP nodes have no bound on tokens, items or calls.",
    .family = Family::kN8n,
    .severity = Severity::kMedium,
    .stage = Stage::kOffline,
    .readiness = Readiness::kPlanned,
    .inputs = {{"workflow_json"}, {"execution_data", kOptional}},
    .fixes = {"budget_limiter", "concurrency_limit", "token_optimizer"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::n8n_resource
