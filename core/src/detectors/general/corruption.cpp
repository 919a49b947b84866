// Detector: corruption. Between two steps the working state takes on values that are impossible, contradictory, of
// another type, or disappear.
#include "detectors/detector.h"

namespace agentmend::detectors::corruption {
namespace {

constexpr Descriptor kDescriptor{
    .name = "corruption",
    .title = "State corruption",
    .failure =
        "Between two steps the working state takes on values that are impossible, contradictory, of another type, or "
        "disappear.",
    .family = Family::kGeneral,
    .severity = Severity::kHigh,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"prev_state"}, {"current_state"}, {"schema", kOptional}, {"event", kOptional}},
    .fixes = {"state_validation", "checkpoint_recovery", "schema_enforcement", "input_sanitization"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::corruption
