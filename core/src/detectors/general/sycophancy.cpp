// Detector: sycophancy. The agent gives up a right statement because the user pushes, without new argument.
#include "detectors/detector.h"

namespace agentmend::detectors::sycophancy {
namespace {

constexpr Descriptor kDescriptor{
    .name = "sycophancy",
    .title = "Sycophancy",
    .failure = "The agent gives up a right statement because the user pushes, without new argument.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"turns"}, {"ground_truth", kOptional}},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::sycophancy
