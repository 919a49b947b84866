// expect: no matching function for call to .agentmend::heal::ApplyGrant::ApplyGrant..
// There is no empty permission.
#include "heal/grant.h"

namespace agentmend {

void attempt(const heal::ApplyGrant& given) {
#ifdef MUST_NOT_COMPILE
  const heal::ApplyGrant grant;
  static_cast<void>(grant), static_cast<void>(given);
#else
  const heal::ApplyGrant grant = given;
  static_cast<void>(grant);
#endif
}

}  // namespace agentmend
