// Detector: overflow. The context is at or near the window of the model, so text will be cut or the call refused.
#include "detectors/detector.h"

namespace agentmend::detectors::overflow {
namespace {

constexpr Descriptor kDescriptor{
    .name = "overflow",
    .title = "Context overflow",
    .failure = "The context is at or near the window of the model, so text will be cut or the call refused.",
    .family = Family::kGeneral,
    .severity = Severity::kHigh,
    .stage = Stage::kPreTool,
    .threshold = 0.4,
    .readiness = Readiness::kPlanned,
    .inputs =
        {{"current_tokens"}, {"model"}, {"context", kOptional}, {"output", kOptional}, {"context_limit", kOptional}},
    .fixes = {"context_pruning", "summarization", "window_management", "token_optimizer"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::overflow
