// Detector: task_starvation. Planned tasks are never started because others keep being served first.
#include "detectors/detector.h"

namespace agentmend::detectors::task_starvation {
namespace {

constexpr Descriptor kDescriptor{
    .name = "task_starvation",
    .title = "Task starvation",
    .failure = "Planned tasks are never started because others keep being served first.",
    .family = Family::kMultiAgent,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"planned_tasks"}, {"executed_tasks"}},
    .fixes = {"task_queue_policy", "progress_monitoring", "priority_adjustment"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::task_starvation
