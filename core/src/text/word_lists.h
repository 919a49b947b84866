// Lists of small words: what carries no meaning of its own, per language. Inner part of words.h.
#pragma once

#include <cstddef>
#include <string_view>

#include "text/words.h"

namespace agentmend::text {

constexpr std::size_t kLanguages = 6;
[[nodiscard]] Language language_at(std::size_t i);  // kEnglish first

// A word (lower case, no accents) that sentences of this language are full of; false for languages without a list.
[[nodiscard]] bool is_function_word(std::string_view word, Language language);

}  // namespace agentmend::text
