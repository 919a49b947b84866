// Classes of ASCII bytes. Not <cctype>: that depends on the locale and takes no negative char.
#pragma once

namespace agentmend::text {

[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace agentmend::text
