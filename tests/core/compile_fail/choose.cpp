// Choosing and planning a fix takes a healable finding.
#include "engine/open_record.h"

namespace agentmend {

#ifdef MUST_NOT_COMPILE
using Given = GovernanceFinding;
#else
using Given = HealableFinding;
#endif

engine::Chosen attempt(const Given& finding, const fix::Suggestions& suggestions, const heal::Policy& policy,
                       const engine::FindingSource& source, const engine::Target& target,
                       const engine::Request& request) {
  return engine::choose(finding, suggestions, policy, source, target, request);
}

}  // namespace agentmend
