// Detector: role_usurpation. An agent does work or takes decisions that its stated role does not cover.
#include "detectors/detector.h"

namespace agentmend::detectors::role_usurpation {
namespace {

constexpr Descriptor kDescriptor{
    .name = "role_usurpation",
    .title = "Role usurpation",
    .failure = "An agent does work or takes decisions that its stated role does not cover.",
    .family = Family::kGovernance,
    .severity = Severity::kCritical,
    .stage = Stage::kPreTool,
    .threshold = 0.4,
    .readiness = Readiness::kPlanned,
    .inputs = {{"agent"}, {"actions"}, {"roles", kOptional}},
    .fixes = {"governance_escalation"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::role_usurpation
