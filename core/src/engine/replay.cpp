#include "engine/replay.h"

#include <algorithm>

namespace agentmend::engine {

Replay replay(const Trace& trace, const Options& options, const std::vector<const Entry*>& only) {
  Replay result;
  const auto name_agents = [&] {
    for (const std::string_view name : trace.agents) static_cast<void>(result.index.agent(name));
  };
  // The first name before any event replaces "main". Here "main" has events of its own: the others are named after one.
  const bool own_main = trace.agents[0] == "main" && !trace.events.empty() && trace.events[0].agent == 0;
  if (!own_main) name_agents();
  result.index.limit(trace.budget);
  std::vector<const Entry*> working;
  for (const Entry* entry : all_detectors()) {
    const bool wanted = only.empty() || std::find(only.begin(), only.end(), entry) != only.end();
    if (wanted && entry->works()) working.push_back(entry);
  }
  for (const Event& event : trace.events) {
    result.index.append(event);
    if (own_main && &event == trace.events.data()) name_agents();
    for (const Entry* entry : working) {
      if (entry->observe != nullptr) entry->observe(result.index, event, options, result.findings);
    }
  }
  for (const Entry* entry : working) {
    if (entry->conclude != nullptr) entry->conclude(trace, result.index, options, result.findings);
  }
  for (const Entry* entry : all_detectors()) {
    const bool wanted = only.empty() || std::find(only.begin(), only.end(), entry) != only.end();
    if (!wanted || result.findings.was_asked(*entry->descriptor)) continue;
    const std::string_view reason = !entry->works()                    ? "planned"
                                    : entry->descriptor->unfed.empty() ? "nothing_to_ask"
                                                                       : entry->descriptor->unfed;
    result.skipped.push_back({entry->descriptor->name, reason});
  }
  return result;
}

}  // namespace agentmend::engine
