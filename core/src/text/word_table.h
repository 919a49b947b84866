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
struct WideWordRow {  // more than 32 meanings
  std::uint64_t bits;
  std::string_view words;
};

//   constexpr WordRow kRows[] = {{kYes, "yes ok"}, {kNo, "no never"}};
//   constexpr WordTable<kRows> kWords;
//   kWords["ok"] == kYes
template <const auto& kRows>
class WordTable {
 public:
  using Bits = decltype(kRows[0].bits + 0);

  constexpr WordTable() {
    std::array<Bits, kCount> bits{};  // of each entry, until all rows are read
    std::size_t at = 0;
    std::size_t entry = 0;
    for (const auto& row : kRows) {
      visit(row.words, [&](std::string_view word) {
        std::size_t slot = slot_of(word);
        while (slots_[slot] != 0 && view(entries_[slots_[slot] - 1u]) != word) slot = (slot + 1) % kSlots;
        if (slots_[slot] == 0) {
          for (std::size_t i = 0; i < word.size(); ++i) letters_[at + i] = word[i];
          entries_[entry] = {static_cast<std::uint16_t>(at), static_cast<std::uint8_t>(word.size()), 0};
          at += word.size();
          slots_[slot] = static_cast<std::uint16_t>(++entry);
        }
        bits[slots_[slot] - 1u] |= row.bits;
      });
    }
    std::size_t sets = 0;
    for (std::size_t i = 0; i < entry; ++i) {
      std::size_t set = 0;
      while (set < sets && sets_[set] != bits[i]) ++set;
      if (set == sets) sets_[sets++] = bits[i];
      entries_[i].set = static_cast<std::uint8_t>(set);
    }
  }

  // Calls each(word, bits) for every word.
  template <typename F>
  constexpr void for_each(F&& each) const {
    for (const Entry& entry : entries_) {
      if (entry.length != 0) each(view(entry), sets_[entry.set]);
    }
  }

  // The bits of a lower-case word; 0 when it is not listed. O(length).
  [[nodiscard]] constexpr Bits operator[](std::string_view word) const {
    if (word.size() > kLongest) return 0;
    for (std::size_t slot = slot_of(word); slots_[slot] != 0; slot = (slot + 1) % kSlots) {
      const Entry& entry = entries_[slots_[slot] - 1u];
      if (entry.length == word.size() && view(entry) == word) return sets_[entry.set];
    }
    return 0;
  }

 private:
  struct Entry {
    std::uint16_t at = 0;
    std::uint8_t length = 0;
    std::uint8_t set = 0;  // words with equal meanings share them
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
    for (const auto& row : kRows) {
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
  // Every combination of meanings that occurs, once: at most two for each row, since few words stand in two.
  static constexpr std::size_t kSets = 2 * (sizeof(kRows) / sizeof(kRows[0]));
  static_assert(kSets <= 256 && kLongest <= 255);
  std::array<Bits, kSets> sets_{};
};

}  // namespace agentmend::text
