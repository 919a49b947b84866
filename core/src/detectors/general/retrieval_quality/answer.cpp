#include "detectors/general/retrieval_quality/answer.h"

#include <algorithm>
#include <array>

#include "detectors/general/retrieval_quality/documents.h"
#include "text/sentences.h"
#include "text/words.h"

namespace agentmend::detectors::retrieval_quality {
namespace {

// By stem, so that every form counts.
constexpr std::string_view kHold[] = {
    "address",  "available", "clear",    "contain",   "cover",   "describe", "detail",  "discuss", "exist",
    "find",     "found",     "have",     "include",   "list",    "locate",   "mention", "provide", "reflect",
    "relevant", "see",       "specific", "specified", "specify", "state",    "stated"};
constexpr std::string_view kSource[] = {"access",   "answer",      "article",       "content",     "data",
                                        "detail",   "document",    "documentation", "excerpt",     "figure",
                                        "guidance", "information", "knowledge",     "material",    "option",
                                        "passage",  "record",      "report",        "requirement", "resource",
                                        "result",   "source",      "specific",      "specifics",   "text"};

template <std::size_t N>
bool among(std::string_view stem, const std::string_view (&list)[N]) {
  return std::any_of(std::begin(list), std::end(list),
                     [stem](std::string_view word) { return word.substr(0, text::stem_length(word)) == stem; });
}

bool denies(const text::Words& words, std::size_t i) {
  const std::string_view word = words.text(i);
  if (word == "unable" || word == "lack" || word == "lacks" || word == "insufficient") return true;
  // "only contains": everything else is missing.
  if (word == "only" && i + 1 < words.size()) return among(words.stem(words[i + 1]), kHold);
  if (!text::is_negation(word) || word == "without") return false;
  // "you don't have to": advice, not a finding.
  return i == 0 || (words.text(i - 1) != "you" && words.text(i - 1) != "your");
}

bool sentence_lacks(std::string_view sentence) {
  const text::Words words(sentence);
  bool denied = false;
  bool hold = false;
  bool source = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view stem = words.stem(words[i]);
    denied = denied || denies(words, i);
    hold = hold || among(stem, kHold);
    source = source || among(stem, kSource);
  }
  return denied && hold && source;
}

}  // namespace

bool says_it_lacks_data(std::string_view answer) {
  answer = answer.substr(0, kMaxTextBytes);
  const auto all = text::sentences(answer, 200);
  return std::any_of(all.begin(), all.end(),
                     [answer](const text::Sentence& s) { return !s.question && sentence_lacks(s.of(answer)); });
}

}  // namespace agentmend::detectors::retrieval_quality
