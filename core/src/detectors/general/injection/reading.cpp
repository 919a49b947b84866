#include "detectors/general/injection/reading.h"

#include <algorithm>

namespace agentmend::detectors::injection {
namespace {

bool is_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '_' || byte >= 0x80;
}
bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

// Longest quotation looked for: an unclosed mark must not make the search quadratic.
constexpr std::size_t kQuotation = 2000;
// Words of a sentence; rules look at whole sentences.
constexpr std::size_t kSentence = 200;

// Where quotation marks and code marks open and close. An apostrophe opens after a non-letter only.
std::vector<bool> quoted_bytes(std::string_view text) {
  std::vector<bool> quoted(text.size(), false);
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char mark = text[at];
    if (mark != '"' && mark != '`' && mark != '\'') continue;
    if (mark == '\'' && ((at > 0 && is_word(text[at - 1])) || at + 1 >= text.size() || is_space(text[at + 1])))
      continue;
    std::size_t close = at;
    for (;;) {
      close = text.substr(0, std::min(text.size(), at + kQuotation + 2)).find(mark, close + 1);
      if (close == std::string_view::npos) break;
      if (mark != '\'' || close + 1 >= text.size() || !is_word(text[close + 1])) break;
    }
    if (close == std::string_view::npos) continue;
    // A text that is one quotation has nobody who quotes.
    if (at != 0 || close + 2 < text.size())
      std::fill(quoted.begin() + static_cast<std::ptrdiff_t>(at), quoted.begin() + static_cast<std::ptrdiff_t>(close),
                true);
    at = close;
  }
  return quoted;
}

constexpr std::string_view kCodeStarts[] = {
    "//",    "/*",      "* ",      "*/",     "#include", "#define", "#if", "#endif", "def ",  "class ", "import ",
    "from ", "return ", "export ", "const ", "static ",  "if (",    "if ", "else",   "self.", "@",      "} "};

// One line in four, and at least four, starts or ends as code does. Records of data do not: their lines end with
// commas.
bool is_program(std::string_view text) {
  std::size_t lines = 0;
  std::size_t code = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    while (!line.empty() && is_space(line.front())) line.remove_prefix(1);
    while (!line.empty() && is_space(line.back())) line.remove_suffix(1);
    if (line.empty()) continue;
    ++lines;
    bool starts = line.back() == ';' || (line.back() == ':' && line.find('(') != std::string_view::npos);
    for (const std::string_view start : kCodeStarts) starts = starts || line.substr(0, start.size()) == start;
    code += starts ? 1 : 0;
  }
  return code >= 4 && code * 4 >= lines;
}

class Reader {
 public:
  explicit Reader(Reading& out) : out_(out), text_(out.folded.text), quoted_(quoted_bytes(text_)) {}

  void run() {
    for (std::size_t at = 0; at < text_.size();) {
      if (is_word(text_[at]) && !(at > 0 && name_ends(at))) {
        at = word(at);
      } else {
        mark(at++);
      }
    }
    end_sentence(false);
  }

 private:
  std::size_t word(std::size_t at) {
    std::size_t end = at + 1;
    while (end < text_.size() && !name_ends(end) &&
           (is_word(text_[end]) || (end + 1 < text_.size() && is_word(text_[end + 1]) && joins(end))))
      ++end;
    // A web address is one word.
    if (text_.substr(end, 3) == "://" && text_.substr(at, 4) == "http") {
      while (end < text_.size() && !is_space(text_[end]) && text_[end] != '"' && text_[end] != '\'' &&
             text_[end] != ')' && text_[end] != '>')
        ++end;
    }
    Token token;
    token.begin = static_cast<std::uint32_t>(at);
    token.end = static_cast<std::uint32_t>(end);
    token.word = text_.substr(at, end - at);
    token.parts = parts_of(token.word);
    token.sentence = static_cast<std::uint32_t>(out_.sentences.size());
    token.mark = mark_;
    token.quoted = quoted_[at];
    if (token.parts == 0) spelled(token);
    out_.tokens.push_back(token);
    const std::size_t first = out_.sentences.empty() ? 0 : out_.sentences.back().last;
    if (out_.tokens.size() - first >= kSentence) end_sentence(false);
    mark_ = '\0';
    return end;
  }

  // external_Ignore: a name with a sentence glued to it. snake_case and CONSTANTS have no small letter before a
  // capital.
  [[nodiscard]] bool name_ends(std::size_t at) const {
    if (text_[at] != '_' || at + 1 >= text_.size() || !is_letter(text_[at - 1])) return false;
    const auto given = [&](std::size_t i) { return out_.given[out_.folded.origin[i]]; };
    return is_letter(given(at - 1)) && given(at + 1) >= 'A' && given(at + 1) <= 'Z';
  }

  // don't, sign-in: one word. Addresses and file names stay together too.
  [[nodiscard]] bool joins(std::size_t at) const {
    const char c = text_[at];
    return (c == '\'' && is_letter(text_[at - 1])) || c == '-' || c == '@' ||
           (c == '.' && (!is_space(text_[at + 1])) && !sentence_glued(at)) || c == '$';
  }
  // "mail.The": a full stop with no space after it, in texts whose line ends were lost. The capital tells.
  [[nodiscard]] bool sentence_glued(std::size_t at) const {
    const std::uint32_t from = out_.folded.origin[at + 1];
    const char next = from < out_.given.size() ? out_.given[from] : ' ';
    return next >= 'A' && next <= 'Z';
  }

  void spelled(Token& token) {
    const std::string plain = text::unleet(token.word);
    if (plain.empty()) return;
    constexpr Parts kSpelled = kSetAside | kRules | kPrior | kReveal | kUnbound | kDisable | kSecret;
    if ((parts_of(plain) & kSpelled) == 0) return;
    token.parts = parts_of(plain);
    token.leet = true;
  }

  void mark(std::size_t at) {
    const char c = text_[at];
    if (is_space(c) && c != '\n') return;
    const bool last = at + 1 >= text_.size();
    if (c == '!' || c == '?' || c == ';') {
      end_sentence(c == '?');
    } else if (c == '.' && (last || !is_word(text_[at + 1]) || sentence_glued(at))) {
      end_sentence(false);
    } else if (c == '\n') {
      // A line that goes on in small letters is the same sentence, wrapped.
      std::size_t next = at + 1;
      bool blank = false;
      while (next < text_.size() && is_space(text_[next])) blank = text_[next++] == '\n' || blank;
      const std::uint32_t from = next < text_.size() ? out_.folded.origin[next] : 0;
      const bool goes_on = !blank && next < text_.size() && out_.given[from] >= 'a' && out_.given[from] <= 'z';
      if (!goes_on) end_sentence(false);
    } else if (c != '\'' || quoted_[at] || (at + 1 < text_.size() && is_word(text_[at + 1]))) {
      if (mark_ != '.') mark_ = c;
    }
  }

  void end_sentence(bool question) {
    const std::uint32_t first = out_.sentences.empty() ? 0 : out_.sentences.back().last;
    const auto last = static_cast<std::uint32_t>(out_.tokens.size());
    mark_ = '.';
    if (first == last) return;
    out_.sentences.push_back({first, last, question});
  }

  Reading& out_;
  std::string_view text_;
  std::vector<bool> quoted_;
  char mark_ = '.';
};

}  // namespace

bool Reading::says(std::size_t i, std::string_view phrase) const {
  while (!phrase.empty()) {
    const std::size_t space = phrase.find(' ');
    if (word(i++) != phrase.substr(0, space)) return false;
    phrase = space == std::string_view::npos ? std::string_view() : phrase.substr(space + 1);
  }
  return true;
}

bool Reading::is_key(std::size_t i) const {
  const std::string_view text = folded.text;
  std::size_t at = tokens[i].end;
  while (at < text.size() && (text[at] == '"' || text[at] == '\'' || text[at] == ' ')) ++at;
  return at < text.size() && (text[at] == ':' || text[at] == '=' || text[at] == '(' || text[at] == '|');
}

std::size_t Reading::clause_end(std::size_t i, std::size_t words) const {
  const std::size_t end = std::min<std::size_t>(sentences[tokens[i].sentence].last, i + words);
  const std::string_view text = folded.text;
  for (std::size_t next = i + 1; next < end; ++next) {
    // A closed value ends it: a quotation mark, then a comma and the next member, or a brace.
    const std::uint32_t from = tokens[next - 1].end;
    const std::string_view gap = text.substr(from, tokens[next].begin - from);
    for (std::size_t k = 0; k + 1 < gap.size(); ++k) {
      if (gap[k] != '"' && gap[k] != '\'') continue;
      if (gap[k + 1] == '}') return next;
      if (gap[k + 1] == ',' && gap.find_first_of("\"'[{", k + 2) != std::string_view::npos) return next;
    }
  }
  return end;
}

bool Reading::is_third_person(std::size_t i) const {
  const std::string_view word = tokens[i].word;
  return word.size() > 4 && word.back() == 's' && word[word.size() - 2] != 's' && word != "always";
}

bool Reading::is_titled(std::size_t i) const {
  const auto capital = [&](std::uint32_t at) {
    const char c = given[folded.origin[at]];
    return c >= 'A' && c <= 'Z';
  };
  return capital(tokens[i].begin) && tokens[i].end - tokens[i].begin > 1 && !capital(tokens[i].begin + 1);
}

std::string_view Reading::span(std::size_t first, std::size_t last) const {
  if (tokens.empty()) return {};
  last = std::min(last, tokens.size() - 1);
  first = std::min(first, last);
  const std::uint32_t begin = folded.origin[tokens[first].begin];
  const std::uint32_t end = folded.origin[tokens[last].end];
  return given.substr(begin, end > begin ? end - begin : 0);
}

std::string_view Reading::between(std::size_t first, std::size_t last) const {
  if (tokens.empty()) return {};
  last = std::min(last, tokens.size() - 1);
  first = std::min(first, last);
  return std::string_view(folded.text).substr(tokens[first].begin, tokens[last].end - tokens[first].begin);
}

Reading::Reading(std::string_view text) : given(text), folded(text::fold(text)) {
  tokens.reserve(given.size() / 5);
  Reader(*this).run();
  program = is_program(folded.text);
}

}  // namespace agentmend::detectors::injection
