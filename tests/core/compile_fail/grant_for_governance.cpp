// expect: no matching function .* .agentmend::heal::ApplyGrant::ApplyGrant.const agentmend::GovernanceFinding&
// A governance finding is no permission.
#include "heal/grant.h"

namespace agentmend {

void attempt(const GovernanceFinding& governance, const heal::ApplyGrant& given) {
#ifdef MUST_NOT_COMPILE
  const heal::ApplyGrant grant(governance);
  static_cast<void>(grant), static_cast<void>(given);
#else
  const heal::ApplyGrant grant = given;
  static_cast<void>(grant), static_cast<void>(governance);
#endif
}

}  // namespace agentmend
