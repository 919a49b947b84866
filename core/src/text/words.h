// A text as words: where each stands, its lower-case form, its stem, and whether it carries content. One tokenisation,
// shared by all text detectors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace agentmend::text {

enum class Language : std::uint8_t {
  kUnknown,  // too few words to tell, or none that we know
  kEnglish,
  kSpanish,
  kPortuguese,
  kFrench,
  kGerman,
  kItalian,
  kOtherScript,  // mostly letters that are not Latin
};

struct Word {
  std::uint32_t begin = 0;  // bytes in the given text
  std::uint32_t end = 0;
  std::uint32_t at = 0;  // of the lower-case form in Words::folded()
  std::uint16_t length = 0;  // of the lower-case form
  std::uint16_t stem = 0;  // the stem is the first `stem` bytes of it
  bool content = false;  // carries meaning: no stop word, three letters or more, or a number
  bool digits = false;  // has a digit
  bool capital = false;  // begins with a capital letter
  bool all_capitals = false;  // two or more letters, all of them capitals ("API", "MFA")
  bool starts = false;  // first word of the text, a sentence or a line
  std::uint64_t key = 0;  // hash of the stem; equal for all members of a synonym group
};

// O(n). Only the first kMaxWords words are kept; cut() says so.
class Words {
 public:
  static constexpr std::size_t kMaxWords = 20'000;  // about 120 kB of English: past that a detector reads the beginning

  Words() = default;
  explicit Words(std::string_view given);

  [[nodiscard]] const std::vector<Word>& items() const { return items_; }
  [[nodiscard]] std::size_t size() const { return items_.size(); }
  [[nodiscard]] bool empty() const { return items_.empty(); }
  [[nodiscard]] const Word& operator[](std::size_t i) const { return items_[i]; }
  // Lower case, Latin accents removed: "Café" is "cafe". "don't" is "dont", "it's" is "it", "1,000" is "1000".
  [[nodiscard]] std::string_view text(std::size_t i) const { return text(items_[i]); }
  [[nodiscard]] std::string_view text(const Word& w) const { return std::string_view(folded_).substr(w.at, w.length); }
  [[nodiscard]] std::string_view stem(const Word& w) const { return std::string_view(folded_).substr(w.at, w.stem); }
  [[nodiscard]] Language language() const { return language_; }
  [[nodiscard]] bool cut() const { return cut_; }
  // Position of the first word at or after byte `offset`; size() when there is none. O(log n)
  [[nodiscard]] std::size_t at_byte(std::size_t offset) const;
  // The words from `i` on read like `phrase` (lower-case words with one space between).
  [[nodiscard]] bool reads(std::size_t i, std::string_view phrase) const;

 private:
  friend class Tokeniser;
  std::string folded_;  // all lower-case forms, one after the other
  std::vector<Word> items_;
  Language language_ = Language::kUnknown;
  bool cut_ = false;
};

// Length of the stem of a lower-case word: a light removal of suffixes that only ever shortens. "configuration",
// "configures" and "configured" have one stem.
[[nodiscard]] std::size_t stem_length(std::string_view word);

// A word without meaning of its own, in English.
[[nodiscard]] bool is_stop_word(std::string_view word);

// not, never, none, cannot, don't and the like (lower case, as Words::text gives it).
[[nodiscard]] bool is_negation(std::string_view word);

}  // namespace agentmend::text
