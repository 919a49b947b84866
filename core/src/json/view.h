// A cursor into an Index: cheap to copy, checks types, never throws. Absent and wrong types are ordinary answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "json/reader.h"

namespace agentmend::json {

class View {
 public:
  View() = default;
  View(const Index& index, std::uint32_t at) : index_(&index), at_(at) {}
  [[nodiscard]] static View root(const Index& index) { return index.empty() ? View() : View(index, 0); }

  [[nodiscard]] bool exists() const { return index_ != nullptr; }
  [[nodiscard]] explicit operator bool() const { return exists(); }
  [[nodiscard]] Kind kind() const { return exists() ? entry().kind() : Kind::kNull; }
  [[nodiscard]] bool is_null() const { return kind() == Kind::kNull; }  // nulls count as missing
  [[nodiscard]] bool is_string() const { return kind() == Kind::kString || kind() == Kind::kStringEscaped; }
  [[nodiscard]] bool is_number() const { return kind() == Kind::kNumber; }
  [[nodiscard]] bool is_bool() const { return kind() == Kind::kTrue || kind() == Kind::kFalse; }
  [[nodiscard]] bool is_array() const { return kind() == Kind::kArray; }
  [[nodiscard]] bool is_object() const { return kind() == Kind::kObject; }

  // Member of an object (the last of equal keys); a View that does not exist when absent. O(members).
  [[nodiscard]] View operator[](std::string_view key) const;
  [[nodiscard]] View at(std::size_t position) const;  // element of an array; O(position)
  [[nodiscard]] std::size_t size() const;  // elements or members, 0 for scalars; O(size)

  // The decoded text of a string: a view into the input when it has no escapes, else decoded into `storage`.
  [[nodiscard]] std::string_view text(std::string& storage) const;
  [[nodiscard]] std::string text() const;  // decoded copy; empty unless a string
  [[nodiscard]] std::string_view raw() const;  // the value exactly as written (quotes included)
  [[nodiscard]] std::optional<double> number() const;
  [[nodiscard]] std::optional<std::int64_t> integer()
      const;  // whole numbers within +-2^53, also when written 1e3 or 5.0
  [[nodiscard]] bool boolean(bool otherwise) const;
  [[nodiscard]] bool equals(std::string_view expected) const;  // a string equal to `expected`
  [[nodiscard]] std::uint32_t offset() const { return exists() ? entry().begin : 0; }  // byte offset in the text
  [[nodiscard]] std::uint32_t position() const { return at_; }
  [[nodiscard]] const Index* index() const { return index_; }

  // for (View item = parent.first(); item; item = item.next_in(parent))
  [[nodiscard]] View first() const;  // first element of an array, first *value* of an object
  [[nodiscard]] View next_in(View parent) const;
  [[nodiscard]] View key() const;  // of a value inside an object: the entry before it

 private:
  [[nodiscard]] const Entry& entry() const { return index_->entries()[at_]; }
  [[nodiscard]] std::uint32_t after() const;
  const Index* index_ = nullptr;
  std::uint32_t at_ = 0;
};

// for_each(array, [](View item, std::size_t i) {...});  for_each_member(object, [](std::string_view key, View value)
// {...})
template <typename F>
void for_each(View array, F&& visit) {
  if (!array.is_array()) return;
  std::size_t i = 0;
  for (View item = array.first(); item; item = item.next_in(array)) visit(item, i++);
}
template <typename F>
void for_each_member(View object, F&& visit) {
  if (!object.is_object()) return;
  std::string storage;
  for (View value = object.first(); value; value = value.next_in(object)) visit(value.key().text(storage), value);
}

// Text of a value for text detectors: strings decoded, everything else as written.
[[nodiscard]] std::string_view as_text(View value, std::string& storage);

// Two equal keys in one object anywhere below `value`: the pointer of the second; nothing when all differ. O(n log n).
[[nodiscard]] std::optional<std::string> duplicate_key(View value);

// JSON pointer of a value, and back. O(entries before it): for evidence and errors, not for the hot path.
[[nodiscard]] std::string pointer_of(View value);
[[nodiscard]] View resolve(View root, std::string_view pointer);
[[nodiscard]] std::string escape_token(std::string_view token);

}  // namespace agentmend::json
