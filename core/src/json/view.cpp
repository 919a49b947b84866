#include "json/view.h"

#include <algorithm>
#include <vector>

#include "json/number.h"
#include "json/utf8.h"
#include "json/writer.h"

namespace agentmend::json {
namespace {

std::uint32_t hex4(std::string_view text, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + 4 && i < text.size(); ++i) {
    const char c = text[i];
    const char lower = static_cast<char>(c | 0x20);
    value = value * 16 + static_cast<std::uint32_t>(c <= '9' ? c - '0' : lower - 'a' + 10);
  }
  return value;
}

// The reader has checked the escapes; lone surrogates become U+FFFD.
void decode(std::string_view text, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '\\') {
      const std::size_t next = std::min(text.find('\\', i), text.size());
      out.append(text.substr(i, next - i));
      i = next;
      continue;
    }
    const char c = text[i + 1];
    i += 2;
    switch (c) {
      case 'b': out.push_back('\b'); break;
      case 'f': out.push_back('\f'); break;
      case 'n': out.push_back('\n'); break;
      case 'r': out.push_back('\r'); break;
      case 't': out.push_back('\t'); break;
      case 'u': {
        std::uint32_t code = hex4(text, i);
        i += 4;
        if (code >= 0xd800 && code < 0xdc00 && i + 6 <= text.size() && text[i] == '\\' && text[i + 1] == 'u') {
          const std::uint32_t low = hex4(text, i + 2);
          if (low >= 0xdc00 && low < 0xe000) {
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            i += 6;
          }
        }
        append_utf8(out, code >= 0xd800 && code < 0xe000 ? kReplacement : code);
        break;
      }
      default: out.push_back(c);
    }
  }
}

}  // namespace

std::uint32_t View::after() const {
  const Entry& e = entry();
  return e.kind() == Kind::kArray || e.kind() == Kind::kObject ? e.low() : at_ + 1;
}

View View::first() const {
  if (!is_array() && !is_object()) return {};
  const std::uint32_t child = at_ + (is_object() ? 2 : 1);
  return child < entry().low() ? View(*index_, child) : View();
}

View View::next_in(View parent) const {
  const std::uint32_t next = after() + (parent.is_object() ? 1 : 0);
  return next < parent.entry().low() ? View(*index_, next) : View();
}

View View::key() const { return exists() && at_ > 0 ? View(*index_, at_ - 1) : View(); }

View View::operator[](std::string_view name) const {
  View found;
  if (!is_object()) return found;
  for (View value = first(); value; value = value.next_in(*this)) {
    if (value.key().equals(name)) found = value;
  }
  return found;
}

View View::at(std::size_t position) const {
  if (!is_array()) return {};
  for (View item = first(); item; item = item.next_in(*this)) {
    if (position-- == 0) return item;
  }
  return {};
}

std::size_t View::size() const {
  std::size_t count = 0;
  if (is_array() || is_object()) {
    for (View item = first(); item; item = item.next_in(*this)) ++count;
  }
  return count;
}

std::string_view View::text(std::string& storage) const {
  if (!is_string()) return {};
  const std::string_view written = index_->text().substr(entry().begin, entry().low());
  if (kind() == Kind::kString) return written;
  decode(written, storage);
  return storage;
}

std::string View::text() const {
  std::string storage;
  return std::string(text(storage));
}

std::string_view View::raw() const {
  if (!exists()) return {};
  const std::string_view text = index_->text();
  const Entry& e = entry();
  if (is_string()) return text.substr(e.begin - 1, e.low() + 2);
  if (!is_array() && !is_object()) return text.substr(e.begin, e.low());
  std::size_t at = e.begin;
  std::size_t depth = 0;
  do {  // the reader has checked the grammar: count brackets, skip strings
    const char c = text[at];
    if (c == '"') {
      for (++at; text[at] != '"'; ++at) at += text[at] == '\\' ? 1 : 0;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
    }
    ++at;
  } while (depth != 0);
  return text.substr(e.begin, at - e.begin);
}

std::optional<double> View::number() const {
  if (!is_number()) return std::nullopt;
  return parse_double(index_->text().substr(entry().begin, entry().low()));
}

std::optional<std::int64_t> View::integer() const {
  const std::optional<double> value = number();
  constexpr double kMax = 9007199254740992.0;  // 2^53
  if (!value || *value > kMax || *value < -kMax) return std::nullopt;
  const auto whole = static_cast<std::int64_t>(*value);
  if (static_cast<double>(whole) != *value) return std::nullopt;
  return whole;
}

bool View::boolean(bool otherwise) const { return is_bool() ? kind() == Kind::kTrue : otherwise; }

bool View::equals(std::string_view expected) const {
  if (!is_string()) return false;
  if (kind() == Kind::kString) return index_->text().substr(entry().begin, entry().low()) == expected;
  std::string storage;
  return text(storage) == expected;
}

std::string_view as_text(View value, std::string& storage) {
  return value.is_string() ? value.text(storage) : value.raw();
}

std::string escape_token(std::string_view token) {
  std::string out;
  for (const char c : token) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string pointer_of(View value) {
  if (!value) return {};
  const std::uint32_t goal = value.position();
  std::string pointer;
  View here(*value.index(), 0);
  while (here.position() != goal) {
    View step;
    std::size_t at = 0;
    std::size_t position = 0;
    for (View child = here.first(); child && child.position() <= goal; child = child.next_in(here)) {
      step = child;
      position = at++;
    }
    if (!step) break;
    pointer += "/";
    pointer += here.is_object() ? escape_token(step.key().text()) : print_integer(static_cast<std::int64_t>(position));
    here = step;
  }
  return pointer;
}

View resolve(View root, std::string_view pointer) {
  View here = root;
  while (!pointer.empty() && here) {
    pointer.remove_prefix(1);
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    std::string token;
    for (std::size_t i = 0; i < end; ++i) {
      if (pointer[i] == '~' && i + 1 < end) {
        token.push_back(pointer[++i] == '1' ? '/' : '~');
      } else {
        token.push_back(pointer[i]);
      }
    }
    pointer.remove_prefix(end);
    if (here.is_object()) {
      here = here[token];
    } else {
      const bool canonical = !token.empty() && token.size() < 10 && (token == "0" || token[0] != '0') &&
                             token.find_first_not_of("0123456789") == std::string::npos;
      std::size_t position = 0;
      for (const char c : token) position = position * 10 + static_cast<std::size_t>(c - '0');
      here = canonical ? here.at(position) : View();
    }
  }
  return here;
}

std::optional<std::string> duplicate_key(View value) {
  if (value.is_array()) {
    for (View item = value.first(); item; item = item.next_in(value)) {
      if (auto found = duplicate_key(item)) return found;
    }
  }
  if (!value.is_object()) return std::nullopt;
  std::vector<std::pair<std::string, View>> members;
  for (View item = value.first(); item; item = item.next_in(value)) {
    members.emplace_back(item.key().text(), item);
    if (auto found = duplicate_key(item)) return found;
  }
  std::stable_sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 1; i < members.size(); ++i) {
    if (members[i].first == members[i - 1].first) return pointer_of(members[i].second);
  }
  return std::nullopt;
}

}  // namespace agentmend::json
