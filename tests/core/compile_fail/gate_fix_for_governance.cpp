// expect: no matching function for call to .decide.const agentmend::GovernanceFinding&, const agentmend::Fix
// The gate takes no fix for a governance finding.
#include "heal/gate.h"

namespace agentmend {

void attempt(const GovernanceFinding& governance, const FixType& fix, const heal::Policy& policy) {
#ifdef MUST_NOT_COMPILE
  static_cast<void>(heal::decide(governance, fix, policy, {}));
#else
  static_cast<void>(heal::decide(governance, policy, {})), static_cast<void>(fix);
#endif
}

}  // namespace agentmend
