// Spans as their exporters write them, in the order of a Trace: by time, and each after its parent.
#pragma once

#include <cstdint>
#include <vector>

namespace agentmend {

constexpr std::uint32_t kNoParent = 0xffffffffu;

// `order`: positions by time. `parents`: for each position its parent's, or kNoParent; where parents form a ring, one
// is cut, and its position added to `cut`. Linear.
[[nodiscard]] std::vector<std::uint32_t> parents_first(const std::vector<std::uint32_t>& order,
                                                       std::vector<std::uint32_t>& parents,
                                                       std::vector<std::uint32_t>& cut);

}  // namespace agentmend
