// expect: of type .const agentmend::heal::ApplyGrant&. from expression of type .std::string_view
// Entering applying takes a permission.
#include "heal/record.h"

namespace agentmend {

void attempt(std::string_view record, const heal::ApplyGrant& grant) {
#ifdef MUST_NOT_COMPILE
  static_cast<void>(grant), static_cast<void>(heal::begin_apply(record, heal::Happening::kGateApplies, 0));
#else
  static_cast<void>(heal::begin_apply(grant, record, heal::Happening::kGateApplies, 0));
#endif
}

}  // namespace agentmend
