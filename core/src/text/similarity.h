// How much two texts have in common, by words. None of this understands meaning; see each function for what it sees.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "text/words.h"

namespace agentmend::text {

// The distinct content words of a text (stems; synonyms are one), sorted. O(n log n)
class Bag {
 public:
  Bag() = default;
  explicit Bag(const Words& words) : Bag(words, 0, words.size()) {}
  Bag(const Words& words, std::size_t first, std::size_t last);  // words [first, last)
  explicit Bag(std::vector<std::uint64_t> sorted) : keys_(std::move(sorted)) {}  // distinct keys, sorted

  [[nodiscard]] const std::vector<std::uint64_t>& keys() const { return keys_; }
  [[nodiscard]] std::size_t size() const { return keys_.size(); }
  [[nodiscard]] bool empty() const { return keys_.empty(); }
  [[nodiscard]] bool has(std::uint64_t key) const;
  void add(const Bag& other);

 private:
  std::vector<std::uint64_t> keys_;
};

[[nodiscard]] std::size_t common(const Bag& a, const Bag& b);  // size of the intersection, O(|a| + |b|)
[[nodiscard]] double coverage(const Bag& a, const Bag& b);  // share of a's words found in b; 0 when a is empty
[[nodiscard]] double jaccard(const Bag& a, const Bag& b);  // 0 when both are empty

// Weights by rarity: ln(1 + N / df) over a pool of texts; a word of no text counts like one of a single text.
class Idf {
 public:
  Idf() = default;
  explicit Idf(const std::vector<Bag>& pool);
  [[nodiscard]] double weight(std::uint64_t key) const;

 private:
  std::vector<std::pair<std::uint64_t, std::uint32_t>> counts_;  // sorted by key
  std::size_t texts_ = 0;
};
[[nodiscard]] double weighted_coverage(const Bag& a, const Bag& b, const Idf& idf);

// A stand-in for embeddings that needs no model: word stems (weight 2) and character trigrams (weight 1) hashed into
// 4096 signed buckets. Sees inflection, compounds and typing errors; not synonyms. O(n), of the first kMaxWords content
// words.
class SoftVector {
 public:
  static constexpr std::size_t kBuckets = 4096;
  static constexpr std::size_t kMaxWords = 4'000;

  SoftVector() = default;
  explicit SoftVector(const Words& words) : SoftVector(words, 0, words.size()) {}
  SoftVector(const Words& words, std::size_t first, std::size_t last);
  [[nodiscard]] bool empty() const { return entries_.empty(); }

 private:
  friend double similarity(const SoftVector& a, const SoftVector& b);
  std::vector<std::pair<std::uint16_t, float>> entries_;  // sorted by bucket, unit length
};

// Cosine, 0 to 1 (negative ones are 0). O(|a| + |b|)
[[nodiscard]] double similarity(const SoftVector& a, const SoftVector& b);
[[nodiscard]] double similarity(std::string_view a, std::string_view b);

}  // namespace agentmend::text
