// Words and signs around numbers: units, magnitudes, currencies, spelled numbers, months. Words are lower case.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace agentmend::text {

enum class Unit : std::uint8_t { kNone, kSeconds, kBytes, kGrams, kMetres };

struct UnitRow {
  std::string_view word;
  Unit unit;
  double factor;  // to the base unit
};
[[nodiscard]] const UnitRow* unit_of(std::string_view word);  // nullptr = no unit

[[nodiscard]] double magnitude_of(std::string_view word);  // "k", "million"; 0 = none
[[nodiscard]] std::uint64_t currency_of(std::string_view word);  // 0 = none
[[nodiscard]] std::uint64_t currency_before(std::string_view text, std::size_t i);  // the sign right before byte i

// A number written in words; -1 = none. "one" is a pronoun too often.
[[nodiscard]] double number_word(std::string_view word);

// Month of a word ("january", "jan", "sept"), 1 to 12; 0 = none. "may" counts: the caller knows what stands beside it.
[[nodiscard]] int month_of(std::string_view word);

}  // namespace agentmend::text
