#include "json/number.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>

namespace agentmend::json {
namespace {

// Exactly representable powers of ten; with a significand below 2^53 one multiplication or division rounds once
// (Clinger 1990, "How to read floating point numbers accurately", fast path).
constexpr double kPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                              1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// A number in decimal digits that is doubled and halved until it lies between 1/2 and 1: slow, short and exact, for the
// rare numbers that the fast path leaves over (the "simple decimal conversion" of Go's strconv and of Wuffs).
class Decimal {
 public:
  // `text`: digits and a point, without sign and exponent.
  Decimal(std::string_view text, int exponent) : point_(exponent) {
    bool fraction = false;
    for (const char c : text) {
      if (c == '.') {
        fraction = true;
        continue;
      }
      if (count_ == 0 && c == '0') {
        if (fraction) --point_;
        continue;
      }
      if (!fraction) ++point_;
      if (count_ < kMost) {
        digits_[count_++] = static_cast<unsigned char>(c - '0');
      } else {
        more_ = more_ || c != '0';
      }
    }
    trim();
  }

  [[nodiscard]] double value() {
    constexpr int kBits[] = {0, 3, 6, 9, 13, 16, 19, 23, 26};  // halvings that take off so many decimal places
    constexpr int kMany = 27;
    constexpr int kSmallest = -1022;  // exponents of normal doubles
    constexpr int kLargest = 1023;
    if (count_ == 0 || point_ < -330) return 0;
    if (point_ > 310) return kInfinite;
    const auto bits_for = [&](int places) { return places < 9 ? kBits[places] : kMany; };
    int exponent = -1;
    while (point_ > 0) {
      const int bits = bits_for(point_);
      halve(bits);
      exponent += bits;
    }
    while (point_ < 0 || (point_ == 0 && digits_[0] < 5)) {
      const int bits = point_ == 0 ? 1 : bits_for(-point_);
      twice(bits);
      exponent -= bits;
    }
    for (int left = kSmallest - exponent; left > 0; left -= kMany) {
      halve(left < kMany ? left : kMany);
      exponent += left < kMany ? left : kMany;
    }
    if (exponent > kLargest) return kInfinite;
    twice(53);
    std::uint64_t whole = rounded();
    if (whole == 1ull << 53) {
      whole >>= 1;
      if (++exponent > kLargest) return kInfinite;
    }
    constexpr std::uint64_t kHidden = 1ull << 52;
    const std::uint64_t biased = (whole & kHidden) == 0 ? 0 : static_cast<std::uint64_t>(exponent + kLargest);
    const std::uint64_t bits = (whole & (kHidden - 1)) | (biased << 52);
    double out = 0;
    std::memcpy(&out, &bits, sizeof(out));
    return out;
  }

 private:
  static constexpr int kMost = 800;  // the longest number half-way between two doubles has 767 digits
  static constexpr double kInfinite = std::numeric_limits<double>::infinity();

  void trim() {
    while (count_ > 0 && digits_[count_ - 1] == 0) --count_;
  }

  // By 2^bits, bits at most 60: from the last digit on.
  void twice(int bits) {
    unsigned char made[kMost + 20];
    int at = sizeof(made);
    std::uint64_t carry = 0;
    for (int i = count_; i-- > 0 || carry != 0;) {
      if (i >= 0) carry += static_cast<std::uint64_t>(digits_[i]) << bits;
      made[--at] = static_cast<unsigned char>(carry % 10);
      carry /= 10;
    }
    const int size = static_cast<int>(sizeof(made)) - at;
    point_ += size - count_;
    count_ = size < kMost ? size : kMost;
    for (int i = count_; i < size; ++i) more_ = more_ || made[at + i] != 0;
    std::memcpy(digits_, made + at, static_cast<std::size_t>(count_));
    trim();
  }

  // By 2^bits, bits at most 60: from the first digit on.
  void halve(int bits) {
    std::uint64_t left = 0;
    int read = 0;
    int written = 0;
    while ((left >> bits) == 0) {
      left = left * 10 + (read < count_ ? digits_[read] : 0);
      ++read;
    }
    point_ -= read - 1;
    const std::uint64_t mask = (1ull << bits) - 1;
    while (read < count_ || left != 0) {
      const auto digit = static_cast<unsigned char>(left >> bits);
      if (written < kMost) {
        digits_[written++] = digit;
      } else {
        more_ = more_ || digit != 0;
      }
      left = (left & mask) * 10 + (read < count_ ? digits_[read] : 0);
      ++read;
    }
    count_ = written;
    trim();
  }

  // To the nearest whole number, half to even.
  [[nodiscard]] std::uint64_t rounded() const {
    std::uint64_t whole = 0;
    for (int i = 0; i < point_; ++i) whole = whole * 10 + (i < count_ ? digits_[i] : 0);
    if (point_ < 0 || point_ >= count_) return whole;
    const bool half = digits_[point_] == 5 && point_ + 1 == count_ && !more_;
    return whole + (half ? whole & 1 : digits_[point_] >= 5 ? 1 : 0);
  }

  unsigned char digits_[kMost] = {};
  int count_ = 0;
  int point_ = 0;  // the value is 0.d1d2d3… times 10^point
  bool more_ = false;  // digits other than zero were cut off
};

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
  const std::size_t end = std::min(text.find_first_of("eE"), text.size());
  const double value = Decimal(text.substr(negative ? 1 : 0, end - (negative ? 1 : 0)), exponent).value();
  return negative ? -value : value;
}

}  // namespace agentmend::json
