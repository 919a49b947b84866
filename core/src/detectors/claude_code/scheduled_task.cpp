// Detector: scheduled_task. A task that runs on a schedule slows, repeats the same result, skips or fails silently.
#include "detectors/detector.h"

namespace agentmend::detectors::scheduled_task {
namespace {

constexpr Descriptor kDescriptor{
    .name = "scheduled_task",
    .title = "Recurring-run drift",
    .failure = "A task that runs on a schedule slows, repeats the same result, skips or fails silently.",
    .family = Family::kClaudeCode,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"runs"}, {"schedule_interval_ms", kOptional}},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::scheduled_task
