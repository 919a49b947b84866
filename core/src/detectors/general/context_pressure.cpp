// Detector: context_pressure. As the window fills, answers get shorter, work is cut short and details are dropped,
// before any hard limit is hit.
#include "detectors/detector.h"

namespace agentmend::detectors::context_pressure {
namespace {

constexpr Descriptor kDescriptor{
    .name = "context_pressure",
    .title = "Context pressure",
    .failure =
        "As the window fills, answers get shorter, work is cut short and details are dropped, before any hard limit is "
        "hit.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPreTool,
    .readiness = Readiness::kPlanned,
    .inputs = {{"states"}, {"model", kOptional}, {"context_limit", kOptional}, {"planned_items", kOptional}},
    .fixes = {"checkpoint_recovery", "progress_monitoring", "context_pruning", "summarization"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::context_pressure
