// How well a document serves a query, by words: the score m_i that the detector judges with and that the lexical
// reranker sorts by. One implementation, two callers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/general/retrieval_quality/documents.h"
#include "text/similarity.h"
#include "text/words.h"

namespace agentmend::detectors::retrieval_quality {

// One thing the query asks for.
struct Term {
  std::uint64_t key = 0;
  std::uint32_t word = 0;  // position in the query's words
  double weight = 1;
  bool named = false;  // a proper name, an abbreviation or a code: nothing else can stand for it
  std::string text;  // as the query writes it
};

struct Query {
  text::Words words;
  std::vector<Term> terms;  // at most kMaxTerms, in order
  double weight = 0;  // of all terms
  std::string text;
};
constexpr std::size_t kMaxTerms = 64;  // longer queries are whole prompts: their beginning asks

[[nodiscard]] Query read_query(std::string_view text);

struct Score {
  double m = 0;  // 0..1: weighted share of the query that the document covers
  std::vector<double> found;  // per term: 1 in the title, kBodyCredit in the text, less for a near match, 0
};

struct Scored {
  text::Words words;  // of title and text
  text::Bag bag;
  Score score;
};

// O(words of the document + terms x distinct words for those terms that have no exact match; bounded by kMaxTextBytes).
[[nodiscard]] Scored score(const Query& query, const Document& document);

constexpr double kBodyCredit = 0.9;  // a title says what a document is about, a mention in the text a little less

}  // namespace agentmend::detectors::retrieval_quality
