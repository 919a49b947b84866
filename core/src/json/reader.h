// The single-pass reader: JSON text in, a flat index out, no document tree.
//
// One 8-byte entry per key or value, in document order: kind, position, and for containers the entry after their end,
// so that skipping a value is one step. Strings stay where they are in the text; escapes are decoded only when asked
// for. Strict: RFC 8259 grammar, strict UTF-8 (no surrogates, no overlong forms), depth and size limits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "error.h"
#include "json/limits.h"

namespace agentmend::json {

enum class Kind : std::uint8_t { kNull, kFalse, kTrue, kNumber, kString, kStringEscaped, kArray, kObject };

struct Entry {
  std::uint32_t begin;  // byte offset: first character inside the quotes, first digit, or the opening bracket
  std::uint32_t payload;  // top 4 bits: Kind; low 28: length in bytes (scalars) or the entry after the end (containers)

  [[nodiscard]] Kind kind() const { return static_cast<Kind>(payload >> 28); }
  [[nodiscard]] std::uint32_t low() const { return payload & 0x0fffffffu; }
};

// Owns the entries, not the text. Reuse one Index for many texts: it does not allocate once it has grown.
class Index {
 public:
  // Reads one JSON value (blanks around it allowed). On failure the index is empty; Error.at is the pointer of the
  // innermost value being read.
  [[nodiscard]] Result<void> read(std::string_view text, const Limits& limits = {});

  [[nodiscard]] std::string_view text() const { return text_; }
  // What stands behind a U+0000 that ends the JSON (Limits::text_after_nul), byte for byte. JSON holds no U+0000.
  [[nodiscard]] bool has_after() const { return after_.data() != nullptr; }
  [[nodiscard]] std::string_view after() const { return after_; }
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] std::size_t error_offset() const { return error_offset_; }  // byte offset; after a failure only

 private:
  std::string_view text_;
  std::string_view after_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> open_;  // containers being read
  std::size_t error_offset_ = 0;
};

}  // namespace agentmend::json
