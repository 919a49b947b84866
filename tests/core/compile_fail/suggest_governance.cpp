// expect: of type .const agentmend::HealableFinding&. from expression of type .(const )?agentmend::GovernanceFinding
// No suggestion is made for a governance finding.
#include "fix/suggestion.h"

namespace agentmend {

void attempt(const HealableFinding& healable, const GovernanceFinding& governance, const fix::TargetView& target) {
#ifdef MUST_NOT_COMPILE
  static_cast<void>(fix::suggest(governance, target)), static_cast<void>(healable);
#else
  static_cast<void>(fix::suggest(healable, target)), static_cast<void>(governance);
#endif
}

}  // namespace agentmend
