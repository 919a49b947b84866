// Words with meanings as bits, one look-up a word: a hash table made by the compiler from rows of words. Smaller and
// faster than a list for each meaning.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace agentmend::text {

struct WordRow {
  std::uint32_t bits;
  std::string_view words;  // lower case, one space between; a word may stand in several rows
};

//   constexpr WordRow kRows[] = {{kYes, "yes ok"}, {kNo, "no never"}};
//   constexpr WordTable<kRows> kWords;
//   kWords["ok"] == kYes
template <const auto& kRows>
class WordTable {
 public:
  constexpr WordTable() {
    std::size_t at = 0;
    std::size_t entry = 0;
    for (const WordRow& row : kRows) {
      visit(row.words, [&](std::string_view word) {
        std::size_t slot = slot_of(word);
        while (slots_[slot] != 0 && view(entries_[slots_[slot] - 1u]) != word) slot = (slot + 1) % kSlots;
        if (slots_[slot] == 0) {
          for (std::size_t i = 0; i < word.size(); ++i) letters_[at + i] = word[i];
          entries_[entry] = {static_cast<std::uint16_t>(at), static_cast<std::uint16_t>(word.size()), 0};
          at += word.size();
          slots_[slot] = static_cast<std::uint16_t>(++entry);
        }
        entries_[slots_[slot] - 1u].bits |= row.bits;
      });
    }
  }

  // The bits of a lower-case word; 0 when it is not listed. O(length).
  [[nodiscard]] constexpr std::uint32_t operator[](std::string_view word) const {
    if (word.size() > kLongest) return 0;
    for (std::size_t slot = slot_of(word); slots_[slot] != 0; slot = (slot + 1) % kSlots) {
      const Entry& entry = entries_[slots_[slot] - 1u];
      if (entry.length == word.size() && view(entry) == word) return entry.bits;
    }
    return 0;
  }

 private:
  struct Entry {
    std::uint16_t at = 0, length = 0;
    std::uint32_t bits = 0;
  };

  template <typename F>
  static constexpr void visit(std::string_view words, F&& each) {
    for (std::size_t begin = 0; begin < words.size();) {
      std::size_t end = begin;
      while (end < words.size() && words[end] != ' ') ++end;
      if (end > begin) each(words.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  static constexpr std::size_t count(bool letters, bool longest) {
    std::size_t out = 0;
    for (const WordRow& row : kRows) {
      visit(row.words, [&](std::string_view word) {
        if (longest) {
          out = word.size() > out ? word.size() : out;
        } else {
          out += letters ? word.size() : 1;
        }
      });
    }
    return out;
  }
  static constexpr std::size_t kCount = count(false, false);
  static constexpr std::size_t kLongest = count(false, true);
  static constexpr std::size_t kSlots = [] {
    std::size_t slots = 4;
    while (slots < 2 * kCount) slots *= 2;  // at most half full: most look-ups end at the first slot
    return slots;
  }();

  static constexpr std::size_t slot_of(std::string_view word) {
    std::uint32_t h = 2166136261u;  // FNV-1a
    for (const char c : word) h = (h ^ static_cast<unsigned char>(c)) * 16777619u;
    return (h ^ (h >> 15)) % kSlots;
  }
  [[nodiscard]] constexpr std::string_view view(const Entry& entry) const {
    return {letters_.data() + entry.at, entry.length};
  }

  std::array<char, count(true, false)> letters_{};
  std::array<Entry, kCount> entries_{};
  std::array<std::uint16_t, kSlots> slots_{};
};

}  // namespace agentmend::text
