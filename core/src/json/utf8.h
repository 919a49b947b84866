// UTF-8: strict checking, one encoder. (Unicode 15, table 3-7: well-formed byte sequences.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "block.h"

namespace agentmend::json {

// Length of the well-formed character at `text` (1 to 4), or 0 when the bytes are not well-formed.
[[nodiscard]] inline std::size_t utf8_length(const char* text, std::size_t left) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto tail = [&byte](std::size_t i) { return (byte(i) & 0xc0u) == 0x80u; };
  if (left == 0) return 0;
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return left >= 2 && tail(1) ? 2 : 0;
  if (first < 0xf0) {
    if (left < 3 || !tail(1) || !tail(2)) return 0;
    if (first == 0xe0 && byte(1) < 0xa0) return 0;  // overlong
    if (first == 0xed && byte(1) >= 0xa0) return 0;  // surrogates
    return 3;
  }
  if (first > 0xf4 || left < 4 || !tail(1) || !tail(2) || !tail(3)) return 0;
  if (first == 0xf0 && byte(1) < 0x90) return 0;  // overlong
  if (first == 0xf4 && byte(1) >= 0x90) return 0;  // beyond U+10FFFF
  return 4;
}

// How many bytes of `text` are well-formed UTF-8, from its beginning. O(bytes), sixteen at a time through ASCII.
[[nodiscard]] inline std::size_t well_formed_bytes(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (text.size() - at >= Block::kBytes && Block(text.data() + at).not_ascii() == 0) {
      at += Block::kBytes;
      continue;
    }
    const std::size_t length = utf8_length(text.data() + at, text.size() - at);
    if (length == 0) return at;
    at += length;
  }
  return at;
}

inline void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(static_cast<unsigned char>(byte))); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | (code >> 6));
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3f));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

constexpr std::uint32_t kReplacement = 0xfffd;

}  // namespace agentmend::json
