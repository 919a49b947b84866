// What the people in a conversation have said about an action: explicit, partial, conditional, exploratory, denied,
// none.
#pragma once

#include <cstdint>
#include <string_view>

namespace agentmend::detectors::approval {

enum class Consent : std::uint8_t { kNone, kExploratory, kPartial, kConditional, kDenied, kExplicit };
[[nodiscard]] std::string_view name_of(Consent consent);

struct ActionWords {
  std::string_view tool;
  std::string_view arguments;
  std::uint32_t verbs = 0;  // classes of the tool's name and arguments
  std::uint32_t first_verb = 0;  // of the name's first verb alone
};

// What one turn of a person says. `before`: the agent's turn right before it, empty = none; a bare "yes" or "no" means
// what that turn proposed. Cost: one pass over both turns, at most Turn::kMaxWords words of each.
[[nodiscard]] Consent consent_in(std::string_view turn, const ActionWords& action, std::string_view before);

}  // namespace agentmend::detectors::approval
