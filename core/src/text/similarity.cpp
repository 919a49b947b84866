#include "text/similarity.h"

#include <algorithm>
#include <cmath>

#include "order.h"
#include "text/hash.h"
#include "text/math.h"

namespace agentmend::text {

Bag::Bag(const Words& words, std::size_t first, std::size_t last) {
  last = std::min(last, words.size());
  for (std::size_t i = first; i < last; ++i) {
    if (words[i].content) keys_.push_back(words[i].key);
  }
  sort_numbers(keys_);
  keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
}

bool Bag::has(std::uint64_t key) const { return std::binary_search(keys_.begin(), keys_.end(), key); }

void Bag::add(const Bag& other) {
  keys_.insert(keys_.end(), other.keys_.begin(), other.keys_.end());
  sort_numbers(keys_);
  keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
}

std::size_t common(const Bag& a, const Bag& b) {
  std::size_t count = 0;
  auto x = a.keys().begin();
  auto y = b.keys().begin();
  while (x != a.keys().end() && y != b.keys().end()) {
    if (*x == *y) {
      ++count;
      ++x;
      ++y;
    } else if (*x < *y) {
      ++x;
    } else {
      ++y;
    }
  }
  return count;
}

double coverage(const Bag& a, const Bag& b) {
  return a.empty() ? 0 : static_cast<double>(common(a, b)) / static_cast<double>(a.size());
}

double jaccard(const Bag& a, const Bag& b) {
  const std::size_t both = common(a, b);
  const std::size_t any = a.size() + b.size() - both;
  return any == 0 ? 0 : static_cast<double>(both) / static_cast<double>(any);
}

Idf::Idf(const std::vector<Bag>& pool) : texts_(pool.size()) {
  std::vector<std::uint64_t> all;
  for (const Bag& bag : pool) all.insert(all.end(), bag.keys().begin(), bag.keys().end());
  sort_numbers(all);
  for (const std::uint64_t key : all) {
    if (counts_.empty() || counts_.back().first != key) counts_.emplace_back(key, 0);
    ++counts_.back().second;
  }
}

double Idf::weight(std::uint64_t key) const {
  const auto found = std::lower_bound(counts_.begin(), counts_.end(), key,
                                      [](const auto& entry, std::uint64_t k) { return entry.first < k; });
  const std::uint32_t df = found != counts_.end() && found->first == key ? found->second : 1;
  return ln(1.0 + static_cast<double>(std::max<std::size_t>(texts_, 1)) / df);
}

double weighted_coverage(const Bag& a, const Bag& b, const Idf& idf) {
  double all = 0;
  double found = 0;
  for (const std::uint64_t key : a.keys()) {
    const double weight = idf.weight(key);
    all += weight;
    if (b.has(key)) found += weight;
  }
  return all > 0 ? found / all : 0;
}

SoftVector::SoftVector(const Words& words, std::size_t first, std::size_t last) {
  std::vector<std::uint64_t> parts;  // bucket * 8 + 4 + signed weight
  const auto put = [&parts](std::uint64_t h, std::uint64_t weight) {
    parts.push_back((h % kBuckets) * 8 + 4 + ((h >> 32) & 1u ? weight : 0 - weight));
  };
  std::size_t used = 0;
  last = std::min(last, words.size());
  for (std::size_t i = first; i < last && used < kMaxWords; ++i) {
    if (!words[i].content) continue;
    ++used;
    put(hash(words.stem(words[i]), 1), 2);
    std::string padded = " ";
    padded.append(words.text(i)).push_back(' ');
    for (std::size_t k = 0; k + 3 <= padded.size(); ++k) put(hash(std::string_view(padded).substr(k, 3), 2), 1);
  }
  // Sums of small whole numbers are exact: their order does not matter.
  sort_numbers(parts);
  double square = 0;
  for (std::size_t i = 0; i < parts.size();) {
    float sum = 0;
    const std::uint64_t bucket = parts[i] / 8;
    for (; i < parts.size() && parts[i] / 8 == bucket; ++i) sum += static_cast<float>(parts[i] % 8) - 4.0f;
    if (sum == 0.0f) continue;
    entries_.emplace_back(static_cast<std::uint16_t>(bucket), sum);
    square += static_cast<double>(sum) * static_cast<double>(sum);
  }
  const double length = std::sqrt(square);
  for (auto& entry : entries_) entry.second = static_cast<float>(static_cast<double>(entry.second) / length);
}

double similarity(const SoftVector& a, const SoftVector& b) {
  double sum = 0;
  auto x = a.entries_.begin();
  auto y = b.entries_.begin();
  while (x != a.entries_.end() && y != b.entries_.end()) {
    if (x->first == y->first) {
      sum += static_cast<double>(x->second) * static_cast<double>(y->second);
      ++x;
      ++y;
    } else if (x->first < y->first) {
      ++x;
    } else {
      ++y;
    }
  }
  return clamp01(sum);
}

double similarity(std::string_view a, std::string_view b) {
  return similarity(SoftVector(Words(a)), SoftVector(Words(b)));
}

}  // namespace agentmend::text
