#include "detectors/governance/approval/sentence.h"

namespace agentmend::detectors::approval {
namespace {

bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80;
}

// A dot inside a number, a file name or an address ends no sentence: one follows a letter and is followed by one.
bool ends_sentence(std::string_view text, std::size_t i) {
  const char c = text[i];
  if (c == '!' || c == '?' || c == '\n' || c == ';') return true;
  return c == '.' && (i + 1 >= text.size() || !is_letter(text[i + 1]));
}

}  // namespace

void read_turn(std::string_view text, Turn& turn) {
  turn.count = 0;
  turn.text = text;
  Token token{};
  const auto flush = [&](std::size_t end) {
    token.end = static_cast<std::uint32_t>(end);
    if (token.length != 0 && turn.count < Turn::kMaxWords) turn.tokens[turn.count++] = token;
    token = Token{};
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (text.compare(i, 3, "\xE2\x80\x99") == 0) {  // the typographic apostrophe
      i += 2;
      continue;
    }
    if (is_letter(c)) {
      if (token.length == 0) token.begin = static_cast<std::uint32_t>(i);
      const bool upper = c >= 'A' && c <= 'Z';
      if (token.length < sizeof(token.text)) token.text[token.length++] = upper ? static_cast<char>(c + 32) : c;
      continue;
    }
    if (c == '\'') continue;
    flush(i);
    if (turn.count == 0) continue;
    Token& last = turn.tokens[turn.count - 1];
    if (ends_sentence(text, i)) {
      last.ends_sentence = true;
      last.question = last.question || c == '?';
    }
    last.pause_after = last.pause_after || c == ',' || c == ':' || c == '-' || c == '(' || c == ')';
    if (turn.count == Turn::kMaxWords) return;
  }
  flush(text.size());
}

}  // namespace agentmend::detectors::approval
