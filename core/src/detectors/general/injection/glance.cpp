#include "detectors/general/injection/glance.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "json/writer.h"
#include "text/decode.h"

namespace agentmend::detectors::injection {
namespace {

constexpr std::uint8_t kLetter = 1;
constexpr std::uint8_t kRunByte = 2;  // of base64
constexpr std::uint8_t kOdd = 4;  // begins a character that may hide or imitate a letter

constexpr auto kBytes = [] {
  std::array<std::uint8_t, 256> bytes{};
  for (int c = 'a'; c <= 'z'; ++c) bytes[static_cast<std::size_t>(c)] = bytes[static_cast<std::size_t>(c - 32)] = 3;
  for (int c = '0'; c <= '9'; ++c) bytes[static_cast<std::size_t>(c)] = kRunByte;
  bytes['\\'] = kOdd;  // an escaped line end before a word
  bytes['+'] = bytes['/'] = kRunByte;
  // Greek, Cyrillic, general punctuation, full width, mathematical letters, tags.
  for (const int c : {0xce, 0xcf, 0xd0, 0xd1, 0xe2, 0xef, 0xf0, 0xf3}) bytes[static_cast<std::size_t>(c)] = kOdd;
  return bytes;
}();

std::uint8_t kind(char c) { return kBytes[static_cast<unsigned char>(c)]; }
bool is_letter(char c) { return (kind(c) & kLetter) != 0; }

// A hidden or imitated letter: beside an ASCII letter (a Russian sentence has none inside its words).
bool disguised(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned first = byte(at);
  const unsigned second = byte(at + 1);
  const unsigned third = byte(at + 2);
  if (first == 0xf3) return second == 0xa0;
  if (first == 0xf0) return second == 0x9d && (third >= 0x90 && third <= 0x9a);
  if (first == 0xef) return second == 0xbc || second == 0xbd;
  const std::size_t length = first < 0xe0 ? 2 : 3;
  const bool inside =
      (at > 0 && is_letter(text[at - 1])) || (at + length < text.size() && is_letter(text[at + length]));
  if (!inside) return false;
  if (first == 0xe2)
    return (second == 0x80 && third >= 0x8b && third <= 0x8f) || (second == 0x81 && third >= 0xa0 && third <= 0xa4);
  return true;
}

// Does a clause, a value or a line start here?
bool opens_clause(std::string_view text, std::size_t at) {
  while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t')) --at;
  if (at == 0) return true;
  if (text[at - 1] == 'n' && at > 1 && text[at - 2] == '\\') return true;
  const char before = text[at - 1];
  return before == '.' || before == '!' || before == '?' || before == ':' || before == '"' || before == '\'' ||
         before == '\n' || before == '>' || before == ']' || before == '*' || before == '-' || before == ';';
}

// Another word follows: a value of one word is no request.
bool goes_on(std::string_view text, std::size_t end) {
  return end + 1 < text.size() && text[end] == ' ' &&
         (is_letter(text[end + 1]) || text[end + 1] == '\'' || text[end + 1] == '"');
}

bool follows(std::string_view text, std::size_t at, std::string_view words) {
  if (text.size() - at < words.size()) return false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if ((static_cast<unsigned char>(text[at + i]) | 0x20u) != (static_cast<unsigned char>(words[i]) | 0x20u))
      return false;
  }
  return true;
}

bool forged(std::string_view text, std::size_t at, std::size_t end) {
  const char before = at > 0 ? text[at - 1] : ' ';
  if (before == '<' || before == '[' || before == '|' || before == '/') return true;
  const bool capitals = text[at] < 'a' && text[at + 1] < 'a';
  if (!opens_clause(text, at) && !follows(text, at - std::min<std::size_t>(at, 4), "new ")) return false;
  return (end < text.size() && text[end] == ':' && capitals) || follows(text, end, " override") ||
         follows(text, end, " note:") || follows(text, end, " message:") || follows(text, end, " prompt");
}

constexpr std::size_t kLongest = 20;  // bytes of a word in the table

// Is the word at `at` a cue here? Called for about one word in ten.
bool cue_at(std::string_view text, std::size_t at, Origin origin) {
  char lower[kLongest];
  std::size_t size = 0;
  while (size < kLongest && at + size < text.size() && (is_letter(text[at + size]) || text[at + size] == '\'')) {
    const char c = text[at + size];
    lower[size++] = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  }
  while (size > 0 && lower[size - 1] == '\'') --size;
  const Parts parts = parts_of(std::string_view(lower, size));
  const std::size_t end = at + size;
  if ((parts & kCues) == 0) return false;
  if ((parts & (kSetAside | kUnbound | kPolite)) != 0) return goes_on(text, end);
  if ((parts & kSpeaker) != 0 && forged(text, at, end)) return true;
  if ((parts & kYou) != 0)
    return follows(text, end, " are now") || follows(text, end, " must") || follows(text, end, " are no longer") ||
           follows(text, end, " have no ");
  if ((parts & kOught) != 0) return follows(text, end, " you ") && opens_clause(text, at);
  if (origin == Origin::kUser) return (parts & (kRole | kReveal | kDisable | kRun)) != 0 && goes_on(text, end);
  if ((parts & kAsk) != 0 && origin != Origin::kRetrieved) return false;
  if ((parts & kRole) != 0 &&
      (follows(text, end, " as ") || follows(text, end, " to be ") || follows(text, end, " you ")))
    return true;
  return goes_on(text, end) && opens_clause(text, at);
}

// An encoded run that covers `at`, if it could be read.
bool encoded_at(std::string_view text, std::size_t at) {
  std::size_t begin = at;
  while (begin > 0 && (kind(text[begin - 1]) & kRunByte) != 0 && at - begin < 64) --begin;
  std::size_t end = at;
  while (end < text.size() && (kind(text[end]) & kRunByte) != 0 && end - begin < 96) ++end;
  return end - begin >= 24 && text::may_be_encoded(text.substr(begin, end - begin));
}

}  // namespace

std::size_t find_cue(std::string_view text, std::size_t from, Origin origin) {
  const std::uint32_t* bits = prefixes();
  const std::size_t size = text.size();
  const char* bytes = text.data();
  // Runs of 24 and more: one look every 24 bytes meets each.
  constexpr std::size_t kStride = 24;
  std::uint32_t outside = from == 0 || !is_letter(text[from - 1]) ? 1 : 0;
  std::size_t at = from;
  while (at + 4 <= size) {
    const std::size_t stop = std::min(at + kStride, size - 3);
    for (; at < stop; ++at) {
      std::uint32_t four = 0;
      std::memcpy(&four, bytes + at, 4);
      const std::uint32_t slot = prefix_slot(four | 0x20202020u);
      const std::uint32_t byte = kind(bytes[at]);
      const std::uint32_t letter = byte & kLetter;
      const std::uint32_t hit = ((bits[slot >> 5] >> (slot & 31)) & outside & letter) | (byte & kOdd);
      outside = letter ^ 1u;
      if (hit == 0) continue;
      if (bytes[at] == '\\'    ? bytes[at + 1] == 'n' && cue_at(text, at + 2, origin)
          : (byte & kOdd) != 0 ? disguised(text, at)
                               : cue_at(text, at, origin))
        return at;
    }
    if (at < size && (kind(bytes[at]) & kRunByte) != 0 && encoded_at(text, at)) return at;
  }
  return kNoCue;
}

std::string_view bounded(std::string_view text, Origin origin, std::string& storage) {
  if (text.size() <= kHeadBytes + kTailBytes) return text;
  storage.assign(json::cut_utf8(text, kHeadBytes));
  const std::size_t tail = text.size() - kTailBytes;
  std::size_t windows = 0;
  for (std::size_t at = kHeadBytes; at < tail && windows < kWindows; ++windows) {
    at = find_cue(text.substr(0, tail), at, origin);
    if (at == kNoCue) break;
    storage += '\n';
    storage += text.substr(at, std::min(kWindowBytes, tail - at));
    at += kWindowBytes;
  }
  storage += '\n';
  storage += text.substr(tail);
  return storage;
}

}  // namespace agentmend::detectors::injection
