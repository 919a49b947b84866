// When are two calls "the same"? Hashes over JSON text that ignore key order and what changes by itself (clocks,
// nonces, retry counters). One tolerant pass over the text, no tree, no allocation. Strings are compared as written: a
// model writes the same call the same way.
#pragma once

#include <cstdint>
#include <string_view>

namespace agentmend {

struct CallHash {
  std::uint64_t exact = 0;  // key order ignored, nothing else
  std::uint64_t loose = 0;  // volatile members ignored as well
};
// O(bytes). Not JSON: trimmed text.
[[nodiscard]] CallHash hash_call(std::string_view tool, std::string_view arguments);

}  // namespace agentmend
