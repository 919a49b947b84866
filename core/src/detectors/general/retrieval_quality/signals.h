// What is wrong with a retrieval, as named strengths. The detector weighs them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/general/retrieval_quality/documents.h"
#include "detectors/general/retrieval_quality/scoring.h"

namespace agentmend::detectors::retrieval_quality {

struct Signals {
  bool applicable = false;  // there is a query with content, and something was retrieved
  bool empty = false;  // nothing was retrieved
  bool foreign = false;  // documents in another language than the query: words cannot be compared
  std::vector<double> m;  // per document
  double best = 0;  // of them
  double topical_miss = 0;
  double missing_name = 0;  // a name of the query that no document has
  double clash = 0;  // the documents are about other versions or times than asked
  double precision = 0;  // most documents have nothing to do with the query
  double rank = 0;  // the good ones stand far down
  double aspect_gap = 0;  // one of several things asked for is nowhere
  double low_scores = 0;  // the retriever itself thought little of them
  double hedge = 0;  // the answer says that it lacks data
  double stray_answer = 0;  // the answer rests on documents that have nothing to do with the query
  double owner = 0;  // asked about us, retrieved about others
  double outdated = 0;  // the documents say of themselves that they are out of date
  double language = 0;  // the user's language is neither that of the documents nor that of the answer
  double duplicates = 0;
  std::vector<std::string> missing;  // terms of the query that no document covers
  std::string clash_wanted;
  std::string clash_found;
  std::size_t clash_document = 0;
  std::string aspect;
};

[[nodiscard]] Signals judge(const Query& query, const std::vector<Document>& documents, std::string_view answer);

}  // namespace agentmend::detectors::retrieval_quality
