// expect: .agentmend::HealableFinding::HealableFinding.agentmend::FindingData.. is private
// Only classify() makes findings, from the registry.
#include "fix/finding.h"

namespace agentmend {

void attempt(const Detection& detection) {
#ifdef MUST_NOT_COMPILE
  const HealableFinding finding(FindingData{&detection, "x"});
  static_cast<void>(finding);
#else
  const Finding finding = classify({&detection, "x"});
  static_cast<void>(finding);
#endif
}

}  // namespace agentmend
