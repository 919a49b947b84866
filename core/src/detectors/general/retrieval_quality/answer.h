// Does an answer say that what was retrieved does not hold what was asked for?
#pragma once

#include <string_view>

namespace agentmend::detectors::retrieval_quality {

// "I couldn't find ...", "isn't covered in these documents", "the documents only contain ...". A sentence must join a
// negation, a word of finding or holding, and what was looked through or for. O(n)
[[nodiscard]] bool says_it_lacks_data(std::string_view answer);

}  // namespace agentmend::detectors::retrieval_quality
