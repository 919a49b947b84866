// Detector: memory_staleness. An answer for the present leans on remembered or retrieved facts that have aged past
// their useful life.
#include "detectors/detector.h"

namespace agentmend::detectors::memory_staleness {
namespace {

constexpr Descriptor kDescriptor{
    .name = "memory_staleness",
    .title = "Stale memory",
    .failure =
        "An answer for the present leans on remembered or retrieved facts that have aged past their useful life.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"retrieved_content"}, {"task_context"}, {"task_date"}},
    .fixes = {"cache_ttl", "checkpoint_recovery", "prompt_reinforcement"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::memory_staleness
