// What every source handler shares: where it reads from, and the Trace it appends to.
#pragma once

#include <cstdint>
#include <initializer_list>
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
  // The decoded text of a string, other values as written; nothing for null and absent.
  [[nodiscard]] std::string_view text(json::View value) const {
    return value.is_null() ? std::string_view() : trace.arena.text(value);
  }
  void append(const Event& event) const { trace.events.push_back(event); }
};

// The first member that is there and not null.
[[nodiscard]] json::View first_of(json::View object, std::initializer_list<std::string_view> keys);

[[nodiscard]] Role fold_role(std::string_view role);

// Text of a message's content: a string, {text}, or the text parts of an array of parts, joined by line breaks. Parts
// that are calls, results, reasoning or media are left to the caller.
[[nodiscard]] std::string_view content_text(const SourceReader& reader, json::View content);

// A usage record under the names that sources use; 0 when absent.
[[nodiscard]] Usage read_usage(json::View usage);
// The same where cached tokens are not among the input tokens (Anthropic): they are added.
[[nodiscard]] Usage read_usage_beside_cache(json::View usage);
void add_usage(json::View usage, Usage& sum);

// A time in nanoseconds since 1970 UTC: ISO 8601, a number, or a number in a string (unit by magnitude); -1 = none, and
// a loss where it is there but cannot be read.
[[nodiscard]] std::int64_t read_time(const SourceReader& reader, json::View value);

}  // namespace agentmend
