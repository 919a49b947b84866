// Detector: dify_model_fallback. Another, often weaker, model answered than the one configured, unreported.
#include "detectors/detector.h"

namespace agentmend::detectors::dify_model_fallback {
namespace {

constexpr Descriptor kDescriptor{
    .name = "dify_model_fallback",
    .title = "Dify silent model fallback",
    .failure = "Another, often weaker, model answered than the one configured, unreported.",
    .family = Family::kDify,
    .severity = Severity::kMedium,
    .stage = Stage::kOffline,
    .readiness = Readiness::kPlanned,
    .inputs = {{"workflow_run"}},
    .fixes = {"progress_monitoring", "retry_limit", "model_routing"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::dify_model_fallback
