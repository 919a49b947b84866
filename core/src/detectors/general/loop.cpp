// Detector: loop. The agent takes the same step, or the same short cycle of steps, again and again without new
// information or changed state.
#include "detectors/detector.h"

namespace agentmend::detectors::loop {
namespace {

constexpr Descriptor kDescriptor{
    .name = "loop",
    .title = "Loop",
    .failure =
        "The agent takes the same step, or the same short cycle of steps, again and again without new information or "
        "changed state.",
    .family = Family::kGeneral,
    .severity = Severity::kHigh,
    .stage = Stage::kPreTool,
    .readiness = Readiness::kPlanned,
    .inputs = {{"states"}},
    .fixes = {"loop_breaker", "retry_limit", "circuit_breaker", "exponential_backoff"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::loop
