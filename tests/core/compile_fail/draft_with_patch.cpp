// expect: .struct agentmend::fix::Draft. has no member named .patch
// A generator cannot bring its own patch.
#include "fix/draft.h"

namespace agentmend {

void attempt(fix::Draft& draft, const FixType& type) {
#ifdef MUST_NOT_COMPILE
  draft.type = &type, draft.patch = "[]";
#else
  draft.type = &type;
#endif
}

}  // namespace agentmend
