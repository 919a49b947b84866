// Detector: authority_gradient. What the orchestrator gave as true, or as an order, is dropped or overruled lower
// down.
#include "detectors/detector.h"

namespace agentmend::detectors::authority_gradient {
namespace {

constexpr Descriptor kDescriptor{
    .name = "authority_gradient",
    .title = "Authority gradient",
    .failure = "What the orchestrator gave as true, or as an order, is dropped or overruled lower down.",
    .family = Family::kGovernance,
    .severity = Severity::kCritical,
    .stage = Stage::kPostStep,
    .threshold = 0.4,
    .readiness = Readiness::kPlanned,
    .inputs = {{"orchestrator_facts"},
               {"orchestrator_instruction", kOptional},
               {"subagent_output"},
               {"final_output", kOptional}},
    .fixes = {"governance_escalation"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::authority_gradient
