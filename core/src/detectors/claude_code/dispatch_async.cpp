// Detector: dispatch_async. A task sent from one device to run on another loses its context, stalls, or fails without
// recovery.
#include "detectors/detector.h"

namespace agentmend::detectors::dispatch_async {
namespace {

constexpr Descriptor kDescriptor{
    .name = "dispatch_async",
    .title = "Async dispatch failure",
    .failure = "A task sent from one device to run on another loses its context, stalls, or fails without recovery.",
    .family = Family::kClaudeCode,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"instruction"},
               {"execution_steps"},
               {"result", kOptional},
               {"instruction_timestamp", kOptional},
               {"result_timestamp", kOptional}},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::dispatch_async
