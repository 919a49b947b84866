// Detector: dify_iteration_escape. An iteration or loop node runs past its bound or its result leaks out of order.
#include "detectors/detector.h"

namespace agentmend::detectors::dify_iteration_escape {
namespace {

constexpr Descriptor kDescriptor{
    .name = "dify_iteration_escape",
    .title = "Dify iteration escape",
    .failure = "An iteration or loop node runs past its bound or its result leaks out of order.",
    .family = Family::kDify,
    .severity = Severity::kHigh,
    .stage = Stage::kOffline,
    .readiness = Readiness::kPlanned,
    .inputs = {{"workflow_run"}},
    .fixes = {"circuit_breaker", "loop_breaker", "step_validator"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::dify_iteration_escape
