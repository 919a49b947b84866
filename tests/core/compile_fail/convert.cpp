// There is no way from one kind of finding to another.
#include "fix/finding.h"

namespace agentmend {

#ifdef MUST_NOT_COMPILE
using Given = GovernanceFinding;
#else
using Given = HealableFinding;
#endif

HealableFinding attempt(const Given& finding) { return HealableFinding(finding); }

}  // namespace agentmend
