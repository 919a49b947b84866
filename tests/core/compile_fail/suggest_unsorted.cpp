// expect: of type .const agentmend::HealableFinding&. from expression of type .(const )?agentmend::Finding
// A finding that was not told apart first cannot be healed.
#include "fix/suggestion.h"

namespace agentmend {

void attempt(const HealableFinding& healable, const Finding& finding, const fix::TargetView& target) {
#ifdef MUST_NOT_COMPILE
  static_cast<void>(fix::suggest(finding, target)), static_cast<void>(healable);
#else
  static_cast<void>(fix::suggest(healable, target)), static_cast<void>(finding);
#endif
}

}  // namespace agentmend
