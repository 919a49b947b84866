// Detector: injection. Text from a user, a document or a tool tries to override instructions, extract secrets or
// steer tools.
#include "detectors/detector.h"

namespace agentmend::detectors::injection {
namespace {

constexpr Descriptor kDescriptor{
    .name = "injection",
    .title = "Prompt injection",
    .failure = "Text from a user, a document or a tool tries to override instructions, extract secrets or steer tools.",
    .family = Family::kGeneral,
    .severity = Severity::kCritical,
    .stage = Stage::kPreTool,
    .readiness = Readiness::kPlanned,
    .inputs = {{"text"}, {"origin", kOptional}},
    .fixes = {"input_filtering", "safety_boundary", "permission_gate"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::injection
