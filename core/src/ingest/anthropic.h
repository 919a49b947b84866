// Messages of the Anthropic API, as the API itself, Claude Code and its SDK write them: content blocks to turns, calls
// and results.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "ingest/source_reader.h"
#include "ingest/trace_builder.h"
#include "trace/id_table.h"

namespace agentmend {

class AnthropicMessages {
 public:
  AnthropicMessages(TraceBuilder& builder, Trace& trace) : builder_(builder), trace_(trace) {}

  // A message of the assistant, or one more piece of it: pieces with the same id are one model call and one turn.
  // The position of its span.
  std::uint32_t assistant(const SourceReader& reader, json::View message, Place place);
  // What anybody else says: texts in `role`, results of calls. `refused`: a person did not allow the calls.
  void other(const SourceReader& reader, json::View content, Role role, Place place, bool refused = false);

  // Call before TraceBuilder::finish.
  void finish();

 private:
  // A model call, and the texts of its pieces as a list.
  struct Message {
    std::uint32_t span = 0;
    std::uint32_t step = 0;
    std::uint32_t event = kNone;  // the turn
    std::uint32_t first = kNone;
    std::uint32_t last = kNone;
  };
  struct Piece {
    std::string_view text;
    std::uint32_t next = kNone;
  };
  static constexpr std::uint32_t kNone = IdTable::kNone;

  Message& message_of(const SourceReader& reader, json::View message, Place place);
  void say(Message& message, std::string_view text, Place place);
  void block(const SourceReader& reader, json::View block, Message* message, Role role, bool refused);
  void result(const SourceReader& reader, json::View block, bool refused);

  TraceBuilder& builder_;
  Trace& trace_;
  std::vector<Message> messages_;
  std::vector<Piece> pieces_;
  IdTable by_id_;
};

// Whether a value is an answer of the Messages API: {type: message, content: [blocks], …}.
[[nodiscard]] bool is_anthropic_message(json::View value);

// Text that the client put where a person speaks: reminders, output of local commands.
[[nodiscard]] bool is_inserted_text(std::string_view text);

}  // namespace agentmend
