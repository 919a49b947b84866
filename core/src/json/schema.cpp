#include "json/schema.h"

#include "json/writer.h"

namespace agentmend::json {
namespace {

constexpr std::size_t kMaxSteps = 20'000;
constexpr int kMaxDepth = 32;

bool equal(View a, View b) {
  if (a.is_string() && b.is_string()) return a.text() == b.text();
  if (a.is_number() && b.is_number()) return a.number() == b.number();
  return a.raw() == b.raw();
}

bool is_type(View value, std::string_view type) {
  if (type == "string") return value.is_string();
  if (type == "integer") return value.integer().has_value();
  if (type == "number") return value.is_number();
  if (type == "boolean") return value.is_bool();
  if (type == "array") return value.is_array();
  if (type == "object") return value.is_object();
  if (type == "null") return value.is_null();
  return true;  // no type that we know
}

bool fits_type(View type, View value) {
  if (type.is_string()) return is_type(value, type.text());
  if (!type.is_array()) return true;
  bool fits = type.size() == 0;
  for_each(type, [&](View one, std::size_t) { fits = fits || is_type(value, one.text()); });
  return fits;
}

std::size_t characters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0u) != 0x80u ? 1 : 0;
  return count;
}

class Fit {
 public:
  std::optional<Misfit> run(View schema, View value) {
    check(schema, value, 0);
    return std::move(found_);
  }

 private:
  void fail(std::string_view keyword, View expected, std::string_view member = {}) {
    if (found_) return;
    Misfit& misfit = found_.emplace();
    misfit.path = path_;
    if (!member.empty()) misfit.path.append("/").append(escape_token(member));
    misfit.keyword = std::string(keyword);
    misfit.expected = std::string(expected.raw());
  }
  // `size` within the two bounds of the schema.
  void bounds(View schema, double size, std::string_view least, std::string_view most) {
    const View low = schema[least];
    const View high = schema[most];
    if (low.is_number() && size < *low.number()) fail(least, low);
    if (high.is_number() && size > *high.number()) fail(most, high);
  }

  void check(View schema, View value, int depth) {
    if (found_ || !schema.is_object() || depth > kMaxDepth || ++steps_ > kMaxSteps) return;
    if (!fits_type(schema["type"], value)) return fail("type", schema["type"]);
    if (schema["const"].exists() && !equal(schema["const"], value)) return fail("const", schema["const"]);
    if (const View list = schema["enum"]; list.is_array()) {
      bool among = false;
      for_each(list, [&](View one, std::size_t) { among = among || equal(one, value); });
      if (!among) return fail("enum", list);
    }
    if (value.is_number()) bounds(schema, *value.number(), "minimum", "maximum");
    if (value.is_string()) bounds(schema, static_cast<double>(characters(value.text())), "minLength", "maxLength");
    if (value.is_array()) {
      bounds(schema, static_cast<double>(value.size()), "minItems", "maxItems");
      for_each(value, [&](View item, std::size_t i) {
        child(schema["items"], item, print_integer(static_cast<std::int64_t>(i)), depth);
      });
    }
    if (value.is_object()) members(schema, value, depth);
  }

  void members(View schema, View value, int depth) {
    for_each(schema["required"], [&](View key, std::size_t) {
      const std::string name = key.text();
      if (!value[name].exists()) fail("required", key, name);
    });
    const View properties = schema["properties"];
    const View extra = schema["additionalProperties"];
    const bool closed = extra.is_bool() && !extra.boolean(true);
    for_each_member(value, [&](std::string_view key, View member) {
      const View property = properties[key];
      if (property.exists()) return child(property, member, key, depth);
      if (closed) fail("additionalProperties", extra, key);
    });
  }

  void child(View schema, View value, std::string_view token, int depth) {
    if (found_) return;
    const std::size_t length = path_.size();
    path_.append("/").append(escape_token(token));
    check(schema, value, depth + 1);
    path_.resize(length);
  }

  std::optional<Misfit> found_;
  std::string path_;
  std::size_t steps_ = 0;
};

}  // namespace

std::optional<Misfit> misfit(View schema, View value) { return Fit().run(schema, value); }

}  // namespace agentmend::json
