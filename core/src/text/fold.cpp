#include "text/fold.h"

#include <algorithm>
#include <iterator>

#include "json/utf8.h"

namespace agentmend::text {
namespace {

struct Letter {
  std::uint32_t code;
  char latin;
};

// Letters that look like a Latin one in common fonts (Unicode confusables, the lower-case and capital forms that are
// drawn alike). Sorted by code.
constexpr Letter kLookAlikes[] = {
    {0x391, 'a'}, {0x392, 'b'}, {0x395, 'e'}, {0x396, 'z'}, {0x397, 'h'}, {0x399, 'i'}, {0x39a, 'k'},
    {0x39c, 'm'}, {0x39d, 'n'}, {0x39f, 'o'}, {0x3a1, 'p'}, {0x3a4, 't'}, {0x3a5, 'y'}, {0x3a7, 'x'},
    {0x3b1, 'a'}, {0x3b9, 'i'}, {0x3bd, 'v'}, {0x3bf, 'o'}, {0x3c1, 'p'}, {0x3c5, 'u'}, {0x405, 's'},
    {0x406, 'i'}, {0x408, 'j'}, {0x410, 'a'}, {0x412, 'b'}, {0x415, 'e'}, {0x41a, 'k'}, {0x41c, 'm'},
    {0x41d, 'h'}, {0x41e, 'o'}, {0x420, 'p'}, {0x421, 'c'}, {0x422, 't'}, {0x423, 'y'}, {0x425, 'x'},
    {0x430, 'a'}, {0x435, 'e'}, {0x43a, 'k'}, {0x43e, 'o'}, {0x440, 'p'}, {0x441, 'c'}, {0x443, 'y'},
    {0x445, 'x'}, {0x455, 's'}, {0x456, 'i'}, {0x458, 'j'}, {0x501, 'd'}, {0x51b, 'q'}, {0x51d, 'w'}};

// U+00C0 to U+017F without their accents; '?' = no single Latin letter.
constexpr char kAccents[] =
    "aaaaaaaceeeeiiiidnooooo?ouuuuyts"
    "aaaaaaaceeeeiiiidnooooo?ouuuuyty"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii??jjkkkllllllllllnnnnnnn??oooooo??"
    "rrrrrrssssssssttttttuuuuuuuuuuuu"
    "wwyyyzzzzzzs";
static_assert(sizeof kAccents == 0x180 - 0xc0 + 1);

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
char lower(std::uint32_t code) { return static_cast<char>(code >= 'A' && code <= 'Z' ? code + 32 : code); }

char look_alike(std::uint32_t code) {
  const auto* found = std::lower_bound(std::begin(kLookAlikes), std::end(kLookAlikes), code,
                                       [](const Letter& a, std::uint32_t b) { return a.code < b; });
  return found != std::end(kLookAlikes) && found->code == code ? found->latin : '\0';
}

bool is_zero_width(std::uint32_t code) {
  return code == 0xad || (code >= 0x200b && code <= 0x200f) || (code >= 0x202a && code <= 0x202e) ||
         (code >= 0x2060 && code <= 0x2064) || code == 0xfeff || (code >= 0xfe00 && code <= 0xfe0f);
}

// Characters that fold alike wherever they stand; '\0' = keep.
char plain(std::uint32_t code) {
  if (code < 0x80) return lower(code);
  if (code >= 0xc0 && code < 0x180) return kAccents[code - 0xc0] == '?' ? '\0' : kAccents[code - 0xc0];
  if (code == 0x2018 || code == 0x2019 || code == 0x201a || code == 0x2032) return '\'';
  if (code == 0x201c || code == 0x201d || code == 0x201e || code == 0xab || code == 0xbb) return '"';
  if (code >= 0x2010 && code <= 0x2015) return '-';
  if (code == 0xa0 || (code >= 0x2000 && code <= 0x200a) || code == 0x202f || code == 0x3000) return ' ';
  if (code == 0x3002) return '.';
  if (code == 0xa1 || code == 0xbf) return ' ';  // inverted ! and ?
  return '\0';
}

// Full width, mathematical alphabets, circled letters, tag characters: another style of an ASCII character.
char styled(std::uint32_t code) {
  if (code >= 0xff01 && code <= 0xff5e) return lower(code - 0xff01 + 0x21);
  if (code >= 0x1d400 && code <= 0x1d6a3) return static_cast<char>('a' + (code - 0x1d400) % 26);
  if (code >= 0x24b6 && code <= 0x24e9) return static_cast<char>('a' + (code - 0x24b6) % 26);
  if (code >= 0xe0020 && code <= 0xe007e) return lower(code - 0xe0000);
  return '\0';
}

std::uint32_t code_at(std::string_view text, std::size_t at, std::size_t length) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + i])); };
  if (length == 1) return byte(0);
  std::uint32_t code = byte(0) & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) code = (code << 6) | (byte(i) & 0x3fu);
  return code;
}

class Folder {
 public:
  explicit Folder(std::string_view given) : given_(given) {
    out_.text.reserve(given.size());
    out_.origin.reserve(given.size() + 1);
  }

  Folded run() {
    for (std::size_t at = 0; at < given_.size();) {
      const std::size_t length = json::utf8_length(given_.data() + at, given_.size() - at);
      if (length == 0) {
        put(' ', at++);
        continue;
      }
      if (escaped_line_end(at)) {
        finish_word();
        put('\n', at);
        at += 2;
        continue;
      }
      take(code_at(given_, at, length), at, length);
      at += length;
    }
    finish_word();
    out_.origin.push_back(static_cast<std::uint32_t>(given_.size()));
    return std::move(out_);
  }

 private:
  void put(char c, std::size_t at) {
    out_.text.push_back(c);
    out_.origin.push_back(static_cast<std::uint32_t>(at));
  }

  // Text inside text (JSON in JSON) keeps its line ends as \\n. Before a small letter it may be a path: C:\\new.
  [[nodiscard]] bool escaped_line_end(std::size_t at) const {
    if (given_[at] != '\\' || at + 1 >= given_.size() || (given_[at + 1] != 'n' && given_[at + 1] != 'r')) return false;
    return at + 2 >= given_.size() || !is_letter(given_[at + 2]);
  }

  void take(std::uint32_t code, std::size_t at, std::size_t length) {
    if (is_zero_width(code)) {
      if (latin_ || foreign_) ++out_.hidden;
      return;
    }
    if (const char c = plain(code); c != '\0') {
      if (is_letter(c)) {
        latin_ = true;
      } else if (c != '\'' && c != '-') {
        finish_word();
      }
      put(c, at);
      if (!is_letter(c)) word_ = out_.text.size();
      return;
    }
    if (const char c = styled(code); c != '\0') {
      code >= 0xe0000 ? ++out_.hidden : ++out_.look_alikes;
      put(c, at);
      return;
    }
    if (look_alike(code) != '\0') foreign_ = true;
    for (std::size_t i = 0; i < length; ++i) put(given_[at + i], at);
  }

  // Look-alikes become Latin only beside Latin letters: a Russian word stays Russian.
  void finish_word() {
    if (latin_ && foreign_) {
      std::size_t to = word_;
      for (std::size_t at = word_; at < out_.text.size();) {
        const std::size_t length =
            std::max<std::size_t>(1, json::utf8_length(out_.text.data() + at, out_.text.size() - at));
        const char c = length == 2 ? look_alike(code_at(out_.text, at, length)) : '\0';
        const std::uint32_t from = out_.origin[at];
        if (c != '\0') {
          ++out_.look_alikes;
          out_.text[to] = c;
          out_.origin[to++] = from;
        } else {
          for (std::size_t i = 0; i < length; ++i, ++to) {
            out_.text[to] = out_.text[at + i];
            out_.origin[to] = from;
          }
        }
        at += length;
      }
      out_.text.resize(to);
      out_.origin.resize(to);
    }
    latin_ = foreign_ = false;
    word_ = out_.text.size();
  }

  std::string_view given_;
  Folded out_;
  std::size_t word_ = 0;  // where the word being read begins in out_.text
  bool latin_ = false;
  bool foreign_ = false;
};

// "i g n o r e  a l l" -> "ignore all": five single letters in a row are no prose.
constexpr std::size_t kSpacedLetters = 5;

void join_spaced(Folded& folded) {
  const std::string& text = folded.text;
  const auto letter = [&](std::size_t i) { return i < text.size() && is_letter(text[i]); };
  const auto single = [&](std::size_t i) { return letter(i) && !letter(i + 1) && (i == 0 || !letter(i - 1)); };
  std::string out;
  std::vector<std::uint32_t> origin;
  std::size_t copied = 0;
  const auto copy_to = [&](std::size_t end) {
    out.append(text, copied, end - copied);
    origin.insert(origin.end(), folded.origin.begin() + static_cast<std::ptrdiff_t>(copied),
                  folded.origin.begin() + static_cast<std::ptrdiff_t>(end));
    copied = end;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!single(i)) continue;
    std::size_t end = i + 1;
    std::size_t letters = 1;
    for (std::size_t next = end; next < text.size(); ++letters) {
      while (next < text.size() && next - end < 4 && (text[next] == ' ' || text[next] == '.' || text[next] == '-'))
        ++next;
      if (next == end || !single(next)) break;
      end = ++next;
    }
    if (letters >= kSpacedLetters) {
      copy_to(i);
      for (std::size_t at = i; at < end; ++at) {
        // One separator is spacing, two or more end a word.
        const bool word_end = !letter(at) && at > i && !letter(at - 1) && (at < 2 || letter(at - 2));
        if (!letter(at) && !word_end) continue;
        out.push_back(letter(at) ? text[at] : ' ');
        origin.push_back(folded.origin[at]);
      }
      copied = end;
      ++folded.spaced;
    }
    i = end - 1;
  }
  if (folded.spaced == 0) return;
  copy_to(text.size());
  origin.push_back(folded.origin.back());
  folded.text = std::move(out);
  folded.origin = std::move(origin);
}

}  // namespace

Folded fold(std::string_view given) {
  Folded folded = Folder(given).run();
  join_spaced(folded);
  return folded;
}

std::string unleet(std::string_view word) {
  constexpr std::string_view kSigns = "0134578@$!";
  constexpr std::string_view kLetters = "oieastbasi";
  std::string out;
  bool letter = false;
  bool sign = false;
  for (const char c : word) {
    if (const std::size_t at = kSigns.find(c); at != std::string_view::npos) {
      out.push_back(kLetters[at]);
      sign = true;
    } else if (is_letter(c)) {
      out.push_back(c);
      letter = true;
    } else {
      return {};
    }
  }
  return letter && sign ? out : std::string();
}

}  // namespace agentmend::text
