// Typed values in a text: what can be compared between two texts without understanding them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "text/units.h"
#include "text/words.h"

namespace agentmend::text {

enum class FactKind : std::uint8_t {
  kNumber,  // with or without unit
  kPercent,
  kMoney,
  kDate,  // value = year * 10000 + month * 100 + day; parts not given are 0
  kVersion,  // "v2.4", "1.20.3", "Python 3.11"
  kIdentifier,  // letters and digits mixed, mail addresses, URLs, paths
  kName,  // a capitalised run inside a sentence, or a word that is always capitalised
};

struct Fact {
  FactKind kind = FactKind::kNumber;
  Unit unit = Unit::kNone;
  bool approximate = false;  // about, nearly, over; or a range
  double value = 0;  // in the base unit: seconds, bytes, grams, metres
  double step = 0;  // of the last digit shown: two values closer than half a step are the same rounded value
  std::uint64_t key = 0;  // what identifiers, names and versions are compared by; of a money value its currency
  std::uint32_t begin = 0;  // bytes in the text
  std::uint32_t end = 0;
  std::uint32_t first_word = 0;  // position in Words
  std::uint32_t last_word = 0;  // one past
  [[nodiscard]] std::string_view of(std::string_view text) const { return text.substr(begin, end - begin); }
};

// In order of position; at most kMaxFacts. O(n)
constexpr std::size_t kMaxFacts = 4'000;
[[nodiscard]] std::vector<Fact> facts(std::string_view text, const Words& words);

// The same value in any usual format: $10K = 10,000 USD, 90 min = 1.5 h, 99.97 = 100.0 rounded to the shown digits;
// 10 % apart when either is approximate. A date without a day equals all days of its month. Different kinds differ.
[[nodiscard]] bool same(const Fact& a, const Fact& b);

}  // namespace agentmend::text
