// Detector: derailment. Work moves off the assigned task to another topic or another kind of deliverable.
#include "detectors/detector.h"

namespace agentmend::detectors::derailment {
namespace {

constexpr Descriptor kDescriptor{
    .name = "derailment",
    .title = "Task derailment",
    .failure = "Work moves off the assigned task to another topic or another kind of deliverable.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"task"}, {"output"}},
    .fixes = {"progress_monitoring", "goal_tracking", "task_anchoring"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::derailment
