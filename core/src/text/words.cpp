#include "text/words.h"

#include <algorithm>
#include <array>

#include "json/utf8.h"
#include "text/hash.h"
#include "text/synonyms.h"
#include "text/word_lists.h"

namespace agentmend::text {
namespace {

enum class Sign : std::uint8_t { kLetter, kDigit, kIdeograph, kIgnored, kMark };

struct Character {
  Sign sign = Sign::kMark;
  bool upper = false;
  bool latin = false;
  std::uint32_t lower = 0;  // code point, or two ASCII letters packed as (first << 8 | second) when `pair`
  bool pair = false;
  std::size_t bytes = 1;
};

// Base letters of U+00C0..U+00FF and U+0100..U+017F; '*' = no plain letter (x and division signs, thorn, eth: kept).
constexpr std::string_view kLatin1 = "aaaaaa*ceeeeiiii*nooooo*ouuuuy**";
constexpr std::string_view kExtendedA =
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii**jjkkklllllllllln"
    "nnnnnnnnoooooo**rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
static_assert(kExtendedA.size() == 128);

bool is_punctuation(std::uint32_t c) {
  return (c >= 0x80 && c <= 0xbf && c != 0xaa && c != 0xb5 && c != 0xba) || c == 0xd7 || c == 0xf7 ||
         (c >= 0x2000 && c <= 0x2bff) || (c >= 0x2e00 && c <= 0x2e7f) || (c >= 0x3000 && c <= 0x3004) ||
         (c >= 0x3008 && c <= 0x3020) || c == 0x30fb || c == 0x60c || c == 0x61b || c == 0x61f || c == 0x6d4 ||
         c == 0x964 || c == 0x965 || c == 0x5be || (c >= 0xe000 && c <= 0xf8ff) || (c >= 0xff00 && c <= 0xff0f) ||
         (c >= 0xff1a && c <= 0xff20) || (c >= 0xff3b && c <= 0xff40) || (c >= 0xff5b && c <= 0xff65) ||
         (c >= 0x1f000 && c <= 0x1faff) || c == 0xfffd;
}
// Scripts written without spaces; Hangul has spaces.
bool is_ideograph(std::uint32_t c) {
  return (c >= 0x3005 && c <= 0x3007) || (c >= 0x3041 && c <= 0x30ff) || (c >= 0x3400 && c <= 0x4dbf) ||
         (c >= 0x4e00 && c <= 0x9fff) || (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3ffff) ||
         (c >= 0x0e01 && c <= 0x0e30);  // Thai
}
bool is_ignored(std::uint32_t c) {
  return c == 0xad || (c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) || c == 0x2060 || c == 0xfeff ||
         (c >= 0xfe00 && c <= 0xfe0f);
}

std::uint32_t decode(std::string_view text, std::size_t i, std::size_t bytes) {
  const auto byte = [&](std::size_t k) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i + k])); };
  if (bytes == 2) return ((byte(0) & 0x1fu) << 6) | (byte(1) & 0x3fu);
  if (bytes == 3) return ((byte(0) & 0x0fu) << 12) | ((byte(1) & 0x3fu) << 6) | (byte(2) & 0x3fu);
  return ((byte(0) & 0x07u) << 18) | ((byte(1) & 0x3fu) << 12) | ((byte(2) & 0x3fu) << 6) | (byte(3) & 0x3fu);
}

Character latin(std::uint32_t code) {
  Character c{Sign::kLetter, false, true, code, false, 2};
  if (code <= 0xff) {
    c.upper = code <= 0xde && code != 0xd7;
    if (code == 0xdf || code == 0xc6 || code == 0xe6) {  // sharp s, ae
      c.pair = true;
      c.lower = code == 0xdf ? ('s' << 8 | 's') : ('a' << 8 | 'e');
      return c;
    }
    const char base = kLatin1[(code - 0xc0) & 31u];
    c.lower = base != '*' ? static_cast<unsigned char>(base) : (code | 0x20u);
    if (code == 0xf8 || code == 0xd8) c.lower = 'o';
    if (code == 0xff) c.lower = 'y';
    return c;
  }
  c.upper = (code & 1u) == ((code >= 0x139 && code <= 0x148) || code >= 0x179 ? 1u : 0u);
  const char base = kExtendedA[code - 0x100];
  if (base != '*') {
    c.lower = static_cast<unsigned char>(base);
  } else {
    c.pair = true;
    c.lower = code <= 0x133 ? ('i' << 8 | 'j') : ('o' << 8 | 'e');
  }
  return c;
}

Character read(std::string_view text, std::size_t i) {
  const auto first = static_cast<unsigned char>(text[i]);
  if (first < 0x80) {
    if (first >= 'a' && first <= 'z') return {Sign::kLetter, false, true, first, false, 1};
    if (first >= 'A' && first <= 'Z') return {Sign::kLetter, true, true, first | 0x20u, false, 1};
    if (first >= '0' && first <= '9') return {Sign::kDigit, false, false, first, false, 1};
    return {};
  }
  const std::size_t bytes = json::utf8_length(text.data() + i, text.size() - i);
  if (bytes == 0) return {};
  const std::uint32_t code = decode(text, i, bytes);
  Character c{Sign::kLetter, false, false, code, false, bytes};
  if (is_ignored(code)) {
    c.sign = Sign::kIgnored;
  } else if (code >= 0xff10 && code <= 0xff19) {
    c.sign = Sign::kDigit;
    c.lower = code - 0xff10 + '0';
  } else if ((code >= 0xff21 && code <= 0xff3a) || (code >= 0xff41 && code <= 0xff5a)) {
    c.upper = code <= 0xff3a;
    c.latin = true;
    c.lower = code - (c.upper ? 0xff21u : 0xff41u) + 'a';
  } else if (is_punctuation(code)) {
    c.sign = Sign::kMark;
  } else if (code >= 0xc0 && code <= 0x17f) {
    c = latin(code);
  } else if (is_ideograph(code)) {
    c.sign = Sign::kIdeograph;
  } else if ((code >= 0x391 && code <= 0x3a9) || (code >= 0x410 && code <= 0x42f)) {  // Greek and Cyrillic capitals
    c.upper = true;
    c.lower = code + 0x20;
  } else if (code >= 0x400 && code <= 0x40f) {
    c.upper = true;
    c.lower = code + 0x50;
  }
  return c;
}

bool is_apostrophe(std::string_view text, std::size_t i, std::size_t& bytes) {
  bytes = 1;
  if (text[i] == '\'') return true;
  bytes = 3;
  return text.substr(i, 3) == "\xe2\x80\x99";
}

bool ends_sentence(char c) { return c == '.' || c == '!' || c == '?' || c == '\n' || c == ':'; }

}  // namespace

class Tokeniser {
 public:
  Tokeniser(Words& out, std::string_view given) : out_(out), given_(given) {}

  void run() {
    out_.folded_.reserve(std::min<std::size_t>(given_.size(), Words::kMaxWords * 8));
    std::size_t i = 0;
    while (i < given_.size()) {
      const Character c = read(given_, i);
      if (out_.items_.size() >= Words::kMaxWords && c.sign != Sign::kMark) {
        out_.cut_ = true;
        break;
      }
      if (c.sign == Sign::kIdeograph) {
        i = ideographs(i);
      } else if (c.sign == Sign::kLetter || c.sign == Sign::kDigit) {
        i = word(i);
      } else {
        if (c.sign == Sign::kMark) fresh_ = fresh_ || ends_sentence(given_[i]) || c.lower == 0x3002;
        i += c.bytes;
      }
    }
  }

 private:
  // Letters and digits, and what may stand inside a word: an apostrophe, a dot or a comma between digits.
  std::size_t word(std::size_t i) {
    Word w = begin_word(i);
    std::size_t letters = 0;
    std::size_t capitals = 0;
    bool first = true;
    while (i < given_.size()) {
      const Character c = read(given_, i);
      if (c.sign == Sign::kLetter) {
        ++letters;
        capitals += c.upper ? 1 : 0;
        if (first) w.capital = c.upper;
        (c.latin ? latin_ : other_) += 1;
        accents_ += c.latin && c.bytes == 2 ? 1 : 0;
        put(c);
      } else if (c.sign == Sign::kDigit) {
        w.digits = true;
        put(c);
      } else if (c.sign != Sign::kIgnored) {
        const std::size_t skip = inside(i, w);
        if (skip == 0) break;
        i += skip;
        continue;
      }
      first = false;
      i += c.bytes;
      w.end = static_cast<std::uint32_t>(i);
      if (out_.folded_.size() - w.at > kMaxWordBytes) break;
    }
    w.all_capitals = letters >= 2 && capitals == letters;
    // "APIs": a capital word with a plural s.
    if (letters >= 3 && capitals == letters - 1 && out_.folded_.back() == 's' && given_[w.end - 1] == 's') {
      out_.folded_.pop_back();
      w.all_capitals = true;
    }
    end_word(w);
    skip_suffix(i);
    return i;
  }

  // Pairs of neighbours, as is usual for scripts without spaces; a lonely character is a word.
  std::size_t ideographs(std::size_t i) {
    std::size_t count = 0;
    while (i < given_.size() && out_.items_.size() < Words::kMaxWords) {
      const Character c = read(given_, i);
      if (c.sign != Sign::kIdeograph) break;
      const std::size_t next = i + c.bytes;
      const Character d = next < given_.size() ? read(given_, next) : Character{};
      ++other_;
      if (d.sign == Sign::kIdeograph || count == 0) {
        Word w = begin_word(i);
        put(c);
        w.end = static_cast<std::uint32_t>(next);
        if (d.sign == Sign::kIdeograph) {
          put(d);
          w.end = static_cast<std::uint32_t>(next + d.bytes);
        }
        end_word(w);
      }
      ++count;
      i = next;
    }
    return i;
  }

  Word begin_word(std::size_t i) {
    Word w;
    w.begin = static_cast<std::uint32_t>(i);
    w.end = w.begin;
    w.at = static_cast<std::uint32_t>(out_.folded_.size());
    w.starts = fresh_;
    fresh_ = false;
    return w;
  }

  void put(const Character& c) {
    if (c.pair) {
      out_.folded_.push_back(static_cast<char>(c.lower >> 8));
      out_.folded_.push_back(static_cast<char>(c.lower & 0xffu));
    } else {
      json::append_utf8(out_.folded_, c.lower);
    }
  }

  // Bytes to skip when the word goes on after the sign at `i`; 0 = it ends here.
  [[nodiscard]] std::size_t inside(std::size_t i, const Word& w) {
    const auto digit = [&](std::size_t k) { return k < given_.size() && given_[k] >= '0' && given_[k] <= '9'; };
    const char sign = given_[i];
    if (sign == '.' && w.digits && digit(i - 1) && digit(i + 1)) {
      out_.folded_.push_back('.');
      return 1;
    }
    // Thousands: a comma and exactly three digits.
    if (sign == ',' && w.digits && digit(i - 1) && digit(i + 1) && digit(i + 2) && digit(i + 3) && !digit(i + 4))
      return 1;
    std::size_t bytes = 0;
    if (is_apostrophe(given_, i, bytes) && i + bytes < given_.size() && given_[i + bytes] == 't' &&
        out_.folded_.back() == 'n')
      return bytes;  // don't, isn't
    return 0;
  }

  // 's, 're, 'll, 've, 'd, 'm after a word are no words.
  void skip_suffix(std::size_t& i) {
    std::size_t bytes = 0;
    if (i >= given_.size() || !is_apostrophe(given_, i, bytes)) return;
    for (const std::string_view suffix : {"s", "re", "ll", "ve", "d", "m"}) {
      const std::size_t after = i + bytes + suffix.size();
      if (given_.substr(i + bytes, suffix.size()) != suffix) continue;
      if (after < given_.size() && read(given_, after).sign == Sign::kLetter) continue;
      i = after;
      return;
    }
  }

  void end_word(Word w) {
    const std::size_t length = out_.folded_.size() - w.at;
    w.length = static_cast<std::uint16_t>(length);
    const std::string_view folded = out_.text(w);
    w.stem = static_cast<std::uint16_t>(w.digits ? length : stem_length(folded));
    out_.items_.push_back(w);
  }

 public:
  void classify() {
    out_.language_ = guess();
    for (Word& w : out_.items_) {
      const std::string_view folded = out_.text(w);
      const bool ascii = (static_cast<unsigned char>(folded.front()) & 0x80u) == 0;
      const bool long_enough = !ascii || w.digits || w.length >= 3 || (w.all_capitals && w.length == 2);
      w.content = long_enough && !(is_stop_word(folded) && !(w.all_capitals && w.length <= 3)) &&
                  !is_function_word(folded, out_.language_);
      const std::uint32_t group = synonym_group(out_.stem(w));
      w.key = group != 0 ? mix(group) : hash(out_.stem(w));
    }
  }

 private:
  [[nodiscard]] Language guess() const {
    if (other_ > latin_) return Language::kOtherScript;
    std::array<std::size_t, kLanguages> hits{};
    const std::size_t sample = std::min(out_.items_.size(), kLanguageSample);
    for (std::size_t i = 0; i < sample; ++i) {
      const Word& w = out_.items_[i];
      for (std::size_t l = 0; l < kLanguages; ++l) hits[l] += is_function_word(out_.text(w), language_at(l)) ? 1 : 0;
    }
    const auto best = static_cast<std::size_t>(std::max_element(hits.begin(), hits.end()) - hits.begin());
    std::size_t rivals = 0;
    for (const std::size_t h : hits) rivals += h == hits[best] ? 1 : 0;
    // One function word decides a short English question; another language needs two, or one and an accent, because
    // its small words are now and then English ones. A tie says nothing.
    const bool enough = hits[best] >= 2 || (hits[best] == 1 && (best == 0 || accents_ > 0));
    return !enough || rivals > 1 ? Language::kUnknown : language_at(best);
  }

  static constexpr std::size_t kLanguageSample = 2'000;  // words looked at to tell the language
  static constexpr std::size_t kMaxWordBytes = 200;  // longer runs are data (base64), cut into pieces
  Words& out_;
  std::string_view given_;
  bool fresh_ = true;
  std::size_t latin_ = 0;
  std::size_t accents_ = 0;
  std::size_t other_ = 0;
};

Words::Words(std::string_view given) {
  Tokeniser tokeniser(*this, given.substr(0, 0xffffff00u));
  tokeniser.run();
  tokeniser.classify();
}

std::size_t Words::at_byte(std::size_t offset) const {
  const auto found =
      std::lower_bound(items_.begin(), items_.end(), offset, [](const Word& w, std::size_t o) { return w.begin < o; });
  return static_cast<std::size_t>(found - items_.begin());
}

bool Words::reads(std::size_t i, std::string_view phrase) const {
  while (!phrase.empty()) {
    const std::size_t space = std::min(phrase.find(' '), phrase.size());
    if (i >= items_.size() || text(i) != phrase.substr(0, space)) return false;
    phrase.remove_prefix(std::min(space + 1, phrase.size()));
    ++i;
  }
  return true;
}

namespace {
bool is_vowel(char c) { return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y'; }
bool has_vowel(std::string_view word) { return std::any_of(word.begin(), word.end(), is_vowel); }

// Takes `suffix` off when at least `keep` letters with a vowel stay.
bool strip(std::string_view& word, std::string_view suffix, std::size_t keep) {
  if (word.size() < suffix.size() + keep || !word.ends_with(suffix)) return false;
  const std::string_view rest = word.substr(0, word.size() - suffix.size());
  if (!has_vowel(rest)) return false;
  word = rest;
  return true;
}

void strip_plural(std::string_view& word) {
  if (strip(word, "ies", 3)) return;
  if (word.ends_with("ss") || word.ends_with("us") || word.ends_with("is")) return;
  if (word.ends_with("xes") || word.ends_with("ches") || word.ends_with("shes") || word.ends_with("sses") ||
      word.ends_with("zes")) {
    word.remove_suffix(2);
    return;
  }
  strip(word, "s", 3);
}
}  // namespace

std::size_t stem_length(std::string_view word) {
  if (word.size() < 4 || (static_cast<unsigned char>(word.front()) & 0x80u) != 0) return word.size();
  std::string_view stem = word;
  strip_plural(stem);
  if (!stem.ends_with("ply")) strip(stem, "ly", 4);
  bool verb_form = false;
  if (strip(stem, "ation", 4)) {
    strip(stem, "ment", 4);
  } else if (strip(stem, "ment", 3)) {
  } else {
    verb_form = strip(stem, "ing", 3) || (!stem.ends_with("eed") && strip(stem, "ed", 3)) ||
                ((stem.ends_with("tion") || stem.ends_with("sion")) && strip(stem, "ion", 4));
    if (!verb_form) strip(stem, "ate", 4);
  }
  // generating, generated: the stem of generate, which lost its "ate". Not "repeat": a vowel before.
  if (verb_form && stem.size() >= 6 && stem.ends_with("at") && !is_vowel(stem[stem.size() - 3])) stem.remove_suffix(2);
  while (stem.size() > 3 && (stem.back() == 'e' || stem.back() == 'y' || stem.back() == 'i')) stem.remove_suffix(1);
  if (stem.size() > 3 && stem.back() == stem[stem.size() - 2] && !is_vowel(stem.back())) stem.remove_suffix(1);
  return stem.size();
}

}  // namespace agentmend::text
