// expect: of type .const agentmend::heal::ApplyGrant&. from expression of type .(const )?agentmend::heal::Outcome
// .*Outcome The word apply is no permission.
#include "heal/gate.h"
#include "heal/record.h"

namespace agentmend {

void attempt(std::string_view text, const heal::GateDecision& decision) {
#ifdef MUST_NOT_COMPILE
  static_cast<void>(heal::begin_apply(decision.outcome, text, heal::Happening::kGateApplies, 0));
#else
  if (decision.grant) static_cast<void>(heal::begin_apply(*decision.grant, text, heal::Happening::kGateApplies, 0));
#endif
}

}  // namespace agentmend
