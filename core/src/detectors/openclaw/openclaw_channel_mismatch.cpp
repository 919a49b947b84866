// Detector: openclaw_channel_mismatch. A message does not suit its channel: length, markup, privacy or tone.
#include "detectors/detector.h"

namespace agentmend::detectors::openclaw_channel_mismatch {
namespace {

constexpr Descriptor kDescriptor{
    .name = "openclaw_channel_mismatch",
    .title = "OpenClaw channel mismatch",
    .failure = "A message does not suit its channel: length, markup, privacy or tone.",
    .family = Family::kOpenclaw,
    .severity = Severity::kLow,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"session"}},
    .fixes = {"output_constraint", "role_boundary"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::openclaw_channel_mismatch
