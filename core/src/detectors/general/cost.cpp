// Detector: cost. A run spends more money, tokens, calls or time than its task or its budget justifies.
#include "detectors/detector.h"

namespace agentmend::detectors::cost {
namespace {

constexpr Descriptor kDescriptor{
    .name = "cost",
    .title = "Cost overrun",
    .failure = "A run spends more money, tokens, calls or time than its task or its budget justifies.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPreTool,
    .readiness = Readiness::kPlanned,
    .inputs = {{"usage"},
               {"tool_call_count", kOptional},
               {"duration_ms", kOptional},
               {"budget", kOptional},
               {"baseline", kOptional}},
    .fixes = {"budget_limiter", "cost_monitor", "execution_timeout", "token_optimizer"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::cost
