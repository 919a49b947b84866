// Detector: chunk_attribution. The answer rests on other chunks than those it is attributed to, or on none.
#include "detectors/detector.h"

namespace agentmend::detectors::chunk_attribution {
namespace {

constexpr Descriptor kDescriptor{
    .name = "chunk_attribution",
    .title = "Chunk attribution",
    .failure = "The answer rests on other chunks than those it is attributed to, or on none.",
    .family = Family::kGeneral,
    .severity = Severity::kLow,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"answer"}, {"chunks"}, {"attributed", kOptional}},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::chunk_attribution
