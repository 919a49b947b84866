#include "detectors/general/injection/markup.h"

#include <algorithm>

namespace agentmend::detectors::injection {
namespace {

// Control marks of chat formats: nobody writes them to a model by accident.
constexpr std::string_view kTags[] = {"<|im_start|>",
                                      "<|im_end|>",
                                      "<|system|>",
                                      "<|endoftext|>",
                                      "<<sys>>",
                                      "[inst]",
                                      "[/inst]",
                                      "</system>",
                                      "<system>",
                                      "<system_prompt>",
                                      "</system_prompt>",
                                      "end of system prompt",
                                      "end of prompt",
                                      "<important>",
                                      "<information>",
                                      "[new session]",
                                      "[end of conversation]",
                                      "</user_input>",
                                      "</user>"};

std::uint32_t token_at(const Reading& r, std::size_t byte) {
  const auto found = std::lower_bound(r.tokens.begin(), r.tokens.end(), byte,
                                      [](const Token& token, std::size_t at) { return token.end <= at; });
  if (found == r.tokens.end()) return r.tokens.empty() ? 0 : static_cast<std::uint32_t>(r.tokens.size() - 1);
  return static_cast<std::uint32_t>(found - r.tokens.begin());
}

bool capitals(const Reading& r, const Token& token) {
  for (std::uint32_t at = token.begin; at < token.end; ++at) {
    const char c = r.given[r.folded.origin[at]];
    if (c >= 'a' && c <= 'z') return false;
  }
  return true;
}

// An order, or the model's address, in the twelve words after a mark.
bool commands(const Reading& r, std::size_t from) {
  for (std::size_t i = from; i < std::min(r.tokens.size(), from + 12); ++i) {
    if (r.tokens[i].is(kYou | kYour)) return true;
    if (r.tokens[i].is(kSetAside | kDisable | kRole | kReveal | kRun | kSend | kTask) && orders(r, i)) return true;
    if (r.word(i) == "update" && orders(r, i)) return true;
  }
  return false;
}

// A link or an image whose query waits for what was said: ![x](https://host/?q=CONVERSATION), ...?d=<contents>.
// Placeholders for keys and ids are what manuals of services have.
bool waits_for_talk(std::string_view value) {
  constexpr std::string_view kTalk[] = {"conversation", "message", "prompt",  "history", "content",
                                        "context",      "secret",  "summary", "encoded", "response"};
  if (value.size() < 6) return false;
  for (const std::string_view word : kTalk) {
    if (value.find(word) != std::string_view::npos) return true;
  }
  return false;
}

void find_links(const Reading& r, std::vector<Cue>& cues) {
  const std::string_view text = r.folded.text;
  for (std::size_t at = text.find("://"); at != std::string_view::npos && !r.tokens.empty();
       at = text.find("://", at + 3)) {
    const std::size_t end = std::min(text.find_first_of(" \n\t\"'`", at), text.size());
    const std::size_t query = text.find('?', at);
    if (query == std::string_view::npos || query >= end) continue;
    for (std::size_t value = text.find('=', query); value < end; value = text.find('=', value + 1)) {
      const std::size_t begin = value + 1;
      if (begin >= text.size()) break;
      const std::size_t stop = std::min(text.find_first_of("&)]", begin), end);
      const std::string_view given =
          r.given.substr(r.folded.origin[begin], r.folded.origin[stop] - r.folded.origin[begin]);
      const bool bracket = given.find_first_of("<{[$") == 0;
      const bool capitals = std::none_of(given.begin(), given.end(), [](char c) { return c >= 'a' && c <= 'z'; });
      const bool placeholder = bracket || capitals;
      if (!placeholder || !waits_for_talk(text.substr(begin, stop - begin))) continue;
      const std::uint32_t token = token_at(r, at);
      cues.push_back({Category::kExfiltration, 0.85, token, token_at(r, stop), false});
      break;
    }
  }
}

}  // namespace

void find_markup(const Reading& r, bool data, std::vector<Cue>& cues) {
  const std::string_view text = r.folded.text;
  find_links(r, cues);
  const auto add = [&](double strength, std::size_t first, std::size_t last) {
    if (r.tokens.empty()) return;
    const std::size_t end = std::min(last, r.tokens.size() - 1);
    cues.push_back({Category::kMarkup, strength, static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(end),
                    r.tokens[first].quoted});
  };
  for (const std::string_view tag : kTags) {
    const std::size_t at = text.find(tag);
    if (at == std::string_view::npos || r.tokens.empty()) continue;
    const std::uint32_t token = token_at(r, at);
    // Web pages and manuals show tags; what follows tells.
    add(commands(r, token) ? 0.9 : data ? 0.2 : 0.5, token, token + 8u);
  }
  for (std::size_t i = 0; i < r.tokens.size(); ++i) {
    const Token& token = r.tokens[i];
    const bool speaker = token.word == "system" || token.word == "admin" || token.word == "developer" ||
                         token.word == "system_override" || token.word == "directive" || token.word == "operator";
    if (!speaker && !(token.word == "override" && i > 0 && r.word(i - 1) == "system")) continue;
    // "SYSTEM:", "[SYSTEM]", "SYSTEM OVERRIDE:", "System note:", "New system message:".
    std::size_t last = i;
    while (last < i + 3 &&
           (r.word(last + 1) == "override" || r.word(last + 1) == "message" || r.word(last + 1) == "note" ||
            r.word(last + 1) == "notice" || r.word(last + 1) == "prompt" || r.word(last + 1) == "update" ||
            r.word(last + 1) == "command" || r.word(last + 1) == "instruction"))
      ++last;
    const std::size_t begin = token.begin;
    const std::size_t end = r.tokens[last].end;
    // "### SYSTEM ###"; "## System requirements" is a heading.
    const bool hash = begin > 1 && text[begin - 1] == ' ' && text[begin - 2] == '#' && capitals(r, token);
    const bool bracket = hash || (begin > 0 && (text[begin - 1] == '[' || text[begin - 1] == '<'));
    std::size_t next = end;
    while (next < text.size() && (text[next] == ']' || text[next] == '*' || text[next] == '_')) ++next;
    const bool colon = next < text.size() && text[next] == ':';
    const bool loud = capitals(r, token);
    const bool opens = token.opens() || bracket || (i > 0 && r.tokens[i - 1].opens());
    if (!opens || !(bracket || (colon && (loud || last > i)))) continue;
    if (data && !bracket && !loud) continue;  // logs say "System: ..."
    add(commands(r, last + 1) ? 0.85 : 0.4, i, last + 8);
    i = last;
  }
}

}  // namespace agentmend::detectors::injection
