// Sixteen bytes at a time: bit i of a mask is byte i. WebAssembly and x86-64 have an instruction for each step;
// elsewhere two words of eight bytes do.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__wasm_simd128__)
#include <wasm_simd128.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace agentmend {

class Block {
 public:
  static constexpr std::size_t kBytes = 16;

#if defined(__wasm_simd128__)
  explicit Block(const char* bytes) : v_(wasm_v128_load(bytes)) {}
  void store(char* bytes) const { wasm_v128_store(bytes, v_); }
  [[nodiscard]] std::uint32_t equal(char c) const { return mask(wasm_i8x16_eq(v_, splat(c))); }
  [[nodiscard]] std::uint32_t not_ascii() const { return mask(v_); }
  // What ends a plain run inside a JSON string: a quote, a backslash, a control character, a byte beyond ASCII.
  [[nodiscard]] std::uint32_t special() const {
    const v128_t low = wasm_i8x16_lt(v_, splat(0x20));  // signed: beyond ASCII counts as low
    return mask(wasm_v128_or(low, wasm_v128_or(wasm_i8x16_eq(v_, splat('"')), wasm_i8x16_eq(v_, splat('\\')))));
  }
  [[nodiscard]] std::uint32_t letters() const {
    const v128_t from_a = wasm_i8x16_sub(wasm_v128_or(v_, splat(0x20)), splat('a'));
    return mask(wasm_u8x16_lt(from_a, splat(26)));
  }
  // Above '%': no space, quotation mark, control character or byte beyond ASCII.
  [[nodiscard]] std::uint32_t dense() const { return mask(wasm_i8x16_gt(v_, splat('$'))); }

 private:
  static v128_t splat(char c) { return wasm_i8x16_splat(static_cast<std::int8_t>(c)); }
  static std::uint32_t mask(v128_t v) { return static_cast<std::uint32_t>(wasm_i8x16_bitmask(v)); }
  v128_t v_;
#elif defined(__SSE2__)
  explicit Block(const char* bytes) : v_(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes))) {}
  void store(char* bytes) const { _mm_storeu_si128(reinterpret_cast<__m128i*>(bytes), v_); }
  [[nodiscard]] std::uint32_t equal(char c) const { return mask(_mm_cmpeq_epi8(v_, splat(c))); }
  [[nodiscard]] std::uint32_t not_ascii() const { return mask(v_); }
  [[nodiscard]] std::uint32_t special() const {
    const __m128i low = _mm_cmplt_epi8(v_, splat(0x20));
    return mask(_mm_or_si128(low, _mm_or_si128(_mm_cmpeq_epi8(v_, splat('"')), _mm_cmpeq_epi8(v_, splat('\\')))));
  }
  [[nodiscard]] std::uint32_t letters() const {
    // 'a' becomes the lowest signed byte, so that one signed comparison is enough.
    const __m128i moved = _mm_sub_epi8(_mm_or_si128(v_, splat(0x20)), splat(static_cast<char>('a' + 128)));
    return mask(_mm_cmplt_epi8(moved, splat(static_cast<char>(-128 + 26))));
  }
  [[nodiscard]] std::uint32_t dense() const { return mask(_mm_cmpgt_epi8(v_, splat('$'))); }

 private:
  static __m128i splat(char c) { return _mm_set1_epi8(c); }
  static std::uint32_t mask(__m128i v) { return static_cast<std::uint32_t>(_mm_movemask_epi8(v)); }
  __m128i v_;
#else
  explicit Block(const char* bytes) { std::memcpy(bytes_, bytes, kBytes); }
  void store(char* bytes) const { std::memcpy(bytes, bytes_, kBytes); }
  [[nodiscard]] std::uint32_t equal(char c) const {
    return mask([c](char byte) { return byte == c; });
  }
  [[nodiscard]] std::uint32_t not_ascii() const {
    return mask([](char byte) { return static_cast<unsigned char>(byte) >= 0x80; });
  }
  [[nodiscard]] std::uint32_t special() const {
    return mask([](char byte) {
      const auto c = static_cast<unsigned char>(byte);
      return c < 0x20 || c >= 0x80 || c == '"' || c == '\\';
    });
  }
  [[nodiscard]] std::uint32_t letters() const {
    return mask([](char byte) { return static_cast<unsigned char>((byte | 0x20) - 'a') < 26; });
  }
  [[nodiscard]] std::uint32_t dense() const {
    return mask([](char byte) { return static_cast<unsigned char>(byte) < 0x80 && byte > '$'; });
  }

 private:
  template <typename F>
  std::uint32_t mask(F&& is) const {
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < kBytes; ++i) out |= static_cast<std::uint32_t>(is(bytes_[i])) << i;
    return out;
  }
  char bytes_[kBytes];
#endif
};

// Position of the lowest bit of a mask that is not zero.
[[nodiscard]] inline std::size_t lowest_bit(std::uint32_t mask) {
  return static_cast<std::size_t>(__builtin_ctz(mask));
}

}  // namespace agentmend
