// What went wrong between two states.
#include "detectors/general/corruption/compare.h"

#include <algorithm>

#include "detectors/general/corruption/keys.h"
#include "json/patch.h"
#include "text/hash.h"
#include "text/time.h"
#include "trace/key_words.h"

namespace agentmend::detectors::corruption {
namespace {

constexpr std::size_t kMaxElements = 300;  // of one list, compared with each other by hash

// What a rule weighs alone. A loss alone is a finding; it is explained away by the step, the event, or other changes.
constexpr double kTypeChange = 0.7, kIdentityLost = 0.8, kLost = 0.55, kGone = 0.55, kShrunk = 0.5, kEmptied = 0.55,
                 kReplaced = 0.6, kFalls = 0.7, kCountFalls = 0.5, kIdentityChanged = 0.8, kNameChanged = 0.45,
                 kRegress = 0.6, kCut = 0.7, kUnitChanged = 0.6, kFormat = 0.6, kJump = 0.6, kSignedOut = 0.55;

bool is_empty(json::View value) {
  return value.is_null() || value.raw() == "\"\"" || ((value.is_array() || value.is_object()) && !value.first());
}
bool is_leaf(json::View value) { return !value.is_object() && !value.is_array(); }

class Walker {
 public:
  Comparison run(json::View before, json::View after) {
    objects(before, after, {}, 0);
    return std::move(out_);
  }

 private:
  void add(std::string_view rule, double weight, const std::string& path, std::string_view key, json::View before,
           json::View after, bool loss) {
    const std::uint32_t bits = key_bits(key);
    Damage item;
    item.rule = rule;
    item.weight = weight;
    item.loss = loss;
    item.critical = (bits & (kMoney | kIdentity | kRights)) != 0;
    item.path = (after.exists() ? "/current_state" : "/prev_state") + path;
    item.key = std::string(key);
    item.before = before;
    item.after = after;
    out_.damages.push_back(std::move(item));
  }

  bool spend() {
    if (leaves_ < kMaxLeaves) return ++leaves_ != 0;
    out_.cut = true;
    return false;
  }

  void objects(json::View before, json::View after, const std::string& path, int depth) {
    if (depth > kMaxDepth) return;
    std::size_t members = 0;
    json::for_each_member(before, [&](std::string_view name, json::View was) {
      if (++members > kMaxMembers || !spend()) return;
      const std::string key(name);
      const json::View is = after[key];
      const std::string at = path + "/" + json::escape_token(key);
      if (!is.exists()) {
        gone(key, was, at);
      } else {
        value(key, was, is, at, depth);
      }
    });
    members = 0;
    json::for_each_member(after, [&](std::string_view name, json::View is) {
      if (++members > kMaxMembers) return;
      const std::string key(name);
      if (before[key].exists()) return;
      ++out_.progress.added;
      const std::uint32_t last = key_bits(key, true);
      if ((last & kMonotone) != 0) out_.progress.stepped = out_.progress.counts = true;
      if ((last & kTime) != 0 && is.is_string() && looks_like_date(is.text())) out_.progress.ahead = true;
    });
  }

  void gone(const std::string& key, json::View was, const std::string& at) {
    const std::uint32_t bits = key_bits(key);
    if (is_empty(was) || (bits & (kPassing | kVolatile | kWorkLeft)) != 0) return;
    add("vanished", (key_bits(key, true) & kIdentity) != 0 ? kIdentityLost : kGone, at, key, was, json::View(), true);
  }

  void value(const std::string& key, json::View was, json::View is, const std::string& at, int depth) {
    if (was.is_object() && is.is_object()) return objects(was, is, at, depth + 1);
    if (was.is_array() && is.is_array()) return lists(key, was, is, at, depth);
    if (was.raw() == is.raw() || (is_leaf(was) && is_leaf(is) && json::equal_documents(was.raw(), is.raw())))
      return unchanged(key);
    ++out_.progress.changed;
    if (was.is_null()) {
      if ((key_bits(key) & (kIdentity | kStatus)) != 0) out_.progress.ahead = true;
      return;
    }
    if (is_empty(is)) return emptied(key, was, is, at);
    if (is_empty(was)) return;
    if (was.kind() != is.kind() && !(was.is_string() && is.is_string()) && !(was.is_bool() && is.is_bool()))
      return add("type", kTypeChange, at, key, was, is, false);
    if (was.is_number()) return numbers(key, was, is, at);
    if (was.is_string()) return texts(key, was, is, at);
    if (was.is_bool() && was.boolean(false) && (key_bits(key) & kSignedIn) != 0)
      add("contradiction", kSignedOut, at, key, was, is, true);
  }

  void unchanged(const std::string& key) {
    if ((key_bits(key, true) & kMonotone) != 0 || ends_as_count(key)) out_.progress.counts = true;
  }
  static bool ends_as_count(std::string_view key) { return (key_bits(key) & kMonotone) != 0; }

  void emptied(const std::string& key, json::View was, json::View is, const std::string& at) {
    const std::uint32_t bits = key_bits(key), last = key_bits(key, true);
    if (was.is_bool()) return add("lost", kLost, at, key, was, is, true);
    if ((bits & (kWorkLeft | kVolatile)) != 0 || ((bits & kPassing) != 0 && !was.is_number())) return;
    if (was.is_array() || was.is_object()) return add("emptied", kEmptied, at, key, was, is, true);
    add("lost", (last & kIdentity) != 0 ? kIdentityLost : kLost, at, key, was, is, true);
  }

  void numbers(const std::string& key, json::View was, json::View is, const std::string& at) {
    const double a = was.number().value_or(0), b = is.number().value_or(0);
    const std::uint32_t bits = key_bits(key), last = key_bits(key, true);
    if ((last & kIdentity) != 0 && (bits & kCount) == 0)
      return add("identity", kIdentityChanged, at, key, was, is, false);
    const bool left = (bits & (kWorkLeft | kPassing)) != 0;
    const bool monotone = (bits & kMonotone) != 0 && !left && !has_word(key, "max|min|limit|budget|remaining|left");
    if (monotone) {
      out_.progress.counts = true;
      if (b > a) out_.progress.stepped = true;
      if (b < a) return add("counter", kFalls, at, key, was, is, false);
    }
    if (b < a && (last & kCount) != 0 && !left) add("count_falls", kCountFalls, at, key, was, is, true);
    // From 1500 to -99999.99: no booking does that.
    const double large = 20 * (a < 0 ? -a : a);
    if (a > 0 && b < 0 && -b > large && large >= 20) add("jump", kJump, at, key, was, is, false);
  }

  void texts(const std::string& key, json::View was, json::View is, const std::string& at) {
    std::string a_storage, b_storage;
    const std::string_view a = was.text(a_storage), b = is.text(b_storage);
    const std::uint32_t bits = key_bits(key), last = key_bits(key, true);
    const int from = status_rank(a), to = status_rank(b);
    if (to > from && to != 0) out_.progress.ahead = true;
    if (from != 0 && to != 0) {
      // Back from "agreed" or "done": what was decided is not waiting again by itself.
      if (to < from && from >= 3) add("regress", kRegress, at, key, was, is, false);
      return;
    }
    if (looks_like_date(a) && (last & (kTime | kEnd | kStart)) != 0) {
      if (!looks_like_date(b)) return add("format", kFormat, at, key, was, is, false);
      if (b > a) out_.progress.ahead = true;
      return;
    }
    if (((last & kMail) != 0 && looks_like_mail(a) && !looks_like_mail(b)) ||
        ((last & kLink) != 0 && looks_like_link(a) && !looks_like_link(b)))
      return add("format", kFormat, at, key, was, is, false);
    if (is_cut(a, b)) return add("cut_text", kCut, at, key, was, is, false);
    if ((last & kUnitOf) != 0) return add("unit", kUnitChanged, at, key, was, is, false);
    const bool of_person = has_word(key, "first|last|full|customer|patient|user|surname|firstname|lastname");
    if ((last & kName) != 0 && of_person) return add("identity", kNameChanged, at, key, was, is, false);
    if ((bits & (kPassing | kVolatile)) != 0) return;
    const bool of_id = has_word(key, "id|uuid|guid|iban|sku|isbn|vin|ssn");
    if (of_id) return add("identity", kIdentityChanged, at, key, was, is, false);
  }

  // The beginning of the old text and no more, ended within a word.
  static bool is_cut(std::string_view a, std::string_view b) {
    if (b.size() < 12 || b.size() + 3 >= a.size()) return false;
    return a.starts_with(b) && is_letter(b.back()) && is_letter(a[b.size()]);
  }

  void lists(const std::string& key, json::View was, json::View is, const std::string& at, int depth) {
    if (was.raw() == is.raw()) return;
    const std::uint32_t bits = key_bits(key);
    if (!is.first()) {
      if (was.first()) {
        ++out_.progress.changed;
        emptied(key, was, is, at);
      }
      return;
    }
    ++out_.progress.changed;
    std::vector<std::uint64_t> there, before;
    json::for_each(is, [&](json::View item, std::size_t i) {
      if (i < kMaxElements) there.push_back(mark(item));
    });
    std::size_t lost = 0;
    json::View first_lost;
    json::for_each(was, [&](json::View item, std::size_t i) {
      if (i >= kMaxElements) return;
      before.push_back(mark(item));
      if (std::find(there.begin(), there.end(), before.back()) != there.end()) return;
      if (lost++ == 0) first_lost = item;
    });
    const bool whole = was.size() <= kMaxElements && is.size() <= kMaxElements;
    if (whole && lost > 0 && was.size() > is.size() && (bits & kWorkLeft) == 0) {
      const bool all = lost == was.size() && was.size() > 1;
      add(all ? "replaced" : "shrunk", all ? kReplaced : kShrunk, at, key, was, is, true);
    }
    pairs(was, is, at, depth);
  }

  // Elements of lists by their id, else by their place.
  void pairs(json::View was, json::View is, const std::string& at, int depth) {
    json::for_each(was, [&](json::View item, std::size_t i) {
      if (i >= kMaxElements || !item.is_object()) return;
      const json::View id = item["id"];
      std::size_t place = 0;
      json::View other;
      if (id.exists()) {
        json::for_each(is, [&](json::View now, std::size_t k) {
          if (other.exists() || k >= kMaxElements || now["id"].raw() != id.raw()) return;
          other = now;
          place = k;
        });
      } else if (was.size() == is.size()) {
        other = is.at(i);
        place = i;
      }
      if (other.is_object()) objects(item, other, at + "/" + std::to_string(place), depth + 1);
    });
  }

  // What an element of a list is known by: its id, or all of it.
  static std::uint64_t mark(json::View item) {
    const json::View id = item["id"];
    return text::hash(id.exists() && !id.is_null() ? id.raw() : item.raw());
  }

  Comparison out_;
  std::size_t leaves_ = 0;
};

}  // namespace

Comparison compare(json::View before, json::View after) { return Walker().run(before, after); }

}  // namespace agentmend::detectors::corruption
