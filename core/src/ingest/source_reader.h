// What every source handler shares: where it reads from, and the Trace it appends to.
#pragma once

#include <cstdint>
#include <string_view>

#include "json/view.h"
#include "trace/trace.h"

namespace agentmend {

struct SourceReader {
  Trace& trace;
  std::uint32_t document = 0;
  std::uint32_t base = 0;  // byte offset of the text behind the views in the document (a line of JSON Lines)
  bool inner = false;  // the views are of JSON inside a JSON string: only `outer` is a place in the document
  Place outer = {};

  [[nodiscard]] Place place(json::View value) const {
    if (inner) return outer;
    return value ? Place{document, base + value.offset()} : Place{};
  }
  [[nodiscard]] std::string_view text(json::View value) const { return trace.arena.text(value); }
  void append(const Event& event) const { trace.events.push_back(event); }
};

[[nodiscard]] Role fold_role(std::string_view role);

// One field of a usage record under the names that sources use; 0 when absent.
void add_usage(json::View usage, Usage& sum);

}  // namespace agentmend
