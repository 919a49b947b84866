#include "ingest/bounds.h"

#include <algorithm>

namespace agentmend {
namespace {

// Takes the middle out. Returns the first position that went.
template <typename T>
std::size_t keep_ends(std::vector<T>& items, std::size_t most) {
  const std::size_t first = most / 10;
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(first),
              items.end() - static_cast<std::ptrdiff_t>(most - first));
  return first;
}

void note(Trace& trace, std::string_view what, std::size_t kept, std::size_t seen) {
  trace.lose("cut_middle", {}, static_cast<std::uint32_t>(seen - kept));
  if (!trace.truncated) trace.truncated = Truncation{what, kept, seen};
}

}  // namespace

void bound_trace(Trace& trace) {
  if (const std::size_t seen = trace.spans.size(); seen > kMostSpans) {
    const std::size_t first = keep_ends(trace.spans, kMostSpans);
    const std::size_t gone = seen - kMostSpans;
    for (Span& span : trace.spans) {
      if (span.parent == Span::kNone || span.parent < first) continue;
      span.parent = span.parent < first + gone ? Span::kNone : static_cast<std::uint32_t>(span.parent - gone);
    }
    note(trace, "spans", kMostSpans, seen);
  }
  if (const std::size_t seen = trace.events.size(); seen > kMostEvents) {
    keep_ends(trace.events, kMostEvents);
    note(trace, "events", kMostEvents, seen);
  }
  if (const std::size_t seen = trace.states.size(); seen > kMostStates) {
    keep_ends(trace.states, kMostStates);
    note(trace, "states", kMostStates, seen);
  }
}

}  // namespace agentmend
