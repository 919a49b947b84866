// Detector: citation. A citation points to a source that does not exist or does not say what is claimed.
#include "detectors/detector.h"

namespace agentmend::detectors::citation {
namespace {

constexpr Descriptor kDescriptor{
    .name = "citation",
    .title = "Wrong citation",
    .failure = "A citation points to a source that does not exist or does not say what is claimed.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"output"}, {"sources"}},
    .fixes = {"citation_check", "source_grounding", "fact_checking"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::citation
