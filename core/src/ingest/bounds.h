// Bounds on what a Trace keeps (docs: ingestion, limits). Over one, the first tenth and the last nine tenths of the
// limit stay, and the trace says what was kept of how much.
#pragma once

#include <cstddef>

#include "trace/trace.h"

namespace agentmend {

constexpr std::size_t kMostSpans = 200'000;
constexpr std::size_t kMostEvents = 400'000;  // turns, calls and results, retrievals: about two a span
constexpr std::size_t kMostStates = 20'000;

void bound_trace(Trace& trace);

}  // namespace agentmend
