// Finds text inside text that was encoded to hide it from a reader: base64, hexadecimal, percent signs, HTML entities,
// rot13.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace agentmend::text {

struct Decoded {
  std::string_view coding;  // "base64", "hex", "percent", "entities" or "rot13"
  std::size_t begin = 0;  // of the run in the given text
  std::size_t end = 0;
  std::string text;
};

constexpr std::size_t kEncodedBytes = 16;  // shorter runs are ids and words
constexpr std::size_t kDecodedBytes = 4096;  // of one run; the rest is not looked at

// Readable runs only (printable, mostly letters and spaces), at most 8, one level deep, in order. O(n).
[[nodiscard]] std::vector<Decoded> decode_runs(std::string_view given);

// Does base64 or hexadecimal at this place decode to something readable? Looks at 24 characters only: for a quick look.
[[nodiscard]] bool may_be_encoded(std::string_view run);

}  // namespace agentmend::text
