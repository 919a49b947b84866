// Short phrases with meanings as bits: a table made by the compiler, one interpreter for all of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "text/words.h"

namespace agentmend::text {

// Phrases are lower case, separated by |, words by one space; a word that ends in * stands for all that begin so.
struct CueRow {
  std::uint32_t bits;
  std::string_view phrases;
};
// A phrase of a row, in four bytes: tables are large.
struct Cue {
  std::uint16_t at = 0;
  std::uint8_t length = 0;
  std::uint8_t row = 0;
};

// What the functions below need of a CueTable: the phrases, grouped by their first byte.
struct CueView {
  const CueRow* rows = nullptr;
  const Cue* cues = nullptr;
  const std::uint16_t* begin = nullptr;  // of the phrases with first letter a … z, of the others, and the end
};

//   constexpr CueRow kRows[] = {{kFails, "cannot|can not|fail*"}};
//   constexpr CueTable<kRows> kCues;
//   cues_at(kCues, words, i) == kFails when "failed" stands at i
template <const auto& kRows>
class CueTable {
 public:
  constexpr CueTable() {
    std::size_t at = 0;
    for (std::size_t group = 0; group < 27; ++group) {
      begin_[group] = static_cast<std::uint16_t>(at);
      std::uint8_t row = 0;
      for (const CueRow& each : kRows) {
        visit(each.phrases, [&](std::size_t begin, std::size_t length) {
          if (group_of(each.phrases[begin]) != group) return;
          cues_[at++] = {static_cast<std::uint16_t>(begin), static_cast<std::uint8_t>(length), row};
        });
        ++row;
      }
    }
    begin_[27] = static_cast<std::uint16_t>(at);
  }
  constexpr operator CueView() const { return {kRows, cues_.data(), begin_.data()}; }  // NOLINT: a view of itself

 private:
  template <typename F>
  static constexpr void visit(std::string_view phrases, F&& each) {
    for (std::size_t begin = 0; begin < phrases.size();) {
      std::size_t end = begin;
      while (end < phrases.size() && phrases[end] != '|') ++end;
      if (end > begin) each(begin, end - begin);
      begin = end + 1;
    }
  }
  static constexpr std::size_t count() {
    std::size_t out = 0;
    for (const CueRow& row : kRows) visit(row.phrases, [&](std::size_t, std::size_t) { ++out; });
    return out;
  }
  static constexpr std::size_t group_of(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<std::size_t>(c - 'a') : 26;
  }

  std::array<Cue, count()> cues_{};
  std::array<std::uint16_t, 28> begin_{};
};

// The meanings of the phrases that begin at word `i`. `longest`, when asked for, is the number of words of the longest.
[[nodiscard]] std::uint32_t cues_at(CueView table, const Words& words, std::size_t i, std::size_t* longest = nullptr);

// Of all words [first, last). O(words × phrases with the same first letter).
[[nodiscard]] std::uint32_t cues_in(CueView table, const Words& words, std::size_t first, std::size_t last);

}  // namespace agentmend::text
