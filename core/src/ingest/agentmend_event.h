// One event of our own JSON Lines, as hosts send it to a session and as `agentmend` files hold it.
#pragma once

#include <string_view>

#include "json/view.h"
#include "trace/trace.h"

namespace agentmend {

enum class EventReading : std::uint8_t { kEvent, kIgnored, kUnknownType, kMalformed };

struct AgentmendEvent {
  EventReading reading = EventReading::kIgnored;
  Event event;
  std::string_view agent;  // its name; event.agent is for the caller to set
  std::string_view type;  // "tool.start" …
  std::string_view framework;  // run.start only
  json::View limits;  // run.start only: what the run may spend
  json::View body;  // of what event.text is the text, e.g. a call's arguments; as it stands in the line
};

// Texts point into the line or into `arena`. `place` is where the line stands.
[[nodiscard]] AgentmendEvent read_agentmend_event(json::View line, Arena& arena, Place place);

}  // namespace agentmend
