// Detector: context. The output leaves out, or contradicts, information in the supplied context that the task depends
// on.
#include "detectors/detector.h"

namespace agentmend::detectors::context {
namespace {

constexpr Descriptor kDescriptor{
    .name = "context",
    .title = "Context neglect",
    .failure = "The output leaves out, or contradicts, information in the supplied context that the task depends on.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"context"}, {"output"}, {"task", kOptional}},
    .fixes = {"checkpoint_recovery", "state_validation", "prompt_reinforcement"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::context
