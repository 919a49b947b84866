#include "json/number.h"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace agentmend::json {
namespace {

// Exactly representable powers of ten; with a significand below 2^53 one multiplication or division rounds once
// (Clinger 1990, "How to read floating point numbers accurately", fast path).
constexpr double kPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                              1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

}  // namespace

double parse_double(std::string_view text) {
  std::uint64_t digits = 0;
  int significant = 0;
  int scale = 0;
  bool negative = false;
  std::size_t i = 0;
  if (i < text.size() && text[i] == '-') {
    negative = true;
    ++i;
  }
  bool fraction = false;
  for (; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
    if (text[i] == '.') {
      fraction = true;
      continue;
    }
    if (significant > 0 || text[i] != '0') ++significant;
    if (significant <= 19) digits = digits * 10 + static_cast<std::uint64_t>(text[i] - '0');
    if (fraction) --scale;
  }
  int exponent = 0;
  if (i < text.size()) {
    ++i;
    const bool down = i < text.size() && text[i] == '-';
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    for (; i < text.size() && exponent < 100000; ++i) exponent = exponent * 10 + (text[i] - '0');
    if (down) exponent = -exponent;
  }
  scale += exponent;
  if (significant <= 19 && digits < (1ull << 53) && scale >= -22 && scale <= 22) {
    const auto whole = static_cast<double>(digits);
    const double value = scale < 0 ? whole / kPowers[-scale] : whole * kPowers[scale];
    return negative ? -value : value;
  }
  // Rare and long numbers: the C library rounds correctly; the process locale is "C" unless a host changed it, and then
  // only the decimal point differs, so the text is given without one.
  std::string plain(negative ? "-" : "");
  int shift = 0;
  bool after_point = false;
  for (const char c : text) {
    if (c == 'e' || c == 'E') break;
    if (c == '.') {
      after_point = true;
    } else if (c != '-') {
      plain.push_back(c);
      if (after_point) --shift;
    }
  }
  plain += "e" + std::to_string(shift + exponent);
  return std::strtod(plain.c_str(), nullptr);
}

}  // namespace agentmend::json
