// Detector: openclaw_session_loop. A session repeats the same tool calls or turns without progress.
#include "detectors/detector.h"

namespace agentmend::detectors::openclaw_session_loop {
namespace {

constexpr Descriptor kDescriptor{
    .name = "openclaw_session_loop",
    .title = "OpenClaw session loop",
    .failure = "A session repeats the same tool calls or turns without progress.",
    .family = Family::kOpenclaw,
    .severity = Severity::kHigh,
    .stage = Stage::kPreTool,
    .readiness = Readiness::kPlanned,
    .inputs = {{"session"}},
    .fixes = {"loop_breaker", "circuit_breaker", "retry_limit"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::openclaw_session_loop
