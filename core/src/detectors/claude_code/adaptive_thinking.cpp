// Detector: adaptive_thinking. Thinking tokens, cost or latency are far from the agent's own baseline.
#include "detectors/detector.h"

namespace agentmend::detectors::adaptive_thinking {
namespace {

constexpr Descriptor kDescriptor{
    .name = "adaptive_thinking",
    .title = "Thinking-budget variance",
    .failure = "Thinking tokens, cost or latency are far from the agent's own baseline.",
    .family = Family::kClaudeCode,
    .severity = Severity::kLow,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"effort_level"},
               {"thinking_tokens"},
               {"output_tokens"},
               {"latency_ms", kOptional},
               {"cost_usd", kOptional},
               {"baseline_costs", kOptional}},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::adaptive_thinking
