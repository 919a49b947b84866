// Bounds on input. Policy may move them.
#pragma once

#include <cstdint>

namespace agentmend::json {

struct Limits {
  std::uint64_t max_bytes = 64ull << 20;  // whole input
  std::uint32_t max_line_bytes = 8u << 20;  // one JSONL line
  std::uint32_t max_depth = 512;  // nesting of arrays and objects
  std::uint32_t max_keys = 10'000;  // members of one object
  std::uint32_t max_text_bytes = 1u << 20;  // one text; longer ones are cut and marked
  bool text_after_nul = false;  // the value may end at a U+0000, with any bytes behind it: Index::after()
};

}  // namespace agentmend::json
