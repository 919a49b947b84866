// Detector: convergence. An iterative run no longer improves its metric, falls back, swings, or moves the wrong way.
#include "detectors/detector.h"

namespace agentmend::detectors::convergence {
namespace {

constexpr Descriptor kDescriptor{
    .name = "convergence",
    .title = "Convergence failure",
    .failure = "An iterative run no longer improves its metric, falls back, swings, or moves the wrong way.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"metrics"}, {"direction", kOptional}, {"target", kOptional}},
    .fixes = {"emergency_stop", "checkpoint_recovery", "progress_monitoring", "strategy_switch", "regression_guard",
              "direction_lock", "exploration_temperature"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::convergence
