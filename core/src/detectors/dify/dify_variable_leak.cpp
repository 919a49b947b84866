// Detector: dify_variable_leak. Secrets or internal variables surface in outputs or outgoing calls.
#include "detectors/detector.h"

namespace agentmend::detectors::dify_variable_leak {
namespace {

constexpr Descriptor kDescriptor{
    .name = "dify_variable_leak",
    .title = "Dify variable leak",
    .failure = "Secrets or internal variables surface in outputs or outgoing calls.",
    .family = Family::kDify,
    .severity = Severity::kCritical,
    .stage = Stage::kOffline,
    .readiness = Readiness::kPlanned,
    .inputs = {{"workflow_run"}},
    .fixes = {"output_filter", "input_sanitization"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::dify_variable_leak
