// A turn of a conversation as words and sentences, for the small grammar of consent. Fixed size, no allocation.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace agentmend::detectors::approval {

struct Token {
  char text[24];  // lower case; longer words are cut
  std::uint8_t length;
  bool ends_sentence;
  bool question;  // the sentence that it ends is one
  bool pause_after;  // comma, colon, dash: a clause may end here
  std::uint32_t begin, end;  // in the turn
  [[nodiscard]] std::string_view view() const { return {text, length}; }
};

struct Turn {
  static constexpr std::size_t kMaxWords = 400;  // of one turn; what is beyond is not looked at
  Token tokens[kMaxWords];
  std::size_t count = 0;
  std::string_view text;
};

// Reads `text` into `turn`. Apostrophes vanish: don't -> dont.
void read_turn(std::string_view text, Turn& turn);

struct Sentence {
  const Token* tokens = nullptr;
  std::size_t count = 0;
  bool question = false;
  std::string_view text;

  [[nodiscard]] std::string_view word(std::size_t i) const { return i < count ? tokens[i].view() : std::string_view(); }
  [[nodiscard]] bool pause_after(std::size_t i) const {
    return i + 1 >= count || tokens[i].pause_after || tokens[i].ends_sentence;
  }
  [[nodiscard]] bool has(std::string_view wanted) const {
    for (std::size_t i = 0; i < count; ++i) {
      if (tokens[i].view() == wanted) return true;
    }
    return false;
  }
  [[nodiscard]] bool has_pair(std::string_view a, std::string_view b) const {
    for (std::size_t i = 0; i + 1 < count; ++i) {
      if (tokens[i].view() == a && tokens[i + 1].view() == b) return true;
    }
    return false;
  }
};

// Calls visit(Sentence) for each sentence, in order.
template <typename F>
void for_each_sentence(const Turn& turn, F&& visit) {
  std::size_t start = 0;
  for (std::size_t i = 0; i < turn.count; ++i) {
    if (!turn.tokens[i].ends_sentence && i + 1 != turn.count) continue;
    const std::size_t begin = turn.tokens[start].begin;
    visit(Sentence{turn.tokens + start, i + 1 - start, turn.tokens[i].question,
                   turn.text.substr(begin, turn.tokens[i].end - begin)});
    start = i + 1;
  }
}

template <std::size_t N>
[[nodiscard]] bool is_one_of(std::string_view word, const std::string_view (&list)[N]) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

}  // namespace agentmend::detectors::approval
