// Detector: jailbreak_compliance. Adversarial framing got the agent to do what its policy forbids.
#include "detectors/detector.h"

namespace agentmend::detectors::jailbreak_compliance {
namespace {

constexpr Descriptor kDescriptor{
    .name = "jailbreak_compliance",
    .title = "Jailbreak complied with",
    .failure = "Adversarial framing got the agent to do what its policy forbids.",
    .family = Family::kSafety,
    .severity = Severity::kCritical,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"user_input"}, {"output"}, {"policy", kOptional}},
    .fixes = {"output_filter", "refusal_policy", "safety_boundary"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::jailbreak_compliance
