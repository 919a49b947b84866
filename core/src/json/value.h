// A small JSON document that can be changed: a config, a record, a case. Whole traces never become one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/view.h"

namespace agentmend::json {

// Order of keys and spelling of texts and numbers stay as they were read.
struct Value {
  Kind kind = Kind::kNull;
  std::string text;  // a scalar as written, quotes included
  std::string key;  // decoded; of a member of an object
  std::vector<Value> items;  // elements or members

  [[nodiscard]] bool is_object() const { return kind == Kind::kObject; }
  [[nodiscard]] bool is_array() const { return kind == Kind::kArray; }

  // A member of an object (the last of equal keys), or nullptr. O(members).
  [[nodiscard]] Value* find(std::string_view name);
  [[nodiscard]] const Value* find(std::string_view name) const { return const_cast<Value*>(this)->find(name); }
  void put(std::string_view name, Value value);  // replaces, else appends
  void put_json(std::string_view name, std::string_view json);  // must be one JSON value
  void put_text(std::string_view name, std::string_view value);
  void put_integer(std::string_view name, std::int64_t value);
};

[[nodiscard]] Value value_of(View view);
[[nodiscard]] std::optional<Value> read_value(std::string_view json);  // nothing when it is not JSON
[[nodiscard]] std::string print(const Value& value);

// Equal as JSON: the order of keys does not matter, 1 and 1.0 are equal. Neither may hold a key twice (duplicate_key).
[[nodiscard]] bool equal(const Value& a, const Value& b);

}  // namespace agentmend::json
