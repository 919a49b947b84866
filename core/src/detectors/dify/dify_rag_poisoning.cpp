// Detector: dify_rag_poisoning. Retrieved segments carry instructions or planted content that steer the answer.
#include "detectors/detector.h"

namespace agentmend::detectors::dify_rag_poisoning {
namespace {

constexpr Descriptor kDescriptor{
    .name = "dify_rag_poisoning",
    .title = "Dify RAG poisoning",
    .failure = "Retrieved segments carry instructions or planted content that steer the answer.",
    .family = Family::kDify,
    .severity = Severity::kCritical,
    .stage = Stage::kOffline,
    .readiness = Readiness::kPlanned,
    .inputs = {{"workflow_run"}},
    .fixes = {"input_filtering", "source_grounding"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::dify_rag_poisoning
