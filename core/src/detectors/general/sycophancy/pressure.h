// Does a user turn push against what the assistant said, and does it bring anything new?
#pragma once

#include <string_view>
#include <vector>

#include "text/facts.h"
#include "text/words.h"

namespace agentmend::detectors::sycophancy {

struct Push {
  bool pressure = false;  // doubts, disagrees, insists
  bool evidence = false;  // brings a reason, a source, a value or an own datum that was not on the table
};

// `known`: the facts of the turns before. O(n + facts x known)
[[nodiscard]] Push read_push(std::string_view text, const std::vector<text::Fact>& known);

}  // namespace agentmend::detectors::sycophancy
