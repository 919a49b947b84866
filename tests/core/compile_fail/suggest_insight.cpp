// expect: of type .const agentmend::HealableFinding&. from expression of type .(const )?agentmend::InsightFinding
// No suggestion is made for a deferred detector.
#include "fix/suggestion.h"

namespace agentmend {

void attempt(const HealableFinding& healable, const InsightFinding& insight, const fix::TargetView& target) {
#ifdef MUST_NOT_COMPILE
  static_cast<void>(fix::suggest(insight, target)), static_cast<void>(healable);
#else
  static_cast<void>(fix::suggest(healable, target)), static_cast<void>(insight);
#endif
}

}  // namespace agentmend
