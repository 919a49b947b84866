// Detector: n8n_schema. A node passes fields of names or types that the next does not expect.
#include "detectors/detector.h"

namespace agentmend::detectors::n8n_schema {
namespace {

constexpr Descriptor kDescriptor{
    .name = "n8n_schema",
    .title = "n8n schema mismatch",
    .failure = "A node passes fields of names or types that the next does not expect.",
    .family = Family::kN8n,
    .severity = Severity::kMedium,
    .stage = Stage::kOffline,
    .readiness = Readiness::kPlanned,
    .inputs = {{"workflow_json"}, {"execution_data", kOptional}},
    .fixes = {"schema_enforcement", "step_validator"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::n8n_schema
