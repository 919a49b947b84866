// What the cue rules share: the text, the cues found so far, and looks into the words near by.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "detectors/general/injection/cues.h"

namespace agentmend::detectors::injection {

// An object stands close to its verb; farther words belong to the next clause.
constexpr std::size_t kWindow = 9;

struct Scene {
  const Reading& r;
  bool data;  // text of a tool or a document
  std::vector<Cue> cues;

  void add(Category category, double strength, std::size_t first, std::size_t last) {
    if (strength <= 0 || r.tokens.empty()) return;
    last = std::min(last, r.tokens.size() - 1);
    cues.push_back({category, strength, static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(last),
                    r.tokens[first].quoted});
  }
  // One past the last word of the sentence that is at most `words` after `i`.
  [[nodiscard]] std::size_t window(std::size_t i, std::size_t words = kWindow) const {
    return std::min<std::size_t>(i + 1 + words, sentence(i).last);
  }
  [[nodiscard]] const Sentence& sentence(std::size_t i) const { return r.sentences[r.tokens[i].sentence]; }
  // The bounds of the sentence, at most kReach words away: a text without full stops is one sentence.
  static constexpr std::size_t kReach = 60;
  [[nodiscard]] std::size_t near_first(std::size_t i) const {
    return std::max<std::size_t>(sentence(i).first, i - std::min(i, kReach));
  }
  [[nodiscard]] std::size_t near_last(std::size_t i) const {
    return std::min<std::size_t>(sentence(i).last, i + kReach);
  }
  [[nodiscard]] std::size_t find(std::size_t from, std::size_t to, Parts any) const {
    for (std::size_t i = from; i < to; ++i) {
      if (r.tokens[i].is(any)) return i;
    }
    return to;
  }
  [[nodiscard]] bool has(std::size_t from, std::size_t to, Parts any) const { return find(from, to, any) < to; }
};

// Override, identity, freedom from rules: what the model is told to be.
void find_speech(Scene& scene);
// Extraction, guards, tools, sending, orders for later: what the model is told to do.
void find_acts(Scene& scene);
// Its own prompt, freedom from rules, the speaker's authority: what nobody says but to a model.
void find_talk(Scene& scene);
// In data: the reader, the moment of reading, the user behind it.
void find_to_agent(Scene& scene);

// A mask of the first letters of a list: most words of a text begin with another.
constexpr std::uint32_t first_letters(std::string_view list) {
  std::uint32_t mask = 0;
  for (std::size_t i = 0; i + 1 < list.size(); ++i) {
    if (list[i] == ' ') mask |= 1u << (static_cast<unsigned>(list[i + 1] - 'a') & 31u);
  }
  return mask;
}
constexpr bool may_be(std::string_view word, std::uint32_t mask) {
  return !word.empty() && ((mask >> (static_cast<unsigned>(word[0] - 'a') & 31u)) & 1u) != 0;
}

// `list`: words, a space before and after each.
[[nodiscard]] bool any_of(std::string_view word, std::string_view list);

}  // namespace agentmend::detectors::injection
