// Detector: computer_use. Clicks and keystrokes of an agent that drives a screen fail more often than the known
// normal share.
#include "detectors/detector.h"

namespace agentmend::detectors::computer_use {
namespace {

constexpr Descriptor kDescriptor{
    .name = "computer_use",
    .title = "Screen interaction errors",
    .failure = "Clicks and keystrokes of an agent that drives a screen fail more often than the known normal share.",
    .family = Family::kClaudeCode,
    .severity = Severity::kLow,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"actions"}, {"task", kOptional}, {"final_state", kOptional}},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::computer_use
