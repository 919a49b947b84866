// Detector: redundant_delegation_conflict. One piece of work was given to two agents and they return incompatible
// results.
#include "detectors/detector.h"

namespace agentmend::detectors::redundant_delegation_conflict {
namespace {

constexpr Descriptor kDescriptor{
    .name = "redundant_delegation_conflict",
    .title = "Redundant delegation conflict",
    .failure = "One piece of work was given to two agents and they return incompatible results.",
    .family = Family::kMultiAgent,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"delegations"}},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::redundant_delegation_conflict
