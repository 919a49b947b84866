// Detector: dify_classifier_drift. A question classifier puts inputs into wrong or low-confidence classes.
#include "detectors/detector.h"

namespace agentmend::detectors::dify_classifier_drift {
namespace {

constexpr Descriptor kDescriptor{
    .name = "dify_classifier_drift",
    .title = "Dify classifier drift",
    .failure = "A question classifier puts inputs into wrong or low-confidence classes.",
    .family = Family::kDify,
    .severity = Severity::kMedium,
    .stage = Stage::kOffline,
    .readiness = Readiness::kPlanned,
    .inputs = {{"workflow_run"}},
    .fixes = {"confidence_calibration", "prompt_modification"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::dify_classifier_drift
