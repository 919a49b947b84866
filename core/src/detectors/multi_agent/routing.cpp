// Detector: routing. A request goes to a handler whose declared skill does not fit it.
#include "detectors/detector.h"

namespace agentmend::detectors::routing {
namespace {

constexpr Descriptor kDescriptor{
    .name = "routing",
    .title = "Misrouting",
    .failure = "A request goes to a handler whose declared skill does not fit it.",
    .family = Family::kMultiAgent,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"input_text"}, {"handler_name"}, {"handler_description"}, {"candidates", kOptional}},
    .fixes = {"route_fallback", "prompt_modification"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::routing
