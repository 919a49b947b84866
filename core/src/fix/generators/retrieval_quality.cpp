// retrieval_quality: rerank. Cures a wrong order, noise and duplicates; a topical miss stays for a person.
#include <algorithm>

#include "fix/generator.h"
#include "json/writer.h"
#include "text/math.h"

namespace agentmend::fix::generators::retrieval_quality {

void generate(const Detection& detection, const TargetView& target, std::vector<Draft>& drafts);

void generate(const Detection& detection, const TargetView&, std::vector<Draft>& drafts) {
  // Keep what matches at least half as well as the best document; the evidence holds one match score per document.
  double best = 0;
  std::vector<double> scores;
  std::string pointer;
  for (std::size_t i = 0; i < detection.evidence.size(); ++i) {
    const Evidence& item = detection.evidence[i];
    json::Index index;
    if (item.kind != "document" || !index.read(item.value)) continue;
    const double score = json::View::root(index).number().value_or(0);
    if (pointer.empty()) pointer = "/evidence/" + json::print_integer(static_cast<std::int64_t>(i)) + "/value";
    scores.push_back(score);
    best = std::max(best, score);
  }
  if (scores.empty()) return;
  const double floor = text::round6(std::max(0.05, best / 2));
  const auto good = std::count_if(scores.begin(), scores.end(), [floor](double s) { return s >= floor; });
  const DraftTarget place{TargetKind::kConfig, {}, {}, {}, detection.agent};
  drafts.push_back(
      DraftBuilder("reranker", place)
          .integer("top_k", std::max<std::int64_t>(1, good), ParameterSource::kEvidence, pointer,
                   "documents that match at least half as well as the best")
          .json("min_score", json::print_number(floor), ParameterSource::kEvidence, pointer, "half the best match")
          .json("method", "\"lexical\"", ParameterSource::kDefault)
          .done());
  drafts.push_back(DraftBuilder("source_grounding", {TargetKind::kPrompt, {}, {}, {}, detection.agent})
                       .reference("/evidence/0")
                       .done());
}

}  // namespace agentmend::fix::generators::retrieval_quality
