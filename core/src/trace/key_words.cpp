#include "trace/key_words.h"

namespace agentmend {

bool is_one_of(std::string_view text, std::string_view words) {
  std::size_t same = 0;  // bytes of the current word that fit so far
  bool fits = true;
  for (std::size_t i = 0; i <= words.size(); ++i) {
    if (i == words.size() || words[i] == '|') {
      if (fits && same == text.size()) return true;
      same = 0;
      fits = true;
    } else if (fits) {
      fits = same < text.size() && lower(text[same]) == words[i];
      ++same;
    }
  }
  return false;
}

bool any_word(std::string_view name, VisitWord visit, void* context) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= name.size(); ++i) {
    const bool inside = i < name.size() && (is_letter(name[i]) || is_digit(name[i]));
    const bool turn = inside && i > begin &&
                      ((name[i] >= 'A' && name[i] <= 'Z' && name[i - 1] >= 'a' && name[i - 1] <= 'z') ||
                       is_digit(name[i]) != is_digit(name[i - 1]));
    if (inside && !turn) continue;
    if (i > begin && visit(context, name.substr(begin, i - begin))) return true;
    begin = inside ? i : i + 1;
  }
  return false;
}

bool has_word(std::string_view name, std::string_view words) {
  return any_word(
      name, [](void* list, std::string_view word) { return is_one_of(word, *static_cast<std::string_view*>(list)); },
      &words);
}

std::size_t find_word(std::string_view text, std::string_view word, std::size_t within) {
  for (std::size_t i = 0; i + word.size() <= text.size() && i <= within; ++i) {
    if (i > 0 && is_letter(text[i - 1])) continue;
    std::size_t same = 0;
    while (same < word.size() && lower(text[i + same]) == word[same]) ++same;
    if (same == word.size()) return i;
  }
  return std::string_view::npos;
}

}  // namespace agentmend
