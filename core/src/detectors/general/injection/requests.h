// Requests in data: clauses that give a task, where only facts were asked for.
#pragma once

#include <vector>

#include "detectors/general/injection/cues.h"

namespace agentmend::detectors::injection {

struct RequestSignal {
  std::string_view name;
  double weight;
};

enum RequestSignals : std::size_t {
  kHead,
  kPoliteHead,
  kForeign,
  kOwner,
  kTarget,
  kNamesTool,
  kAddressed,
  kEdge,
  kSignals
};

struct FoundRequest {
  double score = 0;  // noisy-or of its signals
  double values[kSignals] = {};
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};

[[nodiscard]] const RequestSignal& request_signal(std::size_t i, bool retrieved);

// The strongest one, or a score of 0. O(tokens) with a table of the text's words.
[[nodiscard]] FoundRequest find_request(const Reading& reading, bool retrieved);

}  // namespace agentmend::detectors::injection
