// Detector: n8n_complexity. A workflow is too big or tangled to be safe to run or change.
#include "detectors/detector.h"

namespace agentmend::detectors::n8n_complexity {
namespace {

constexpr Descriptor kDescriptor{
    .name = "n8n_complexity",
    .title = "n8n complexity",
    .failure = "A workflow is too big or tangled to be safe to run or change.",
    .family = Family::kN8n,
    .severity = Severity::kLow,
    .stage = Stage::kOffline,
    .readiness = Readiness::kPlanned,
    .inputs = {{"workflow_json"}, {"execution_data", kOptional}},
    .fixes = {"workflow_split", "step_validator"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::n8n_complexity
