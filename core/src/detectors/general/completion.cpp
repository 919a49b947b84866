// Detector: completion. The agent declares the task finished while parts are undone, or goes on after it is done.
#include "detectors/detector.h"

namespace agentmend::detectors::completion {
namespace {

constexpr Descriptor kDescriptor{
    .name = "completion",
    .title = "Completion misjudged",
    .failure = "The agent declares the task finished while parts are undone, or goes on after it is done.",
    .family = Family::kGeneral,
    .severity = Severity::kHigh,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"task"}, {"agent_output"}, {"subtasks", kOptional}, {"success_criteria", kOptional}},
    .fixes = {"progress_monitoring", "completion_gate", "quality_checkpoint"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::completion
