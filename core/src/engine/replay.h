// Feeds a whole trace, event by event, to the same index and the same detectors that a session uses.
#pragma once

#include <string_view>
#include <vector>

#include "detectors/registry.h"

namespace agentmend::engine {

struct Skipped {
  std::string_view detector;
  std::string_view reason;
};

struct Replay {
  RunIndex index;
  Findings findings;
  std::vector<Skipped> skipped;  // detectors that nothing in the trace could feed, and why
};

// `only` empty = every working detector.
[[nodiscard]] Replay replay(const Trace& trace, const Options& options, const std::vector<const Entry*>& only);

}  // namespace agentmend::engine
