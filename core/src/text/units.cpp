#include "text/units.h"

#include <algorithm>
#include <iterator>

namespace agentmend::text {
namespace {

// Sorted by word. Months and years are mean Gregorian ones. A kibibyte counts as a kilobyte: people write
// "GB" for both.
constexpr UnitRow kUnits[] = {
    {"centimeters", Unit::kMetres, 0.01},
    {"cm", Unit::kMetres, 0.01},
    {"day", Unit::kSeconds, 86400},
    {"days", Unit::kSeconds, 86400},
    {"feet", Unit::kMetres, 0.3048},
    {"ft", Unit::kMetres, 0.3048},
    {"g", Unit::kGrams, 1},
    {"gb", Unit::kBytes, 1e9},
    {"gib", Unit::kBytes, 1e9},
    {"grams", Unit::kGrams, 1},
    {"h", Unit::kSeconds, 3600},
    {"hour", Unit::kSeconds, 3600},
    {"hours", Unit::kSeconds, 3600},
    {"hr", Unit::kSeconds, 3600},
    {"hrs", Unit::kSeconds, 3600},
    {"inch", Unit::kMetres, 0.0254},
    {"inches", Unit::kMetres, 0.0254},
    {"kb", Unit::kBytes, 1e3},
    {"kg", Unit::kGrams, 1000},
    {"kilograms", Unit::kGrams, 1000},
    {"kilometers", Unit::kMetres, 1000},
    {"km", Unit::kMetres, 1000},
    {"lb", Unit::kGrams, 453.59237},
    {"lbs", Unit::kGrams, 453.59237},
    {"mb", Unit::kBytes, 1e6},
    {"meters", Unit::kMetres, 1},
    {"metres", Unit::kMetres, 1},
    {"mg", Unit::kGrams, 0.001},
    {"mile", Unit::kMetres, 1609.344},
    {"miles", Unit::kMetres, 1609.344},
    {"milliseconds", Unit::kSeconds, 0.001},
    {"min", Unit::kSeconds, 60},
    {"mins", Unit::kSeconds, 60},
    {"minute", Unit::kSeconds, 60},
    {"minutes", Unit::kSeconds, 60},
    {"mm", Unit::kMetres, 0.001},
    {"month", Unit::kSeconds, 2629746},
    {"months", Unit::kSeconds, 2629746},
    {"ms", Unit::kSeconds, 0.001},
    {"pounds", Unit::kGrams, 453.59237},
    {"s", Unit::kSeconds, 1},
    {"sec", Unit::kSeconds, 1},
    {"second", Unit::kSeconds, 1},
    {"seconds", Unit::kSeconds, 1},
    {"secs", Unit::kSeconds, 1},
    {"tb", Unit::kBytes, 1e12},
    {"tons", Unit::kGrams, 1e6},
    {"week", Unit::kSeconds, 604800},
    {"weeks", Unit::kSeconds, 604800},
    {"year", Unit::kSeconds, 31556952},
    {"years", Unit::kSeconds, 31556952},
};

}  // namespace

const UnitRow* unit_of(std::string_view word) {
  const auto* const end = kUnits + sizeof(kUnits) / sizeof(kUnits[0]);
  const auto* const found =
      std::lower_bound(kUnits, end, word, [](const UnitRow& row, std::string_view w) { return row.word < w; });
  return found != end && found->word == word ? found : nullptr;
}

double magnitude_of(std::string_view word) {
  if (word == "k" || word == "thousand") return 1e3;
  if (word == "m" || word == "mn" || word == "million" || word == "millions") return 1e6;
  if (word == "b" || word == "bn" || word == "billion" || word == "billions") return 1e9;
  return word == "trillion" ? 1e12 : 0;
}

std::uint64_t currency_of(std::string_view word) {
  if (word == "usd" || word == "dollar" || word == "dollars") return '$';
  if (word == "eur" || word == "euro" || word == "euros") return 'E';
  if (word == "gbp") return 'P';
  return word == "jpy" || word == "yen" ? 'Y' : 0;
}

// The currency sign right before byte `i`.
std::uint64_t currency_before(std::string_view text, std::size_t i) {
  if (i >= 1 && text[i - 1] == '$') return '$';
  if (i >= 3 && text.substr(i - 3, 3) == "\xe2\x82\xac") return 'E';
  if (i >= 2 && text.substr(i - 2, 2) == "\xc2\xa3") return 'P';
  return i >= 2 && text.substr(i - 2, 2) == "\xc2\xa5" ? 'Y' : 0;
}

double number_word(std::string_view word) {
  constexpr std::string_view kSmall[] = {"zero",  "",      "two",  "three", "four",   "five",  "six",
                                         "seven", "eight", "nine", "ten",   "eleven", "twelve"};
  for (std::size_t i = 0; i < std::size(kSmall); ++i) {
    if (!kSmall[i].empty() && kSmall[i] == word) return static_cast<double>(i);
  }
  if (word == "twenty") return 20;
  if (word == "thirty") return 30;
  if (word == "forty") return 40;
  if (word == "fifty") return 50;
  return word == "hundred" ? 100 : -1;
}

int month_of(std::string_view word) {
  constexpr std::string_view kMonths[] = {"january", "february", "march",     "april",   "may",      "june",
                                          "july",    "august",   "september", "october", "november", "december"};
  if (word == "sept") return 9;
  for (std::size_t i = 0; i < 12; ++i) {
    if (word == kMonths[i] || (word.size() == 3 && kMonths[i].starts_with(word))) return static_cast<int>(i + 1);
  }
  return 0;
}

}  // namespace agentmend::text
