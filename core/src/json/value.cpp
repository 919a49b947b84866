#include "json/value.h"

#include <utility>

#include "json/number.h"
#include "json/writer.h"

namespace agentmend::json {
namespace {

void print_to(const Value& value, Writer& writer) {
  if (value.is_array()) {
    writer.begin_array();
    for (const Value& item : value.items) print_to(item, writer);
    writer.end_array();
  } else if (value.is_object()) {
    writer.begin_object();
    for (const Value& item : value.items) {
      writer.key(item.key);
      print_to(item, writer);
    }
    writer.end_object();
  } else {
    writer.raw(value.text);
  }
}

bool is_text(Kind kind) { return kind == Kind::kString || kind == Kind::kStringEscaped; }

// The decoded text of a scalar string: read again, which only happens when a document is compared.
std::string decoded(const Value& value) {
  Index index;
  return index.read(value.text) ? View::root(index).text() : std::string();
}

bool equal_scalars(const Value& a, const Value& b) {
  if (is_text(a.kind) && is_text(b.kind)) return a.text == b.text || decoded(a) == decoded(b);
  if (a.kind != b.kind) return false;
  return a.kind != Kind::kNumber || parse_double(a.text) == parse_double(b.text);
}

// Every member of `a` is in `b`. Documents that come from each other have their keys in the same place.
bool contains_all(const Value& a, const Value& b) {
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    const Value& member = a.items[i];
    const bool same_place = b.items[i].key == member.key;
    const Value* other = same_place ? &b.items[i] : b.find(member.key);
    if (other == nullptr || !equal(member, *other)) return false;
  }
  return true;
}

}  // namespace

Value* Value::find(std::string_view name) {
  if (!is_object()) return nullptr;
  for (std::size_t i = items.size(); i-- > 0;) {
    if (items[i].key == name) return &items[i];
  }
  return nullptr;
}

void Value::put(std::string_view name, Value value) {
  value.key = name;
  Value* found = find(name);
  if (found != nullptr) {
    *found = std::move(value);
  } else {
    items.push_back(std::move(value));
  }
}

void Value::put_json(std::string_view name, std::string_view json) {
  auto value = read_value(json);
  put(name, value ? std::move(*value) : Value{Kind::kNull, "null", {}, {}});
}

void Value::put_text(std::string_view name, std::string_view value) {
  put(name, {Kind::kString, quote(value), {}, {}});
}

void Value::put_integer(std::string_view name, std::int64_t value) {
  put(name, {Kind::kNumber, print_integer(value), {}, {}});
}

Value value_of(View view) {
  Value out;
  out.kind = view.kind();
  const bool object = view.is_object();
  if (!object && !view.is_array()) {
    out.text = view.exists() ? view.raw() : "null";
    return out;
  }
  for (View item = view.first(); item; item = item.next_in(view)) {
    out.items.push_back(value_of(item));
    if (object) out.items.back().key = item.key().text();
  }
  return out;
}

std::optional<Value> read_value(std::string_view json) {
  Index index;
  if (!index.read(json)) return std::nullopt;
  return value_of(View::root(index));
}

std::string print(const Value& value) {
  Writer writer;
  print_to(value, writer);
  return writer.take();
}

bool equal(const Value& a, const Value& b) {
  if (!a.is_object() && !a.is_array()) return equal_scalars(a, b);
  if (a.kind != b.kind || a.items.size() != b.items.size()) return false;
  if (a.is_object()) return contains_all(a, b);
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    if (!equal(a.items[i], b.items[i])) return false;
  }
  return true;
}

}  // namespace agentmend::json
