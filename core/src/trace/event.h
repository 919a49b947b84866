// One thing that happened in a run. Every source, and every host that calls a session, is turned into these.
// Names follow the OpenTelemetry GenAI conventions where one exists.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace agentmend {

enum class EventKind : std::uint8_t {
  kTurn,  // somebody said something: role, text, agent
  kToolCall,  // gen_ai.tool.*: name, id, text = arguments as JSON text (or plain text)
  kToolResult,  // name, id, text = output, error; status says how it ended
  kRetrieval,  // text = query, documents
  kHandoff,  // name = from agent, id = to agent, text = what was handed over
  kModelEnd,  // a model call ended; text = what it said, name = the model
  kState,  // text = the state as JSON, or an RFC 6902 patch of the one before; name = who wrote it
  kRunEnd,
  kSpawn,  // an agent was started; name = the one that started it, empty = not told
};

enum class Role : std::uint8_t { kSystem, kDeveloper, kUser, kAssistant, kTool };
enum class CallStatus : std::uint8_t { kOk, kError, kBlocked, kMissing, kOrphan };

// Where something stands in what was given: which document, and the byte offset of the JSON value in it.
struct Place {
  static constexpr std::uint32_t kNowhere = 0xffffffffu;
  std::uint32_t document = kNowhere;
  std::uint32_t offset = 0;
  [[nodiscard]] bool known() const { return document != kNowhere; }
};

struct RetrievedDocument {
  std::string_view id;
  std::string_view title;
  std::string_view text;
  double score = -1;  // as given by the retriever; -1 = none
  Place place;
};

// What a model call took, as its event tells it.
struct EventUsage {
  bool told = false;
  std::int64_t input_tokens = 0;  // cached ones included
  std::int64_t output_tokens = 0;
  std::int64_t cached_tokens = 0;
  std::int64_t cost_micro_usd = -1;  // -1 = not told
};

// Texts are views: into the documents of a Trace (as long as it lives), or into a session's event (during the call
// only).
struct Event {
  EventKind kind = EventKind::kTurn;
  Role role = Role::kAssistant;
  CallStatus status = CallStatus::kOk;
  std::uint32_t agent = 0;  // position in the agent table; 0 is the only agent of a single-agent run
  std::uint32_t step = 0;  // 0-based index of the message, span or event that holds it
  Place place;  // of the value that says it
  std::int64_t at_ms = -1;  // milliseconds since 1970 UTC, -1 = unknown
  std::string_view name;
  std::string_view id;
  std::string_view text;
  std::string_view error;
  std::span<const RetrievedDocument> documents;
  EventUsage usage;  // kModelEnd
};

}  // namespace agentmend
