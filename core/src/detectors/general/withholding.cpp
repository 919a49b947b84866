// Detector: withholding. The agent knows of errors, risks or findings that the recipient needs and leaves them out.
#include "detectors/detector.h"

namespace agentmend::detectors::withholding {
namespace {

constexpr Descriptor kDescriptor{
    .name = "withholding",
    .title = "Information withheld",
    .failure = "The agent knows of errors, risks or findings that the recipient needs and leaves them out.",
    .family = Family::kGeneral,
    .severity = Severity::kHigh,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kPlanned,
    .inputs = {{"agent_output"}, {"internal_state"}, {"workflow_run", kOptional}},
    .fixes = {"transparency_enforcer", "information_completeness", "completeness_check"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::withholding
