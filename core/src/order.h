// Sorting, once for the whole core: every instantiation of std::stable_sort is four kilobytes of WebAssembly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace agentmend {

// True when the item at position `a` must come before the item at position `b`.
using Before = bool (*)(const void* context, std::uint32_t a, std::uint32_t b);

// The positions 0 … count-1 in stable order. Merge sort, O(n log n) calls of `before`.
[[nodiscard]] std::vector<std::uint32_t> positions_in_order(std::size_t count, Before before, const void* context);

// Sorts `items` so that less(a, b) holds for neighbours where it can; equal items keep their order.
template <typename T, typename Less>
void sort_stable(std::vector<T>& items, const Less& less) {
  const std::pair<const T*, const Less*> context(items.data(), &less);
  const auto order = positions_in_order(
      items.size(),
      [](const void* given, std::uint32_t a, std::uint32_t b) {
        const auto& [data, less_of] = *static_cast<const std::pair<const T*, const Less*>*>(given);
        return static_cast<bool>((*less_of)(data[a], data[b]));
      },
      &context);
  std::vector<T> sorted;
  sorted.reserve(items.size());
  for (const std::uint32_t at : order) sorted.push_back(std::move(items[at]));
  items = std::move(sorted);
}

// Ascending.
void sort_numbers(std::vector<std::uint32_t>& numbers);
void sort_numbers(std::vector<std::uint64_t>& numbers);  // the fast one: hashes of texts

}  // namespace agentmend
