// A 64-bit hash of bytes: fast, the same on every platform (little-endian loads), not for security.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace agentmend::text {

// fmix64 of MurmurHash3 (public domain, Austin Appleby).
[[nodiscard]] inline std::uint64_t mix(std::uint64_t h) {
  h ^= h >> 33;
  h *= 0xff51afd7ed558ccdull;
  h ^= h >> 33;
  h *= 0xc4ceb9fe1a85ec53ull;
  return h ^ (h >> 33);
}

constexpr std::uint64_t kPrime = 0x9e3779b97f4a7c15ull;

// Takes what fills rows of 32 bytes off the front.
std::uint64_t hash_rows(const char*& bytes, std::size_t& left, std::uint64_t seed);

[[nodiscard]] inline std::uint64_t hash(std::string_view bytes, std::uint64_t seed = 0) {
  std::uint64_t h = seed ^ (bytes.size() * kPrime);
  const char* p = bytes.data();
  std::size_t left = bytes.size();
  if (left >= 64) h = hash_rows(p, left, h);
  for (; left >= 8; left -= 8, p += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, p, 8);
    h = (h ^ word) * kPrime;
    h ^= h >> 29;
  }
  std::uint64_t tail = 0;
  if (left != 0) std::memcpy(&tail, p, left);
  return mix(h ^ tail);
}

[[nodiscard]] inline std::uint64_t combine(std::uint64_t a, std::uint64_t b) {
  return mix(a ^ (b + kPrime + (a << 6) + (a >> 2)));
}

}  // namespace agentmend::text
