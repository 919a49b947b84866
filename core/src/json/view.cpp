#include "json/view.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "block.h"
#include "json/number.h"
#include "json/utf8.h"
#include "json/writer.h"
#include "order.h"

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

// A code point from \uXXXX at `at`, with its low surrogate when one follows; lone surrogates become U+FFFD.
std::uint32_t unicode_escape(std::string_view text, std::size_t& at) {
  std::uint32_t code = hex4(text, at);
  at += 4;
  if (code >= 0xd800 && code < 0xdc00 && at + 6 <= text.size() && text[at] == '\\' && text[at + 1] == 'u') {
    const std::uint32_t low = hex4(text, at + 2);
    if (low >= 0xdc00 && low < 0xe000) {
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      at += 6;
    }
  }
  return code >= 0xd800 && code < 0xe000 ? kReplacement : code;
}

// What the character after a backslash stands for.
struct EscapeTable {
  char to[256] = {};
  constexpr EscapeTable() {
    for (int i = 0; i < 256; ++i) to[i] = static_cast<char>(static_cast<unsigned char>(i));
    to[static_cast<unsigned char>('b')] = '\b';
    to[static_cast<unsigned char>('f')] = '\f';
    to[static_cast<unsigned char>('n')] = '\n';
    to[static_cast<unsigned char>('r')] = '\r';
    to[static_cast<unsigned char>('t')] = '\t';
  }
};
constexpr EscapeTable kEscapes;

// Writes the character of \uXXXX; `at` stands on the X and ends behind it.
char* put_unicode(std::string_view text, std::size_t& at, char* to) {
  std::string character;  // short: no allocation
  append_utf8(character, unicode_escape(text, at));
  std::memcpy(to, character.data(), character.size());
  return to + character.size();
}

// One block of sixteen bytes with escapes in it, up to a \u: each plain run is written as a whole block, of which the
// next write covers what was too much. Answers the bytes read: fewer than a block when a \u is next.
std::size_t decode_block(const char* from, std::uint32_t escapes, char*& to) {
  std::size_t begin = 0;
  while (escapes != 0) {
    const std::size_t at = lowest_bit(escapes);
    Block(from + begin).store(to);
    to += at - begin;
    const char c = from[at + 1];
    if (c == 'u') return at;
    *to++ = kEscapes.to[static_cast<unsigned char>(c)];
    begin = at + 2;
    escapes &= ~(3u << at);  // the byte behind a backslash is no escape of its own
  }
  if (begin >= Block::kBytes) return begin;
  Block(from + begin).store(to);
  to += Block::kBytes - begin;
  return Block::kBytes;
}

// The reader has checked the escapes. Decoded text is never longer than written, so it is written in place of a resized
// buffer: tool outputs are often JSON inside a JSON string, an escape every few bytes.
void decode(std::string_view text, std::string& out) {
  out.resize(text.size() + Block::kBytes);
  char* to = out.data();
  std::size_t i = 0;
  while (i < text.size()) {
    if (i + 2 * Block::kBytes <= text.size()) {  // what begins in this block is read to its end
      const Block block(text.data() + i);
      const std::uint32_t escapes = block.equal('\\');
      if (escapes == 0) {
        block.store(to);
        to += Block::kBytes;
        i += Block::kBytes;
        continue;
      }
      i += decode_block(text.data() + i, escapes, to);
      if (text[i] != '\\' || text[i + 1] != 'u') continue;
      i += 2;
      to = put_unicode(text, i, to);
    } else if (text[i] != '\\') {
      *to++ = text[i++];
    } else if (text[i + 1] != 'u') {
      *to++ = kEscapes.to[static_cast<unsigned char>(text[i + 1])];
      i += 2;
    } else {
      i += 2;
      to = put_unicode(text, i, to);
    }
  }
  out.resize(static_cast<std::size_t>(to - out.data()));
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
  // The closing bracket: behind the last entry inside come the brackets of the containers that end there too, then
  // ours.
  const auto& entries = index_->entries();
  std::size_t closers = 0;
  for (std::uint32_t i = at_; i < e.low(); ++i) {
    const bool container = entries[i].kind() == Kind::kArray || entries[i].kind() == Kind::kObject;
    if (container && entries[i].low() == e.low()) ++closers;
  }
  const Entry& last = entries[e.low() - 1];
  const bool scalar = last.kind() != Kind::kArray && last.kind() != Kind::kObject;
  std::size_t at = last.begin + (scalar ? last.low() : 1);
  while (closers != 0) {
    if (text[at] == '}' || text[at] == ']') --closers;
    ++at;
  }
  return text.substr(e.begin, at - e.begin);
}

std::optional<double> View::number() const {
  if (!is_number()) return std::nullopt;
  return parse_double(index_->text().substr(entry().begin, entry().low()));
}

std::optional<std::int64_t> View::integer() const {
  if (!is_number()) return std::nullopt;
  constexpr std::uint32_t kExact = 15;  // digits: below 2^53 whatever they are
  if (entry().low() <= kExact) {
    std::int64_t whole = 0;
    bool plain = true;
    for (const char c : index_->text().substr(entry().begin, entry().low())) {
      plain = plain && c >= '0' && c <= '9';
      whole = whole * 10 + (c - '0');
    }
    if (plain) return whole;
  }
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
  sort_stable(members, [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 1; i < members.size(); ++i) {
    if (members[i].first == members[i - 1].first) return pointer_of(members[i].second);
  }
  return std::nullopt;
}

}  // namespace agentmend::json
