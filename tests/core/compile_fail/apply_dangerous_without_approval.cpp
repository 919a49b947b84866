// expect: of type .const agentmend::heal::ApplyGrant&. from expression of type .(const )?agentmend::Result<agentmend
// Whether a record's approval holds has to be looked at: the answer alone is no permission.
#include "heal/record.h"

namespace agentmend {

void attempt(std::string_view text, json::View record) {
#ifdef MUST_NOT_COMPILE
  static_cast<void>(heal::begin_apply(heal::grant_by_approval(record), text, heal::Happening::kConsume, 0));
#else
  if (const auto grant = heal::grant_by_approval(record))
    static_cast<void>(heal::begin_apply(*grant, text, heal::Happening::kConsume, 0));
#endif
}

}  // namespace agentmend
