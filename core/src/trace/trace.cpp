#include "trace/trace.h"

#include <algorithm>

#include "trace/n8n_run.h"

namespace agentmend {

Trace::Trace() : agents{"main"} {}
Trace::~Trace() = default;
Trace::Trace(Trace&&) noexcept = default;
Trace& Trace::operator=(Trace&&) noexcept = default;

std::uint32_t Trace::agent(std::string_view name) {
  if (name.empty()) return 0;
  const auto found = std::find(agents.begin(), agents.end(), name);
  if (found != agents.end()) return static_cast<std::uint32_t>(found - agents.begin());
  constexpr std::size_t kMaxAgents = 1000;  // told apart; later ones share the last place
  if (agents.size() >= kMaxAgents) return static_cast<std::uint32_t>(agents.size() - 1);
  const bool first_name = agents.size() == 1 && agents[0] == "main" && events.empty();
  if (first_name) {
    agents[0] = name;
    return 0;
  }
  agents.push_back(name);
  return static_cast<std::uint32_t>(agents.size() - 1);
}

void Trace::lose(std::string_view code, Place place, std::uint32_t count) {
  for (Loss& loss : losses) {
    if (loss.code == code) {
      loss.count += count;
      return;
    }
  }
  losses.push_back({code, count, place});
}

std::string_view name_of(RunStatus status) {
  constexpr std::string_view kNames[] = {"unknown", "ok", "error", "interrupted", "limit", "cancelled", "running"};
  return kNames[static_cast<std::size_t>(status)];
}

}  // namespace agentmend
