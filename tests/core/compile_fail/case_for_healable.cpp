// expect: of type .const agentmend::GovernanceFinding&. from expression of type .(const )?agentmend::HealableFinding
// A finding that can be healed opens no governance case.
#include "heal/governance.h"

namespace agentmend {

void attempt(const HealableFinding& healable, const GovernanceFinding& governance) {
#ifdef MUST_NOT_COMPILE
  static_cast<void>(heal::open_case(healable, {})), static_cast<void>(governance);
#else
  static_cast<void>(heal::open_case(governance, {})), static_cast<void>(healable);
#endif
}

}  // namespace agentmend
