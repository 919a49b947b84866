// Brings disguised text to one plain form: what a reader sees, in lower-case ASCII where a Latin look-alike exists.
// A subset of Unicode NFKC (full width, mathematical letters, Latin accents), plus what NFKC leaves alone: zero-width
// and tag characters, Cyrillic and Greek look-alikes inside Latin words, letters that are spaced out, escaped line
// ends.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace agentmend::text {

struct Folded {
  std::string text;
  std::vector<std::uint32_t> origin;  // origin[i]: byte of the given text that text[i] comes from; one more at the end
  std::uint32_t hidden = 0;  // zero-width characters inside words, and tag characters
  std::uint32_t look_alikes = 0;  // letters of another script or style that stood for a Latin one
  std::uint32_t spaced = 0;  // words written l i k e   t h i s
  [[nodiscard]] bool disguised() const { return hidden + look_alikes + spaced > 0; }
};

// O(n) time and memory. Bytes that are not UTF-8 become spaces.
[[nodiscard]] Folded fold(std::string_view given);

// A word in which digits and signs stand for letters ("1gn0r3"), as letters; empty when it is no such word (it needs a
// letter and such a sign, and no sign without a letter to stand for).
[[nodiscard]] std::string unleet(std::string_view word);

}  // namespace agentmend::text
