// Detector: specification. The task specification says something else than the user meant: scope, action, constraint
// or number changed or lost.
#include "detectors/detector.h"

namespace agentmend::detectors::specification {
namespace {

constexpr Descriptor kDescriptor{
    .name = "specification",
    .title = "Specification mismatch",
    .failure =
        "The task specification says something else than the user meant: scope, action, constraint or number changed "
        "or lost.",
    .family = Family::kGeneral,
    .severity = Severity::kHigh,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"user_intent"}, {"task_specification"}},
    .fixes = {"spec_validation", "schema_enforcement", "output_constraint"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::specification
