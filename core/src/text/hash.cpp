#include "text/hash.h"

namespace agentmend::text {

// Four sums side by side: one alone would wait for its own multiplications.
std::uint64_t hash_rows(const char*& bytes, std::size_t& left, std::uint64_t seed) {
  std::uint64_t sums[4] = {seed, seed + kPrime, seed ^ kPrime, ~seed};
  for (; left >= 32; left -= 32, bytes += 32) {
    for (std::size_t i = 0; i < 4; ++i) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes + 8 * i, 8);
      sums[i] = (sums[i] ^ word) * kPrime;
      sums[i] ^= sums[i] >> 29;
    }
  }
  return mix(sums[0] + sums[1] * 3) ^ mix(sums[2] + sums[3] * 5);
}

}  // namespace agentmend::text
