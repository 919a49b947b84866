// Detector: resource_misallocation. Agents contend for shared resources so that some wait too long, starve or lock
// each other.
#include "detectors/detector.h"

namespace agentmend::detectors::resource_misallocation {
namespace {

constexpr Descriptor kDescriptor{
    .name = "resource_misallocation",
    .title = "Resource misallocation",
    .failure = "Agents contend for shared resources so that some wait too long, starve or lock each other.",
    .family = Family::kMultiAgent,
    .severity = Severity::kMedium,
    .stage = Stage::kPreTool,
    .readiness = Readiness::kPlanned,
    .inputs = {{"events"}, {"agent_ids", kOptional}, {"capacities", kOptional}},
    .fixes = {"concurrency_limit", "timeout_addition", "task_queue_policy", "deadlock_prevention"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::resource_misallocation
