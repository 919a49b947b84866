// Detector: hallucination. The output states facts that the sources do not support or that they contradict.
#include "detectors/detector.h"

namespace agentmend::detectors::hallucination {
namespace {

constexpr Descriptor kDescriptor{
    .name = "hallucination",
    .title = "Hallucination",
    .failure = "The output states facts that the sources do not support or that they contradict.",
    .family = Family::kGeneral,
    .severity = Severity::kHigh,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"output"}, {"sources"}},
    .fixes = {"source_grounding", "fact_checking", "confidence_calibration"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::hallucination
