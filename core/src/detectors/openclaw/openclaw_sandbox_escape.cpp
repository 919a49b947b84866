// Detector: openclaw_sandbox_escape. A sandboxed session reaches outside: host paths, network, commands.
#include "detectors/detector.h"

namespace agentmend::detectors::openclaw_sandbox_escape {
namespace {

constexpr Descriptor kDescriptor{
    .name = "openclaw_sandbox_escape",
    .title = "OpenClaw sandbox escape",
    .failure = "A sandboxed session reaches outside: host paths, network, commands.",
    .family = Family::kOpenclaw,
    .severity = Severity::kCritical,
    .stage = Stage::kPreTool,
    .readiness = Readiness::kPlanned,
    .inputs = {{"session"}},
    .fixes = {"safety_boundary", "permission_gate"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::openclaw_sandbox_escape
