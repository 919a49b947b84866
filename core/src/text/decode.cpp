#include "text/decode.h"

#include <algorithm>
#include <cstdint>

#include "text/ascii.h"

namespace agentmend::text {
namespace {

constexpr std::size_t kRuns = 8;
constexpr std::size_t kHead = 24;  // characters that may_be_encoded looks at: 18 bytes of base64, 12 of hex

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string from_base64(std::string_view run) {
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : run) {
    const int value = base64_value(c);
    if (value < 0 || out.size() >= kDecodedBytes) break;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out.push_back(static_cast<char>(static_cast<unsigned char>((bits >> held) & 0xffu)));
  }
  return out;
}

std::string from_hex(std::string_view run) {
  std::string out;
  for (std::size_t i = 0; i + 1 < run.size() && out.size() < kDecodedBytes; i += 2) {
    const int value = hex_value(run[i]) * 16 + hex_value(run[i + 1]);
    out.push_back(static_cast<char>(static_cast<unsigned char>(value)));
  }
  return out;
}

std::string from_percent(std::string_view run) {
  std::string out;
  for (std::size_t i = 0; i < run.size() && out.size() < kDecodedBytes; ++i) {
    const bool coded = run[i] == '%' && i + 2 < run.size() && hex_value(run[i + 1]) >= 0 && hex_value(run[i + 2]) >= 0;
    if (!coded) {
      out.push_back(run[i] == '+' ? ' ' : run[i]);
      continue;
    }
    const int value = hex_value(run[i + 1]) * 16 + hex_value(run[i + 2]);
    out.push_back(static_cast<char>(static_cast<unsigned char>(value)));
    i += 2;
  }
  return out;
}

// Printable, and letters and spaces for the most part: random bytes are printable in one of three cases each.
bool readable(std::string_view text) {
  if (text.size() < 8) return false;
  std::size_t words = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 && c != '\n' && c != '\t' && c != '\r') return false;
    if (byte == 0x7f) return false;
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || byte >= 0x80;
    if (letter || c == ' ') ++words;
  }
  return words * 5 >= text.size() * 4;
}

bool all_hex(std::string_view run) {
  return std::all_of(run.begin(), run.end(), [](char c) { return hex_value(c) >= 0; });
}

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

void add(std::vector<Decoded>& runs, std::string_view coding, std::size_t begin, std::size_t end, std::string text) {
  // A plain ASCII start is asked for: bytes above 0x7f are letters only in a text that is UTF-8.
  if (runs.size() >= kRuns || !readable(text)) return;
  if (std::none_of(text.begin(), text.end(), is_letter)) return;
  runs.push_back({coding, begin, end, std::move(text)});
}

void find_runs(std::string_view given, std::vector<Decoded>& runs) {
  for (std::size_t at = 0; at < given.size() && runs.size() < kRuns;) {
    if (base64_value(given[at]) < 0) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < given.size() && base64_value(given[end]) >= 0) ++end;
    const std::string_view run = given.substr(at, end - at);
    if (run.size() >= kEncodedBytes) {
      if (all_hex(run)) {
        add(runs, "hex", at, end, from_hex(run));
      } else if (may_be_encoded(run)) {
        add(runs, "base64", at, end, from_base64(run));
      }
    }
    at = end;
  }
  for (std::size_t at = given.find('%'); at != std::string_view::npos && runs.size() < kRuns;) {
    std::size_t begin = at;
    while (begin > 0 && !is_space(given[begin - 1]) && at - begin < kDecodedBytes) --begin;
    std::size_t end = at;
    std::size_t signs = 0;
    while (end < given.size() && !is_space(given[end])) signs += given[end++] == '%' ? 1 : 0;
    if (signs >= 3 && end - begin >= kEncodedBytes)
      add(runs, "percent", begin, end, from_percent(given.substr(begin, end - begin)));
    at = given.find('%', end);
  }
}

// &#73;&#103;: characters by number, at least eight in a row. A browser shows them as text, so nobody needs them for
// it.
void find_entities(std::string_view given, std::vector<Decoded>& runs) {
  constexpr std::size_t kEntities = 8;
  for (std::size_t at = given.find("&#"); at != std::string_view::npos && runs.size() < kRuns;) {
    std::size_t end = at;
    std::string out;
    while (given.substr(end, 2) == "&#" && out.size() < kDecodedBytes) {
      std::size_t digit = end + 2;
      unsigned value = 0;
      while (digit < given.size() && given[digit] >= '0' && given[digit] <= '9' && value < 1000)
        value = value * 10 + static_cast<unsigned>(given[digit++] - '0');
      if (value == 0 || value > 0x7e || digit >= given.size() || given[digit] != ';') break;
      out.push_back(static_cast<char>(value));
      end = digit + 1;
    }
    if (out.size() >= kEntities) add(runs, "entities", at, end, std::move(out));
    at = given.find("&#", std::max(end, at + 1));
  }
}

// 69 67 6e 6f 72 65: bytes with a space between, at least twelve: dumps have offsets, and bytes nobody can read.
void find_pairs(std::string_view given, std::vector<Decoded>& runs) {
  constexpr std::size_t kPairs = 12;
  const auto pair = [&](std::size_t at) {
    return at + 1 < given.size() && hex_value(given[at]) >= 0 && hex_value(given[at + 1]) >= 0 &&
           (at == 0 || is_space(given[at - 1])) && (at + 2 >= given.size() || !is_letter(given[at + 2]));
  };
  for (std::size_t at = 0; at < given.size() && runs.size() < kRuns;) {
    std::size_t end = at;
    std::string digits;
    while (pair(end) && digits.size() < 2 * kDecodedBytes) {
      digits += given.substr(end, 2);
      end += 2;
      if (end >= given.size() || given[end] != ' ') break;
      ++end;
    }
    if (digits.size() >= 2 * kPairs) add(runs, "hex", at, end, from_hex(digits));
    at = std::max(end, at + 1);
  }
}

// rot13 of frequent words of commands. Two different ones in a line are no coincidence.
constexpr std::string_view kRotated[] = {"gur", "naq", "lbhe",   "nyy",    "vtaber",  "cerivbhf", "vafgehpgvbaf",
                                         "lbh", "ner", "flfgrz", "cebzcg", "eririny", "abj",      "cyrnfr"};

void find_rot13(std::string_view given, std::vector<Decoded>& runs) {
  for (std::size_t begin = 0; begin < given.size() && runs.size() < kRuns;) {
    const std::size_t end = std::min(given.find('\n', begin), given.size());
    const std::string_view line = given.substr(begin, end - begin).substr(0, kDecodedBytes);
    std::string turned;
    for (const char c : line) {
      const bool small = c >= 'a' && c <= 'z';
      const bool capital = c >= 'A' && c <= 'Z';
      const int base = small ? 'a' : 'A';
      turned.push_back(small || capital ? static_cast<char>(base + (c - base + 13) % 26) : c);
    }
    std::uint32_t seen = 0;
    for (std::size_t i = 0; i < line.size();) {
      std::string word;
      for (; i < line.size() && is_letter(line[i]); ++i) word.push_back(static_cast<char>(line[i] | 0x20));
      if (word.empty()) {
        ++i;
        continue;
      }
      for (std::size_t k = 0; k < std::size(kRotated); ++k) seen |= word == kRotated[k] ? 1u << k : 0u;
    }
    if ((seen & (seen - 1)) != 0) add(runs, "rot13", begin, begin + line.size(), std::move(turned));
    begin = end + 1;
  }
}

}  // namespace

bool may_be_encoded(std::string_view run) {
  if (run.size() < kEncodedBytes) return false;
  const std::string_view head = run.substr(0, kHead);
  // Words in a row (a path, a camelCase name) are base64 by alphabet alone: they decode to bytes nobody can read.
  const std::string bytes = all_hex(head) ? from_hex(head) : from_base64(head);
  return std::all_of(bytes.begin(), bytes.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x7f && (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\r');
  });
}

std::vector<Decoded> decode_runs(std::string_view given) {
  std::vector<Decoded> runs;
  find_runs(given, runs);
  find_entities(given, runs);
  find_pairs(given, runs);
  find_rot13(given, runs);
  return runs;
}

}  // namespace agentmend::text
