// exp, ln and rounding of our own. The C library's differ between builds and with the user's CPU; these are the same
// bytes everywhere (no fused multiply-add: the builds set -ffp-contract=off). Only sqrt, floor and fabs come from
// outside; they are exact.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

namespace agentmend::text {

// e^x. Argument reduction x = k ln2 + r, |r| <= ln2/2, Taylor polynomial of degree 13 (error below 1e-16 there).
[[nodiscard]] inline double exp(double x) {
  if (x != x) return x;
  if (x > 709.0) return exp(709.0);  // the largest scores care about; keeps the result finite
  if (x < -708.0) return 0.0;
  constexpr double kLog2e = 1.4426950408889634;
  constexpr double kLn2High = 6.93147180369123816490e-01;  // split constant of fdlibm's e_exp.c
  constexpr double kLn2Low = 1.90821492927058770002e-10;
  const double k = std::floor(x * kLog2e + 0.5);
  const double r = (x - k * kLn2High) - k * kLn2Low;
  double sum = 1.0;
  for (int n = 13; n >= 1; --n) sum = 1.0 + sum * r / n;
  const auto exponent = static_cast<std::uint64_t>(static_cast<std::int64_t>(k) + 1023) << 52;
  double scale = 0;
  std::memcpy(&scale, &exponent, sizeof(scale));
  return sum * scale;
}

// Natural logarithm. x = m 2^e with m in [sqrt(1/2), sqrt(2)); ln m = 2 atanh((m-1)/(m+1)), series to s^27.
// Zero and negative numbers give a large negative number instead of -infinity: scores stay finite.
[[nodiscard]] inline double ln(double x) {
  if (x != x) return x;
  if (!(x > 1e-300)) return -690.7755278982137;
  if (x > 1e300) x = 1e300;
  std::uint64_t bits = 0;
  std::memcpy(&bits, &x, sizeof(bits));
  auto e = static_cast<int>(bits >> 52) - 1023;
  bits = (bits & 0x000fffffffffffffull) | 0x3ff0000000000000ull;
  double m = 0;
  std::memcpy(&m, &bits, sizeof(m));
  if (m > 1.4142135623730951) {
    m *= 0.5;
    ++e;
  }
  const double s = (m - 1.0) / (m + 1.0);
  const double s2 = s * s;
  double sum = 1.0 / 27.0;
  for (int n = 25; n >= 1; n -= 2) sum = 1.0 / n + s2 * sum;
  constexpr double kLn2 = 0.6931471805599453;
  return 2.0 * s * sum + e * kLn2;
}

// A score as it is compared and printed: six decimals.
[[nodiscard]] inline double round6(double x) { return std::floor(x * 1e6 + 0.5) / 1e6; }

[[nodiscard]] inline double clamp01(double x) { return x < 0 ? 0 : x > 1 ? 1 : x; }

// 0 below a, 1 above b, linear between; falling when b < a.
[[nodiscard]] inline double ramp(double x, double a, double b) {
  if (a == b) return x >= a ? 1.0 : 0.0;
  return clamp01((x - a) / (b - a));
}

[[nodiscard]] inline double logistic(double z) { return 1.0 / (1.0 + exp(-z)); }
[[nodiscard]] inline double logit(double p) {
  const double q = p < 0.001 ? 0.001 : p > 0.999 ? 0.999 : p;  // so that one certain signal cannot outweigh everything
  return ln(q / (1.0 - q));
}

}  // namespace agentmend::text
