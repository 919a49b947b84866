#include "text/sentences.h"

#include <algorithm>
#include <cctype>

#include "text/ascii.h"

namespace agentmend::text {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_high(char c) { return (static_cast<unsigned char>(c) & 0x80u) != 0; }

// Lower case, sorted. A full stop after one of these does not end a sentence when a word follows.
constexpr std::string_view kAbbreviations[] = {
    "al",  "approx", "apr",  "art", "aug",  "ave", "bros", "ca",  "capt", "cf",  "ch",   "chap", "co",   "col", "corp",
    "cpt", "dec",    "dept", "dr",  "e.g",  "ed",  "eds",  "eg",  "eq",   "esp", "est",  "etc",  "feb",  "fig", "figs",
    "gen", "gov",    "hon",  "i.e", "ie",   "inc", "jan",  "jr",  "jul",  "jun", "lt",   "ltd",  "mar",  "max", "min",
    "mr",  "mrs",    "ms",   "mt",  "no",   "nos", "nov",  "oct", "p",    "p.s", "ph.d", "pp",   "prof", "ref", "rep",
    "rev", "sec",    "sen",  "sep", "sept", "sgt", "sr",   "st",  "u.k",  "u.s", "vol",  "vs",
};

// The word that ends right before `dot`, letters and inner dots.
std::string_view word_before(std::string_view text, std::size_t dot) {
  std::size_t begin = dot;
  while (begin > 0 && dot - begin < 12) {
    const char c = text[begin - 1];
    if (!is_upper(c) && !is_lower(c) && c != '.') break;
    --begin;
  }
  return text.substr(begin, dot - begin);
}

bool is_abbreviation(std::string_view word) {
  char lower[12];
  if (word.empty() || word.size() > sizeof(lower)) return false;
  if (word.size() == 1 && is_upper(word[0]) && word != "I") return true;  // an initial
  for (std::size_t i = 0; i < word.size(); ++i)
    lower[i] = is_upper(word[i]) ? static_cast<char>(word[i] + 32) : word[i];
  return std::binary_search(std::begin(kAbbreviations), std::end(kAbbreviations), std::string_view(lower, word.size()));
}

std::size_t skip_spaces(std::string_view text, std::size_t i) {
  while (i < text.size() && is_space(text[i])) ++i;
  return i;
}

// Quotes and brackets that close with the sentence belong to it.
std::size_t take_closers(std::string_view text, std::size_t i) {
  while (i < text.size()) {
    if (text[i] == '"' || text[i] == '\'' || text[i] == ')' || text[i] == ']' || text[i] == '*' || text[i] == '.' ||
        text[i] == '!' || text[i] == '?') {
      ++i;
    } else if (text.substr(i, 3) == "\xe2\x80\x9d" || text.substr(i, 3) == "\xe2\x80\x99") {
      i += 3;
    } else {
      break;
    }
  }
  return i;
}

// A full stop in an ideographic, Arabic or Indic text; its length, or 0.
std::size_t foreign_stop(std::string_view text, std::size_t i, bool& question) {
  const std::string_view three = text.substr(i, 3);
  question = three == "\xef\xbc\x9f" || text.substr(i, 2) == "\xd8\x9f";
  if (three == "\xe3\x80\x82" || three == "\xef\xbc\x81" || three == "\xef\xbc\x9f" || three == "\xe0\xa5\xa4")
    return 3;
  return text.substr(i, 2) == "\xd8\x9f" || text.substr(i, 2) == "\xdb\x94" ? 2 : 0;
}

bool dot_ends(std::string_view text, std::size_t i) {
  const std::size_t after = i + 1;
  if (after < text.size() && !is_space(text[after])) {
    const char next = text[after];
    // "3.5", "v1.2", "a.b.com", "file.txt", "e.g."; a quote or bracket may close the sentence.
    return next == '"' || next == '\'' || next == ')' || next == ']' || next == '*' || is_high(next);
  }
  const std::size_t follow = skip_spaces(text, after);
  if (follow >= text.size()) return true;
  const bool ellipsis = i >= 2 && text[i - 1] == '.' && text[i - 2] == '.';
  if (ellipsis && is_lower(text[follow])) return false;
  const std::string_view word = word_before(text, i);
  if (is_abbreviation(word)) return word == "etc" || word == "al" ? is_upper(text[follow]) : false;
  // "1. Open the menu": the number of a list item, at the start of its line.
  if (word.empty() && i > 0 && is_digit(text[i - 1])) {
    std::size_t begin = i;
    while (begin > 0 && is_digit(text[begin - 1])) --begin;
    std::size_t line = begin;
    while (line > 0 && (text[line - 1] == ' ' || text[line - 1] == '\t' || text[line - 1] == '*')) --line;
    if (i - begin <= 2 && (line == 0 || text[line - 1] == '\n')) return false;
  }
  return true;
}

bool begins_item(std::string_view text, std::size_t i) {
  if (i >= text.size()) return false;
  if (text[i] == '-' || text[i] == '*' || text[i] == '#' || text[i] == '|' || text[i] == '>') return true;
  if (text.substr(i, 3) == "\xe2\x80\xa2" || text.substr(i, 3) == "\xe2\x80\x93") return true;
  std::size_t digit = i;
  while (digit < text.size() && is_digit(text[digit]) && digit - i < 3) ++digit;
  return digit > i && digit < text.size() && (text[digit] == '.' || text[digit] == ')');
}

// A line end separates unless the text simply goes on: the next line begins in lower case and is no list item.
bool line_ends(std::string_view text, std::size_t i) {
  const std::size_t follow = skip_spaces(text, i);
  if (follow >= text.size()) return true;
  const auto lines = std::count(text.begin() + static_cast<std::ptrdiff_t>(i),
                                text.begin() + static_cast<std::ptrdiff_t>(follow), '\n');
  return lines > 1 || !is_lower(text[follow]) || begins_item(text, follow);
}

void add(std::vector<Sentence>& out, std::string_view text, std::size_t begin, std::size_t end, bool question) {
  begin = skip_spaces(text, begin);
  while (end > begin && is_space(text[end - 1])) --end;
  const bool worded = std::any_of(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                  text.begin() + static_cast<std::ptrdiff_t>(std::max(begin, end)),
                                  [](char c) { return is_upper(c) || is_lower(c) || is_digit(c) || is_high(c); });
  if (worded && end > begin)
    out.push_back(
        {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), question, begins_item(text, begin)});
}

}  // namespace

std::vector<Sentence> sentences(std::string_view text, std::size_t limit) {
  std::vector<Sentence> out;
  text = text.substr(0, 0xffffff00u);
  std::size_t begin = 0;
  std::size_t i = 0;
  while (i < text.size() && out.size() < limit) {
    const char c = text[i];
    bool question = c == '?';
    std::size_t length = is_high(c) ? foreign_stop(text, i, question) : 0;
    bool ends = length != 0;
    if (c == '\n') {
      ends = line_ends(text, i);
      length = 1;
    } else if (c == '.') {
      ends = dot_ends(text, i);
      length = 1;
    } else if (c == '!' || c == '?') {
      ends =
          i + 1 >= text.size() || is_space(text[i + 1]) || take_closers(text, i + 1) != i + 1 || is_high(text[i + 1]);
      length = 1;
    }
    if (!ends) {
      ++i;
      continue;
    }
    const std::size_t end = c == '\n' ? i : take_closers(text, i + length);
    if (!question && c != '\n') question = text.substr(i, end - i).find('?') != std::string_view::npos;
    add(out, text, begin, end, question);
    begin = c == '\n' ? i + 1 : end;
    i = std::max(begin, i + 1);
  }
  if (out.size() < limit) add(out, text, begin, text.size(), false);
  return out;
}

namespace {

bool starts_word(std::string_view text, std::size_t i, std::string_view word) {
  if (text.size() - i < word.size() + 1) return false;
  for (std::size_t k = 0; k < word.size(); ++k) {
    if ((text[i + k] | 0x20) != word[k]) return false;
  }
  return is_space(text[i + word.size()]) || text[i + word.size()] == ',';
}

// Length of a clause border at `i`, or 0.
std::size_t border(std::string_view text, std::size_t i, std::size_t end) {
  const char c = text[i];
  const auto spaced = [&](std::size_t length) {
    return i > 0 && text[i - 1] == ' ' && i + length < end && text[i + length] == ' ';
  };
  if (c == ';' || c == '(' || c == ')' || c == '[' || c == ']') return 1;
  if (c == ':' && i + 1 < end && is_space(text[i + 1])) return 1;
  if (c == '-' && spaced(1)) return 1;
  if (text.substr(i, 3) == "\xe2\x80\x94") return 3;
  if (text.substr(i, 3) == "\xe2\x80\x93" && spaced(3)) return 3;
  if (c != ',' || i + 1 >= end || !is_space(text[i + 1])) return 0;
  const std::size_t word = skip_spaces(text, i + 1);
  for (const std::string_view joint : {"and", "but", "or", "so", "because", "while", "whereas", "although", "though",
                                       "however", "which", "yet", "nor"}) {
    if (word < end && starts_word(text.substr(0, end), word, joint)) return 1;
  }
  return 0;
}

std::size_t words_in(std::string_view text) {
  std::size_t count = 0;
  bool inside = false;
  for (const char c : text) {
    const bool part = !is_space(c);
    count += part && !inside ? 1 : 0;
    inside = part;
  }
  return count;
}

}  // namespace

std::vector<Sentence> clauses(std::string_view text, const Sentence& sentence) {
  std::vector<Sentence> out;
  std::size_t begin = sentence.begin;
  const auto close = [&](std::size_t end) {
    if (words_in(text.substr(begin, end - begin)) >= 2) {
      add(out, text, begin, end, false);
    } else if (!out.empty()) {
      out.back().end = static_cast<std::uint32_t>(end);  // one word is no clause: it stays with the part before
    } else {
      return false;  // or with the part after
    }
    return true;
  };
  for (std::size_t i = sentence.begin; i < sentence.end; ++i) {
    const std::size_t length = border(text, i, sentence.end);
    if (length == 0) continue;
    if (close(i)) begin = i + length;
    i += length - 1;
  }
  if (!close(sentence.end)) add(out, text, begin, sentence.end, false);
  if (!out.empty()) out.back().question = sentence.question;
  return out;
}

}  // namespace agentmend::text
