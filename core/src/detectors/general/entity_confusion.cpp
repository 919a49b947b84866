// Detector: entity_confusion. An attribute, act or number of one entity is given to another.
#include "detectors/detector.h"

namespace agentmend::detectors::entity_confusion {
namespace {

constexpr Descriptor kDescriptor{
    .name = "entity_confusion",
    .title = "Entities confused",
    .failure = "An attribute, act or number of one entity is given to another.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"context"}, {"output"}},
    .fixes = {"entity_scoping", "source_grounding"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::entity_confusion
