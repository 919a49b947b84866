// And the other way round: a case is opened for a governance finding only.
#include "heal/governance.h"

namespace agentmend {

#ifdef MUST_NOT_COMPILE
using Given = HealableFinding;
#else
using Given = GovernanceFinding;
#endif

heal::OpenedCase attempt(const Given& finding, const heal::CaseContext& context) {
  return heal::open_case(finding, context);
}

}  // namespace agentmend
