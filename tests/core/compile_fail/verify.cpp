// A governance finding cannot be verified away.
#include "heal/verify/verify.h"

namespace agentmend {

#ifdef MUST_NOT_COMPILE
using Given = GovernanceFinding;
#else
using Given = HealableFinding;
#endif

heal::Verification attempt(const Given& finding, const FixType& fix) {
  return heal::verify(finding, fix, json::View(), json::View(), 0.3);
}

}  // namespace agentmend
