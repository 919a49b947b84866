#include "detectors/governance/approval/scope.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "detectors/governance/approval/sentence.h"
#include "text/verbs.h"

namespace agentmend::detectors::approval {
namespace {

constexpr std::size_t kBytes = 600;  // a request is short; arguments name their target early
constexpr std::size_t kNames = 24;

// A name in a text: its kind ("order", ".csv", "inv", "$", "@") and its value, both as views into the text.
struct Name {
  std::string_view kind;
  std::string_view value;
};
struct Names {
  Name items[kNames];
  std::size_t count = 0;
  void add(Name name) {
    if (count < kNames) items[count++] = name;
  }
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alpha(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

bool in_token(std::string_view text, std::size_t i) {
  const char c = text[i];
  if (c == ',') return i > 0 && i + 1 < text.size() && is_digit(text[i - 1]) && is_digit(text[i + 1]);  // 1,500
  return is_alpha(c) || is_digit(c) || c == '_' || c == '.' || c == '-' || c == '/' || c == '@' || c == '$';
}

std::string_view trimmed(std::string_view token) {
  while (!token.empty() && !is_alpha(token.back()) && !is_digit(token.back())) token.remove_suffix(1);
  while (!token.empty() && !is_alpha(token.front()) && !is_digit(token.front()) && token.front() != '$')
    token.remove_prefix(1);
  return token;
}

bool all_digits(std::string_view token) {
  return !token.empty() &&
         std::all_of(token.begin(), token.end(), [](char c) { return is_digit(c) || c == '.' || c == ','; }) &&
         is_digit(token.front());
}

// 1,500.00 and 1500 are one amount.
std::string_view without_cents(std::string_view number) {
  if (number.ends_with(".00")) number.remove_suffix(3);
  if (number.ends_with(".0")) number.remove_suffix(2);
  return number;
}
bool same_value(std::string_view a, std::string_view b) {
  if (!all_digits(a) || !all_digits(b)) return same(a, b);
  a = without_cents(a);
  b = without_cents(b);
  std::size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && a[i] == ',') {
      ++i;
    } else if (j < b.size() && b[j] == ',') {
      ++j;
    } else if (i >= a.size() || j >= b.size() || a[i++] != b[j++]) {
      return false;
    }
  }
  return true;
}

constexpr std::string_view kAmountWords[] = {"amount", "amount_usd", "price", "total", "sum", "usd", "eur"};
constexpr std::string_view kNumberWords[] = {"id", "number", "no", "nr", "num", "the", "of", "is", "to", "at", "from"};

// order_id -> order
std::string_view base_key(std::string_view key) {
  for (const std::string_view ending : {"_id", "_ids", "_number", "_no"}) {
    if (key.size() > ending.size() && key.ends_with(ending)) return key.substr(0, key.size() - ending.size());
  }
  return key;
}

// `key`: the last word before the token that is not one of kNumberWords.
void classify(std::string_view token, std::string_view key, Names& out) {
  if (token.front() == '$' && token.size() > 1 && all_digits(token.substr(1))) return out.add({"$", token.substr(1)});
  if (token.find('@') != std::string_view::npos) return out.add({"@", token});
  if (all_digits(token)) {
    if (is_one_of(key, kAmountWords)) return out.add({"$", token});
    if (token.size() >= 2 && key.size() >= 2) out.add({base_key(key), token});
    return;
  }
  const std::size_t dot = token.rfind('.');
  if (dot != std::string_view::npos && dot > 0 && token.size() - dot >= 3 && token.size() - dot <= 5 &&
      is_alpha(token[dot + 1]) &&
      std::any_of(token.begin(), token.begin() + static_cast<std::ptrdiff_t>(dot), is_alpha)) {
    const std::size_t slash = token.rfind('/');
    return out.add({token.substr(dot), slash == std::string_view::npos ? token : token.substr(slash + 1)});
  }
  std::size_t letters = 0;
  while (letters < token.size() && !is_digit(token[letters])) ++letters;
  // q3, v2: a label of time or version, no name of a thing.
  if (letters == 0 || letters == token.size() || token.size() < 4) return;
  out.add({token.substr(0, letters), token});
}

Names names_in(std::string_view text) {
  Names out;
  text = text.substr(0, kBytes);
  std::string_view key;
  for (std::size_t i = 0; i < text.size();) {
    if (!in_token(text, i)) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && in_token(text, end)) ++end;
    const std::string_view token = trimmed(text.substr(i, end - i));
    i = end;
    if (token.empty()) continue;
    classify(token, key, out);
    const bool plain = std::all_of(token.begin(), token.end(), [](char c) { return is_alpha(c) || c == '_'; });
    if (plain && !is_one_of(token, kNumberWords)) key = token;
  }
  return out;
}

// Environments and levels of rights, as bits; what stands in both texts decides.
struct Places {
  std::uint32_t environments = 0;
  int level = 0;
  bool all = false;
};
Places places_in(std::string_view text) {
  constexpr std::string_view kTest[] = {"test", "testing", "dev", "development", "sandbox", "qa"};
  constexpr std::string_view kStage[] = {"staging", "stage", "preprod", "preproduction"};
  constexpr std::string_view kLive[] = {"production", "prod", "live"};
  constexpr std::string_view kRead[] = {"read", "view", "viewer", "readonly", "reader"};
  constexpr std::string_view kEdit[] = {"write", "edit", "editor", "contributor"};
  constexpr std::string_view kFull[] = {"admin", "administrator", "superuser", "root", "owner", "sudo"};
  constexpr std::string_view kAll[] = {"all",       "every", "everyone", "everything", "entire",
                                       "everybody", "them",  "each",     "both",       "whole"};
  Places out;
  text::for_each_word(text.substr(0, kBytes),
                      [&out, &kTest, &kStage, &kLive, &kRead, &kEdit, &kFull, &kAll](std::string_view word) {
                        if (is_one_of(word, kTest)) out.environments |= 1u;
                        if (is_one_of(word, kStage)) out.environments |= 2u;
                        if (is_one_of(word, kLive)) out.environments |= 4u;
                        if (is_one_of(word, kRead)) out.level = std::max(out.level, 1);
                        if (is_one_of(word, kEdit)) out.level = std::max(out.level, 2);
                        if (is_one_of(word, kFull)) out.level = std::max(out.level, 3);
                        out.all = out.all || is_one_of(word, kAll);
                      });
  return out;
}

// Over all kinds that both texts name: whether some kind has no value in common, and whether some value is shared.
struct Comparison {
  bool differs = false;
  bool money_differs = false;
  bool shares = false;
  bool said_any = false;
};
Comparison compare(const Names& said, const Names& done) {
  Comparison out;
  out.said_any = said.count != 0;
  for (std::size_t i = 0; i < said.count; ++i) {
    bool known = false, found = false;
    for (std::size_t j = 0; j < done.count; ++j) {
      if (!same(said.items[i].kind, done.items[j].kind)) continue;
      known = true;
      for (std::size_t k = 0; k < said.count; ++k) {
        found = found ||
                (same(said.items[k].kind, said.items[i].kind) && same_value(said.items[k].value, done.items[j].value));
      }
    }
    const bool money = same(said.items[i].kind, "$");
    out.money_differs = out.money_differs || (money && known && !found);
    out.differs = out.differs || (!money && known && !found);
    out.shares = out.shares || found;
  }
  // A value may stand under another kind ("reservation EHG123", "id=EHG123").
  for (std::size_t i = 0; i < said.count && !out.shares; ++i) {
    for (std::size_t j = 0; j < done.count; ++j)
      out.shares = out.shares || same_value(said.items[i].value, done.items[j].value);
  }
  return out;
}

}  // namespace

bool names_other_target(std::string_view said, std::string_view arguments, Money money) {
  const Comparison names = compare(names_in(said), names_in(arguments));
  if (names.differs && !names.shares) return true;
  if (names.money_differs && money == Money::kCounts) return true;
  const Places wanted = places_in(said);
  const Places done = places_in(arguments);
  if (wanted.environments != 0 && done.environments != 0 && (wanted.environments & done.environments) == 0) return true;
  if (wanted.level != 0 && done.level > wanted.level) return true;
  return names.said_any && !names.shares && done.all && !wanted.all;
}

bool names_same_target(std::string_view said, std::string_view arguments) {
  const Comparison names = compare(names_in(said), names_in(arguments));
  return names.shares;
}

}  // namespace agentmend::detectors::approval
