// The shim of retrieval_quality and reranker: what the detector would see if the retrieved documents were ordered and
// cut by the reranker. Documents are moved or dropped, never edited; query and answer stay as they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "heal/verify/verify.h"

namespace agentmend::heal {

struct RerankParameters {
  std::int64_t top_k = 0;  // 0 = all
  double min_score = 0;
};

// What a reranker does with the scores of documents: positions to keep, best first; equal scores keep their order.
// The one implementation: hosts that rerank in a run call it too. O(n log n)
[[nodiscard]] std::vector<std::size_t> rerank(const std::vector<double>& scores, const RerankParameters& parameters);

constexpr std::size_t kMaxReranked = 500;  // documents; a list longer than that is refused, not cut

}  // namespace agentmend::heal
