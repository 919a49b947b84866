// Small text helpers of the action index: no allocation, ASCII only.
#pragma once

#include <cstddef>
#include <string_view>

namespace agentmend {

[[nodiscard]] constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
[[nodiscard]] constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

[[nodiscard]] constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// One of `words` (lower case, separated by |), whatever the case. O(bytes of the list).
[[nodiscard]] bool is_one_of(std::string_view text, std::string_view words);

// Words of a name: "last_toolCall2" gives last, tool, Call, 2. Stops when `visit` returns true, and says so.
using VisitWord = bool (*)(void* context, std::string_view word);
bool any_word(std::string_view name, VisitWord visit, void* context = nullptr);

// One of the words of a name is one of `words`.
[[nodiscard]] bool has_word(std::string_view name, std::string_view words);

// Position of `word` (lower case) in `text`, whatever the case, at most `within` bytes in; npos = absent. O(within).
[[nodiscard]] std::size_t find_word(std::string_view text, std::string_view word, std::size_t within);

}  // namespace agentmend
