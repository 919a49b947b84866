// A governance finding has no suggestions: there is no setting for "the agent cheated".
#include "fix/suggestion.h"

namespace agentmend {

#ifdef MUST_NOT_COMPILE
using Given = GovernanceFinding;
#else
using Given = HealableFinding;
#endif

fix::Suggestions attempt(const Given& finding, const fix::TargetView& target) { return fix::suggest(finding, target); }

}  // namespace agentmend
