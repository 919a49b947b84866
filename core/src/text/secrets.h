// Hides what looks like a secret before a text leaves as evidence.
#pragma once

#include <string>
#include <string_view>

namespace agentmend::text {

// Keys (known prefixes, or 20+ characters of high entropy), private-key headers, passwords in assignments, card numbers
// (Luhn) and e-mail addresses become "[masked]"; everything else stays as it is.
[[nodiscard]] std::string mask_secrets(std::string_view text);

}  // namespace agentmend::text
