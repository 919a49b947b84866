// Detector: repetition. One tool or one kind of request dominates the run with slightly changed arguments and little
// new result.
#include "detectors/detector.h"

namespace agentmend::detectors::repetition {
namespace {

constexpr Descriptor kDescriptor{
    .name = "repetition",
    .title = "Repetition with variation",
    .failure =
        "One tool or one kind of request dominates the run with slightly changed arguments and little new result.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPreTool,
    .readiness = Readiness::kPlanned,
    .inputs = {{"tool_calls"}},
    .fixes = {"loop_breaker", "retry_limit", "strategy_switch"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::repetition
