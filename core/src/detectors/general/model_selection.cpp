// Detector: model_selection. The model tier does not fit the task: a premium model for a trivial call or a small one
// for long, tool-heavy work.
#include "detectors/detector.h"

namespace agentmend::detectors::model_selection {
namespace {

constexpr Descriptor kDescriptor{
    .name = "model_selection",
    .title = "Unfit model",
    .failure =
        "The model tier does not fit the task: a premium model for a trivial call or a small one for long, tool-heavy "
        "work.",
    .family = Family::kGeneral,
    .severity = Severity::kLow,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"model_name"}, {"input_tokens"}, {"tool_count"}, {"conversation_turns"}},
    .fixes = {"model_routing"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::model_selection
