#include "trace/trace.h"

#include <algorithm>

#include "json/writer.h"
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

std::string pointer_of(const Trace& trace, Place place) {
  if (!place.known() || place.document >= trace.documents.size()) return {};
  const TraceDocument& document = trace.documents[place.document];
  std::string_view text = document.text;
  std::string prefix;
  std::uint32_t base = 0;
  if (document.lines) {
    const std::string_view before = text.substr(0, std::min<std::size_t>(place.offset, text.size()));
    const std::size_t start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    prefix = "/" + json::print_integer(std::count(before.begin(), before.end(), '\n'));
    base = static_cast<std::uint32_t>(start);
    text = text.substr(start, text.find('\n', start) == std::string_view::npos ? std::string_view::npos
                                                                               : text.find('\n', start) - start);
    const std::size_t field = text.starts_with("data:") ? 5 : 0;  // a server-sent event
    text = text.substr(field);
    base += static_cast<std::uint32_t>(field);
  }
  json::Index index;
  if (!index.read(text)) return prefix;
  const std::uint32_t offset = place.offset - base;
  const auto& entries = index.entries();
  const auto found = std::lower_bound(entries.begin(), entries.end(), offset,
                                      [](const json::Entry& entry, std::uint32_t at) { return entry.begin < at; });
  if (found == entries.end() || found->begin != offset) return prefix;
  return prefix + json::pointer_of(json::View(index, static_cast<std::uint32_t>(found - entries.begin())));
}

}  // namespace agentmend
