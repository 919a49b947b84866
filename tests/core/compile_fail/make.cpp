// Only classify() makes a finding, from the registry row.
#include "fix/finding.h"

namespace agentmend {

#ifdef MUST_NOT_COMPILE
HealableFinding attempt(const Detection& detection) { return HealableFinding(FindingData{&detection, "d1"}); }
#else
Finding attempt(const Detection& detection) { return classify(FindingData{&detection, "d1"}); }
#endif

}  // namespace agentmend
