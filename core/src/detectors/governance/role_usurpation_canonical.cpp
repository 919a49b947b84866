// Detector: role_usurpation_canonical. The agent assumes a role it was not granted (first variant of the F9 hybrid
// detector).
#include "detectors/detector.h"

namespace agentmend::detectors::role_usurpation_canonical {
namespace {

constexpr Descriptor kDescriptor{
    .name = "role_usurpation_canonical",
    .title = "Role usurpation, assumed role",
    .failure = "The agent assumes a role it was not granted (first variant of the F9 hybrid detector).",
    .family = Family::kGovernance,
    .severity = Severity::kCritical,
    .stage = Stage::kPostStep,
    .threshold = 0.4,
    .readiness = Readiness::kPlanned,
    .inputs = {{"agent"}, {"output"}, {"other_roles", kOptional}},
    .fixes = {"governance_escalation"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::role_usurpation_canonical
