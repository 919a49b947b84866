// Detector: grounding. Claims in an answer over documents go beyond, distort or misattribute the documents.
#include "detectors/detector.h"

namespace agentmend::detectors::grounding {
namespace {

constexpr Descriptor kDescriptor{
    .name = "grounding",
    .title = "Ungrounded answer",
    .failure = "Claims in an answer over documents go beyond, distort or misattribute the documents.",
    .family = Family::kGeneral,
    .severity = Severity::kHigh,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"agent_output"}, {"source_documents"}},
    .fixes = {"source_grounding", "fact_checking"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::grounding
