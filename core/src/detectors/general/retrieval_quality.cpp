// Detector: retrieval_quality. Retrieved documents do not match the query: wrong topic, outdated version, missing
// part, or good ones ranked too low.
#include "detectors/detector.h"

namespace agentmend::detectors::retrieval_quality {
namespace {

constexpr Descriptor kDescriptor{
    .name = "retrieval_quality",
    .title = "Poor retrieval",
    .failure =
        "Retrieved documents do not match the query: wrong topic, outdated version, missing part, or good ones ranked "
        "too low.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"query"}, {"retrieved_documents"}, {"agent_output"}},
    .fixes = {"reranker", "source_grounding"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::retrieval_quality
