// expect: .agentmend::heal::ApplyGrant::ApplyGrant.const agentmend::FixType&.. is private
// Only the gate and a person's decision permit to apply.
#include "heal/grant.h"

namespace agentmend {

void attempt(const FixType& fix, const heal::ApplyGrant& given) {
#ifdef MUST_NOT_COMPILE
  const heal::ApplyGrant grant(fix);
  static_cast<void>(grant), static_cast<void>(given);
#else
  const heal::ApplyGrant grant = given;
  static_cast<void>(grant), static_cast<void>(fix);
#endif
}

}  // namespace agentmend
