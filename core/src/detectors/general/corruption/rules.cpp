// What is wrong inside one state.
#include <algorithm>

#include "detectors/general/corruption/compare.h"
#include "detectors/general/corruption/keys.h"
#include "text/hash.h"
#include "text/time.h"
#include "trace/key_words.h"

namespace agentmend::detectors::corruption {
namespace {

constexpr std::size_t kMaxElements = 300;  // of one list, compared by hash
constexpr std::size_t kLongText = 30;  // a text that is not equal to another by chance

std::string below(const std::string& path, std::string_view key) { return path + "/" + json::escape_token(key); }

Damage damage(std::string_view rule, double weight, std::string path, std::string_view key, json::View value) {
  const std::uint32_t bits = key_bits(key);
  Damage out;
  out.rule = rule;
  out.weight = weight;
  out.critical = (bits & (kMoney | kIdentity | kRights)) != 0;
  out.path = std::move(path);
  out.key = std::string(key);
  out.after = value;
  return out;
}

void check_number(json::View value, std::string_view key, const std::string& path, std::vector<Damage>& found) {
  const double n = value.number().value_or(0);
  const std::uint32_t bits = key_bits(key), last = key_bits(key, true);
  const bool change = has_word(key, "change|delta|diff|difference|offset|growth|adjustment|net|min|change");
  const bool broken = (((last & kNotNegative) != 0) && n < 0 && !change) ||
                      ((bits & kPercent) != 0 && (n > 100 || n < 0) && !change) || ((last & kAge) != 0 && n > 130) ||
                      ((bits & kTemperature) != 0 && (n > 2000 || n < -460)) ||
                      (is_one_of(key, "latitude|lat") && (n > 90 || n < -90)) ||
                      (is_one_of(key, "longitude|lon|lng") && (n > 180 || n < -180));
  if (broken) found.push_back(damage("range", 0.7, path, key, value));
}

void check_text(json::View value, std::string_view key, const std::string& path, std::vector<Damage>& found) {
  std::string storage;
  const std::string_view text = value.text(storage);
  const std::uint32_t bits = key_bits(key);
  if (is_debris(text) && (bits & (kPassing | kStatus)) == 0)
    found.push_back(damage("debris", 0.8, path, key, value));
  else if (is_cut_json(text))
    found.push_back(damage("cut_text", 0.7, path, key, value));
}

// A number, or a date as milliseconds.
std::optional<double> ordered(json::View value) {
  if (const auto n = value.number()) return n;
  std::string storage;
  const std::string_view text = value.text(storage);
  return looks_like_date(text) ? std::optional<double>(static_cast<double>(text::iso_to_ms(text))) : std::nullopt;
}

// The name without the word that says start or end; empty when there is none.
std::string stem_of(std::string_view key, std::uint32_t bit) {
  struct Out {
    std::string stem;
    std::uint32_t bit;
    bool found;
  } out{{}, bit, false};
  any_word(
      key,
      [](void* into, std::string_view word) {
        Out& o = *static_cast<Out*>(into);
        if ((key_bits(word) & o.bit) != 0) {
          o.found = true;
        } else {
          for (const char c : word) o.stem += lower(c);
          o.stem += ' ';
        }
        return false;
      },
      &out);
  return out.found ? out.stem + "|" : std::string();
}

// start after end, minimum above maximum, a count that is not the length of its list, two members with one long text.
void check_members(json::View object, const std::string& path, std::vector<Damage>& found) {
  struct Member {
    std::string key;
    json::View value;
    std::string start, end;
  };
  constexpr std::size_t kMaxPairs = 60;  // members compared with each other
  std::vector<Member> members;
  json::for_each_member(object, [&](std::string_view key, json::View value) {
    if (members.size() >= kMaxPairs) return;
    members.push_back({std::string(key), value, stem_of(key, kStart), stem_of(key, kEnd)});
  });
  for (const Member& a : members) {
    if (!a.start.empty()) {
      for (const Member& b : members) {
        if (b.end != a.start || &a == &b) continue;
        const auto low = ordered(a.value), high = ordered(b.value);
        const bool same_kind = a.value.is_number() == b.value.is_number();
        if (low && high && same_kind && *low > *high)
          found.push_back(damage("order", 0.8, below(path, b.key), b.key, b.value));
      }
    }
    if (a.value.is_array() && (key_bits(a.key) & kPassing) == 0) {
      for (const Member& b : members) {  // "items" and "item_count"
        const auto n = b.value.integer();
        const std::string stem(a.key.substr(0, a.key.size() - (a.key.ends_with('s') ? 1 : 0)));
        const bool of_list = b.key == stem + "_count" || b.key == a.key + "_count" || b.key == "num_" + a.key ||
                             b.key == stem + "Count" || b.key == a.key + "Count";
        if (n && of_list && static_cast<std::size_t>(std::max<std::int64_t>(*n, 0)) != a.value.size())
          found.push_back(damage("count", 0.7, below(path, b.key), b.key, b.value));
      }
    }
    for (const Member& b : members) {
      const bool twice = &a < &b && a.value.is_string() && a.value.raw().size() > kLongText &&
                         a.value.raw() == b.value.raw() && !looks_like_link(a.value.text()) &&
                         (key_bits(a.key) & (kIdentity | kTime)) == 0;
      if (twice) found.push_back(damage("copied", 0.6, below(path, b.key), b.key, b.value));
    }
  }
}

void check_duplicates(json::View list, std::string_view key, const std::string& path, std::vector<Damage>& found) {
  std::vector<std::uint64_t> seen;
  bool twice = false;
  json::for_each(list, [&](json::View item, std::size_t i) {
    const json::View id = item["id"];
    if (i >= kMaxElements || id.is_null() || twice) return;
    const std::uint64_t h = text::hash(id.raw());
    twice = std::find(seen.begin(), seen.end(), h) != seen.end();
    if (twice) found.push_back(damage("duplicate", 0.6, path + "/" + std::to_string(i), key, item));
    seen.push_back(h);
  });
}

bool of_type(json::View value, json::View type) {
  if (type.equals("string")) return value.is_string();
  if (type.equals("number")) return value.is_number();
  if (type.equals("integer")) return value.integer().has_value();
  if (type.equals("boolean")) return value.is_bool();
  if (type.equals("array")) return value.is_array();
  if (type.equals("object")) return value.is_object();
  if (type.equals("null")) return value.is_null();
  return true;
}

}  // namespace

void inspect(json::View state, const std::string& path, int depth, std::size_t& left, std::vector<Damage>& found) {
  if (depth > kMaxDepth) return;
  const auto visit = [&](std::string_view key, json::View value, const std::string& at) {
    if (left == 0) return;
    --left;
    if (value.is_number()) check_number(value, key, at, found);
    if (value.is_string()) check_text(value, key, at, found);
    if (value.is_array()) check_duplicates(value, key, at, found);
    if (value.is_array() || value.is_object()) inspect(value, at, depth + 1, left, found);
  };
  if (state.is_object()) check_members(state, path, found);
  json::for_each_member(state, [&](std::string_view key, json::View value) {
    const std::string name(key);
    visit(name, value, below(path, name));
  });
  json::for_each(state, [&](json::View item, std::size_t i) { visit({}, item, path + "/" + std::to_string(i)); });
}

void check_schema(json::View schema, json::View state, const std::string& path, int depth, std::vector<Damage>& found) {
  if (!schema.is_object() || depth > kMaxDepth) return;
  const std::size_t slash = path.rfind('/');
  const std::string key = slash == std::string::npos ? std::string() : path.substr(slash + 1);
  const auto broken = [&](json::View value) { found.push_back(damage("schema", 0.9, path, key, value)); };
  const json::View type = schema["type"];
  bool fits = !type.is_array() || type.size() == 0;
  json::for_each(type, [&](json::View one, std::size_t) { fits = fits || of_type(state, one); });
  if (!fits || (type.is_string() && !of_type(state, type))) return broken(state);
  const auto n = state.number();
  const bool below_minimum = n && schema["minimum"].number() && *n < *schema["minimum"].number();
  const bool above_maximum = n && schema["maximum"].number() && *n > *schema["maximum"].number();
  bool listed = !schema["enum"].is_array();
  json::for_each(schema["enum"], [&](json::View one, std::size_t) { listed = listed || one.raw() == state.raw(); });
  if (below_minimum || above_maximum || !listed) broken(state);
  if (!state.is_object()) return;
  json::for_each(schema["required"], [&](json::View name, std::size_t) {
    if (name.is_string() && !state[name.text()].exists())
      found.push_back(damage("schema", 0.9, path, name.text(), json::View()));
  });
  json::for_each_member(schema["properties"], [&](std::string_view name, json::View inner) {
    const std::string member(name);
    if (state[member].exists()) check_schema(inner, state[member], below(path, member), depth + 1, found);
  });
}

}  // namespace agentmend::detectors::corruption
