// The gate has no row that takes a fix for a governance finding.
#include "heal/gate.h"

namespace agentmend {

#ifdef MUST_NOT_COMPILE
using Given = GovernanceFinding;
#else
using Given = HealableFinding;
#endif

heal::GateDecision attempt(const Given& finding, const FixType& fix, const heal::Policy& policy) {
  return heal::decide(finding, fix, policy, heal::GateRequest{});
}

}  // namespace agentmend
