// Detector: openclaw_spawn_chain. Sessions spawn sessions recursively or in excess.
#include "detectors/detector.h"

namespace agentmend::detectors::openclaw_spawn_chain {
namespace {

constexpr Descriptor kDescriptor{
    .name = "openclaw_spawn_chain",
    .title = "OpenClaw spawn chain",
    .failure = "Sessions spawn sessions recursively or in excess.",
    .family = Family::kOpenclaw,
    .severity = Severity::kHigh,
    .stage = Stage::kPreTool,
    .readiness = Readiness::kPlanned,
    .inputs = {{"session"}},
    .fixes = {"circuit_breaker", "budget_limiter", "permission_gate"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::openclaw_spawn_chain
