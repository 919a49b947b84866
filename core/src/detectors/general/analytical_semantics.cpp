// Detector: analytical_semantics. A generated query answers another question than the user asked: measure, filter,
// grain or time range differ.
#include "detectors/detector.h"

namespace agentmend::detectors::analytical_semantics {
namespace {

constexpr Descriptor kDescriptor{
    .name = "analytical_semantics",
    .title = "Analytical semantics",
    .failure =
        "A generated query answers another question than the user asked: measure, filter, grain or time range differ.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"user_question"}, {"query"}, {"schema", kOptional}},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::analytical_semantics
