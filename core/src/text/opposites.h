// Pairs of words of which at most one is true of a thing: increase and decrease, safe and dangerous.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "text/words.h"

namespace agentmend::text {

constexpr std::size_t kOppositePairs = 48;

// Which sides of each pair a text takes. A negation in the four words before a word (not across a comma-free clause
// end is seen) turns it to the other side.
struct Sides {
  std::uint64_t left = 0;  // bit = pair
  std::uint64_t right = 0;
  void add(const Sides& other) {
    left |= other.left;
    right |= other.right;
  }
};
[[nodiscard]] Sides sides(const Words& words, std::size_t first, std::size_t last);  // O(words)

// Pairs on which the one text takes only the left and the other only the right side.
[[nodiscard]] std::size_t opposed(const Sides& a, const Sides& b);

// A negation among the four words before word `i`.
[[nodiscard]] bool negated(const Words& words, std::size_t i, std::size_t first = 0);

}  // namespace agentmend::text
