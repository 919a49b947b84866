// Messages and items of the OpenAI APIs in order: chat messages, Responses items. Consecutive items of a model are one
// model call.
#pragma once

#include "ingest/message.h"
#include "ingest/records.h"

namespace agentmend {

class ItemReader {
 public:
  explicit ItemReader(Trace& trace) : trace_(trace), builder_(trace) {}

  [[nodiscard]] TraceBuilder& builder() { return builder_; }
  void agent(std::string_view name);
  // A model call that the following items belong to; without it the first of them opens one.
  std::uint32_t model(const SourceReader& reader, json::View place, json::View name, const Usage& usage);
  void item(const SourceReader& reader, json::View item);
  void said(const SourceReader& reader, json::View text, Role role);
  void handoff(const SourceReader& reader, json::View place, std::string_view from, std::string_view to);
  void finish() { builder_.finish(); }

 private:
  [[nodiscard]] bool hands_over(const SourceReader& reader, json::View item);

  Trace& trace_;
  TraceBuilder builder_;
  std::uint32_t model_ = Span::kNone;  // the model call that is speaking
  IdTable handed_over_;  // calls that were hand-offs: their results are none of a tool
};

// Completions, chunks, and recordings of them: the part of openai-chat that is no list of messages.
[[nodiscard]] double mark_openai_chat_api(json::View value);
[[nodiscard]] Result<void> read_openai_chat_api(Records& records, Trace& trace);

}  // namespace agentmend
