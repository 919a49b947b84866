// Detector: openclaw_elevated_risk. Risky actions are done in elevated mode or elevation is used without need.
#include "detectors/detector.h"

namespace agentmend::detectors::openclaw_elevated_risk {
namespace {

constexpr Descriptor kDescriptor{
    .name = "openclaw_elevated_risk",
    .title = "OpenClaw elevated risk",
    .failure = "Risky actions are done in elevated mode or elevation is used without need.",
    .family = Family::kOpenclaw,
    .severity = Severity::kCritical,
    .stage = Stage::kPreTool,
    .readiness = Readiness::kPlanned,
    .inputs = {{"session"}},
    .fixes = {"permission_gate", "safety_boundary"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::openclaw_elevated_risk
