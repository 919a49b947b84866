// Where sentences and clauses of a text begin and end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace agentmend::text {

struct Sentence {
  std::uint32_t begin = 0;  // bytes; without spaces at either end
  std::uint32_t end = 0;
  bool question = false;  // ends in a question mark
  bool item = false;  // a list item or a heading: begins with a bullet, a number or #
  [[nodiscard]] std::string_view of(std::string_view text) const { return text.substr(begin, end - begin); }
};

// Splits at . ! ? and line ends (a single line end inside running text does not count when the next line goes on in
// lower case), not inside decimals, versions, URLs and mail addresses, after titles and other abbreviations, or at
// ellipses that a lower-case word follows. Also at the full stops of CJK, Arabic and Hindi. O(n); at most `limit`.
[[nodiscard]] std::vector<Sentence> sentences(std::string_view text, std::size_t limit = 5'000);

// The parts of one sentence: split at ; : dashes with spaces, brackets, and at commas before and, but, or, so, because,
// while, whereas, although, though, however, which. Every part has at least two words. O(n)
[[nodiscard]] std::vector<Sentence> clauses(std::string_view text, const Sentence& sentence);

}  // namespace agentmend::text
