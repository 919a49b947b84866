#include "text/cues.h"

namespace agentmend::text {
namespace {

bool fits(std::string_view word, std::string_view pattern) {
  if (pattern.back() != '*') return word == pattern;
  return word.starts_with(pattern.substr(0, pattern.size() - 1));
}

// The number of words of `phrase` when it begins at word `i`; 0 when it does not.
std::size_t match(const Words& words, std::size_t i, std::string_view phrase) {
  std::size_t count = 0;
  for (std::size_t begin = 0; begin < phrase.size(); ++count) {
    std::size_t end = phrase.find(' ', begin);
    if (end == std::string_view::npos) end = phrase.size();
    if (i + count >= words.size() || !fits(words.text(i + count), phrase.substr(begin, end - begin))) return 0;
    begin = end + 1;
  }
  return count;
}

}  // namespace

std::uint32_t cues_at(CueView table, const Words& words, std::size_t i, std::size_t* longest) {
  std::uint32_t bits = 0;
  if (longest != nullptr) *longest = 0;
  const std::string_view word = words.text(i);
  if (word.empty()) return 0;
  const std::size_t group = word[0] >= 'a' && word[0] <= 'z' ? static_cast<std::size_t>(word[0] - 'a') : 26;
  for (std::size_t at = table.begin[group]; at < table.begin[group + 1]; ++at) {
    const Cue& cue = table.cues[at];
    const CueRow& row = table.rows[cue.row];
    const std::size_t length = match(words, i, row.phrases.substr(cue.at, cue.length));
    if (length == 0) continue;
    bits |= row.bits;
    if (longest != nullptr && length > *longest) *longest = length;
  }
  return bits;
}

std::uint32_t cues_in(CueView table, const Words& words, std::size_t first, std::size_t last) {
  std::uint32_t bits = 0;
  for (std::size_t i = first; i < last && i < words.size(); ++i) bits |= cues_at(table, words, i);
  return bits;
}

}  // namespace agentmend::text
