// expect: of type .const agentmend::HealableFinding&. from expression of type .(const )?agentmend::GovernanceFinding
// A governance finding cannot be verified away.
#include "heal/verify/verify.h"

namespace agentmend {

void attempt(const HealableFinding& healable, const GovernanceFinding& governance, const FixType& fix) {
#ifdef MUST_NOT_COMPILE
  static_cast<void>(heal::verify(governance, fix, {}, {}, 0.3)), static_cast<void>(healable);
#else
  static_cast<void>(heal::verify(healable, fix, {}, {}, 0.3)), static_cast<void>(governance);
#endif
}

}  // namespace agentmend
