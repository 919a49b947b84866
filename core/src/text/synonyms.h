// A small curated table of words that mean the same in most texts, whatever the domain.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace agentmend::text {

// The group that a stem (see stem_length) belongs to, counted from 1; 0 = none. O(log entries), no allocation.
[[nodiscard]] std::uint32_t synonym_group(std::string_view stem);

// The table itself, for its test: the words of each group, spaces between.
[[nodiscard]] std::size_t synonym_group_count();
[[nodiscard]] std::string_view synonym_group_words(std::size_t group);  // from 0

}  // namespace agentmend::text
