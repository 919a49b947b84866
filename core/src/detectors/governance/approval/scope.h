// Whether what a person asked for and what is done are about the same thing: the same file, order, amount, place.
#pragma once

#include <string_view>

namespace agentmend::detectors::approval {

// True when `said` names a thing of a kind (an order, a file of one type, an amount, an environment, a level of rights)
// and `arguments` name another one of the same kind; or when `said` names one thing and `arguments` take all.
// False when they cannot be compared. Looks at the first 600 bytes of each; at most 24 names of each are kept.
// An amount that differs decides by itself, where it counts: a request names one, an offer lists many.
enum class Money : bool { kIgnored, kCounts };
[[nodiscard]] bool names_other_target(std::string_view said, std::string_view arguments, Money money);

// True when both name the same thing of a kind: what makes a general wish a request for this action.
[[nodiscard]] bool names_same_target(std::string_view said, std::string_view arguments);

}  // namespace agentmend::detectors::approval
