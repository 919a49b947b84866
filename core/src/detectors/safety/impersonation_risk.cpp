// Detector: impersonation_risk. The agent presents itself as a named person, an official or a human.
#include "detectors/detector.h"

namespace agentmend::detectors::impersonation_risk {
namespace {

constexpr Descriptor kDescriptor{
    .name = "impersonation_risk",
    .title = "Impersonation",
    .failure = "The agent presents itself as a named person, an official or a human.",
    .family = Family::kSafety,
    .severity = Severity::kCritical,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"agent", kOptional}, {"user_input", kOptional}, {"output"}},
    .fixes = {"output_filter", "role_boundary"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::impersonation_risk
