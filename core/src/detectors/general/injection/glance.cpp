#include "detectors/general/injection/glance.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "block.h"
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
  // What only a text for an agent says: "the AI reading this", "assistant, ...", "the user has approved".
  if ((parts & kMoment) != 0)
    return lower[size - 1] == 'y' || follows(text, end, " this ") || follows(text, end, " the ") ||
           follows(text, end, " to the ") || follows(text, end, " from ") || follows(text, end, ",");
  if ((parts & kTheUser) != 0 && (follows(text, end, " has ") || follows(text, end, "'s ") ||
                                  follows(text, at - std::min<std::size_t>(at, 9), "tell the ") ||
                                  follows(text, at - std::min<std::size_t>(at, 11), "inform the ")))
    return true;
  if ((parts & kModel) != 0)
    return follows(text, end, ",") || follows(text, end, ":") || follows(text, end, " reading ") ||
           follows(text, end, "s:");
  if ((parts & kYou) != 0 && origin == Origin::kUser) return goes_on(text, end);  // turns of users are few and short
  if ((parts & kYou) != 0 && (follows(text, end, " are an ai") || follows(text, end, " are a language") ||
                              follows(text, end, " are an assistant") || follows(text, end, " are an llm")))
    return true;
  if ((parts & kYou) != 0)
    return follows(text, end, " are now") || follows(text, end, " must") || follows(text, end, " are no longer") ||
           follows(text, end, " have no ");
  if ((parts & kAskYou) != 0) return follows(text, end, " you ") && opens_clause(text, at);
  if ((parts & kRun) != 0 && end < text.size() && text[end] == ':') return true;
  if (origin == Origin::kUser)
    return (parts & (kRole | kReveal | kDisable | kRun | kSend | kTask)) != 0 && goes_on(text, end);
  if ((parts & kAsk) != 0 && origin != Origin::kRetrieved) return false;
  if ((parts & kRole) != 0 &&
      (follows(text, end, " as ") || follows(text, end, " to be ") || follows(text, end, " you ")))
    return true;
  return goes_on(text, end) && opens_clause(text, at);
}

// An encoded run that covers `at`, if it could be read.
bool encoded_at(std::string_view text, std::size_t at) {
  // Three percent signs in a row of eight characters each.
  const std::string_view near = text.substr(at, 24);
  if (std::count(near.begin(), near.end(), '%') >= 3) return true;
  std::size_t begin = at;
  while (begin > 0 && (kind(text[begin - 1]) & kRunByte) != 0 && at - begin < 64) --begin;
  std::size_t end = at;
  while (end < text.size() && (kind(text[end]) & kRunByte) != 0 && end - begin < 96) ++end;
  return end - begin >= 24 && text::may_be_encoded(text.substr(begin, end - begin));
}

}  // namespace

namespace {

// Numbers, not truth values: they are combined without branches.
std::uint32_t listed(const std::uint32_t* bits, std::uint32_t four) {
  const std::uint32_t slot = prefix_slot(four | 0x20202020u);
  return (bits[slot >> 5] >> (slot & 31)) & 1u;
}

// The word start at `at`; after an escaped line end (a backslash and n) the word begins one byte later.
bool cue_starts(std::string_view text, std::size_t at, const std::uint32_t* bits, Origin origin) {
  if (at > 0 && text[at - 1] == '\\' && text[at] == 'n') ++at;
  std::uint32_t four = 0x20202020u;
  std::memcpy(&four, text.data() + at, std::min<std::size_t>(4, text.size() - at));
  if (listed(bits, four) == 0) return false;
  // Most are verbs in the run of a sentence: a letter or a comma, then a space before them.
  const bool running = at > 1 && text[at - 1] == ' ' && (is_letter(text[at - 2]) || text[at - 2] == ',');
  if (running && origin != Origin::kUser && listed(bits + (1u << kPrefixBits) / 32, four) == 0) return false;
  return cue_at(text, at, origin);
}

// Whether a word that starts in this block is listed. Reads up to 19 bytes from `bytes`.
bool any_listed(const char* bytes, std::uint32_t starts, const std::uint32_t* bits) {
  std::uint32_t hit = 0;
  for (; starts != 0; starts &= starts - 1) {
    std::uint32_t four = 0;
    std::memcpy(&four, bytes + lowest_bit(starts), 4);
    hit |= listed(bits, four);
  }
  return hit != 0;
}

}  // namespace

std::size_t find_cue(std::string_view text, std::size_t from, Origin origin) {
  const std::uint32_t* bits = prefixes();
  const char* bytes = text.data();
  const std::size_t size = text.size();
  std::uint32_t before = from > 0 && is_letter(bytes[from - 1]) ? 1 : 0;  // was the byte before the block a letter?
  bool escaped = from > 0 && bytes[from - 1] == '\\';  // was there a backslash in the block before?
  std::size_t at = from;
  unsigned run = 0;  // eight dense bytes in a row: 24 bytes of a run hold two whole ones
  for (; at + Block::kBytes + 4 <= size; at += Block::kBytes) {
    const Block block(bytes + at);
    const std::uint32_t letter = block.letters();
    std::uint32_t starts = letter & ~((letter << 1) | before);
    before = letter >> (Block::kBytes - 1);
    const bool backslash = block.equal('\\') != 0;
    if (escaped || backslash || any_listed(bytes + at, starts, bits)) {
      for (; starts != 0; starts &= starts - 1) {
        if (cue_starts(text, at + lowest_bit(starts), bits, origin)) return at + lowest_bit(starts);
      }
    }
    escaped = backslash;
    for (std::uint32_t odd = block.not_ascii(); odd != 0; odd &= odd - 1) {
      const std::size_t i = at + lowest_bit(odd);
      if ((kind(bytes[i]) & kOdd) != 0 && disguised(text, i)) return i;
    }
    const std::uint32_t dense = block.dense();
    for (std::size_t half = 0; half < Block::kBytes; half += 8) {
      run = ((dense >> half) & 0xffu) == 0xffu ? run + 1 : 0;
      if (run == 2 && encoded_at(text, at + half)) return at;
    }
  }
  for (bool inside = before != 0; at < size; ++at) {
    const bool letter = is_letter(bytes[at]);
    if (letter && !inside && cue_starts(text, at, bits, origin)) return at;
    if ((kind(bytes[at]) & kOdd) != 0 && disguised(text, at)) return at;
    inside = letter;
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
