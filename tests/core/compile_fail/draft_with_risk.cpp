// expect: .struct agentmend::fix::Draft. has no member named .risk
// A generator cannot state a risk.
#include "fix/draft.h"

namespace agentmend {

void attempt(fix::Draft& draft, const FixType& type) {
#ifdef MUST_NOT_COMPILE
  draft.type = &type, draft.risk = Risk::kSafe;
#else
  draft.type = &type;
#endif
}

}  // namespace agentmend
