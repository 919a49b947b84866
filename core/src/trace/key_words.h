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

// One of the words, whatever the case.
template <typename... Words>
[[nodiscard]] constexpr bool is_one_of(std::string_view text, Words... words) {
  const auto same = [text](std::string_view word) {
    if (text.size() != word.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i) {
      if (lower(text[i]) != word[i]) return false;
    }
    return true;
  };
  return (same(words) || ...);
}

// Words of a name: "last_toolCall2" gives last, tool, Call, 2. Stops when `visit` returns true, and says so.
template <typename F>
constexpr bool any_word(std::string_view name, F&& visit) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= name.size(); ++i) {
    const bool inside = i < name.size() && (is_letter(name[i]) || is_digit(name[i]));
    const bool turn = inside && i > begin &&
                      ((name[i] >= 'A' && name[i] <= 'Z' && name[i - 1] >= 'a' && name[i - 1] <= 'z') ||
                       is_digit(name[i]) != is_digit(name[i - 1]));
    if (inside && !turn) continue;
    if (i > begin && visit(name.substr(begin, i - begin))) return true;
    begin = inside ? i : i + 1;
  }
  return false;
}
template <typename... Words>
[[nodiscard]] constexpr bool has_word(std::string_view name, Words... words) {
  return any_word(name, [&](std::string_view word) { return is_one_of(word, words...); });
}

// Position of `word` (lower case) in `text`, whatever the case, at most `within` bytes in; npos = absent. O(within).
[[nodiscard]] constexpr std::size_t find_word(std::string_view text, std::string_view word, std::size_t within) {
  for (std::size_t i = 0; i + word.size() <= text.size() && i <= within; ++i) {
    if (i > 0 && is_letter(text[i - 1])) continue;
    std::size_t same = 0;
    while (same < word.size() && lower(text[i + same]) == word[same]) ++same;
    if (same == word.size()) return i;
  }
  return std::string_view::npos;
}

}  // namespace agentmend
