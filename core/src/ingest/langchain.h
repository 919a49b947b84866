// Messages of LangChain, as LangGraph and LangSmith keep them: plain objects, {lc, kwargs} as JavaScript writes them,
// {role, content}, or a pair of role and text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/source_reader.h"
#include "ingest/trace_builder.h"

namespace agentmend {

struct LangchainMessage {
  Role role = Role::kAssistant;
  bool removal = false;  // takes an earlier message away; says nothing itself
  json::View fields;  // what holds content, tool_calls, id, …; the pair itself
  json::View content;
  [[nodiscard]] explicit operator bool() const { return fields.exists(); }
};

// Nothing when the value is no message.
[[nodiscard]] LangchainMessage langchain_message(json::View value);
// A message that only LangChain writes: {lc, kwargs}, or a type in the place of a role.
[[nodiscard]] bool is_langchain_message(json::View value);
// The fields of a serialised object: its kwargs, or the value itself.
[[nodiscard]] json::View unwrap_langchain(json::View value);

// The documents of a list of LangChain documents; empty when it holds none. They are kept by the arena.
[[nodiscard]] std::span<const RetrievedDocument> langchain_documents(const SourceReader& reader, json::View list);

// The conversation of a run, told once although every state, update and model input repeats it. A message is known by
// its id, else by being the n-th of those that say the same. O(1) for each repetition, plus hashing its content.
class LangchainConversation {
 public:
  explicit LangchainConversation(TraceBuilder& builder, Trace& trace) : builder_(builder), trace_(trace) {}

  // The source shows the execution of this tool by itself: what messages say of its calls is the same again.
  void runs_apart(std::string_view tool) { runs_apart_.at(tool) = 0; }
  // A list that holds everything said so far. Model calls are told apart from their words where `models` is false: the
  // source shows them as runs of their own.
  void whole(const SourceReader& reader, json::View list, bool models = true);
  // A list, or one message, that adds to what was said. A list that starts with the first message of all is whole.
  void added(const SourceReader& reader, json::View list);
  // A piece of a message that arrives in pieces; those with one id belong together.
  void piece(const SourceReader& reader, json::View message, std::string_view model);
  void end_of_pieces();

  [[nodiscard]] std::string_view last_user_text() const { return last_user_text_; }
  // The span of the message that was said last; none for users.
  [[nodiscard]] std::uint32_t last_span() const { return last_span_; }

 private:
  struct Said {
    std::uint32_t times = 0;
    std::uint32_t in_list = 0;
    std::uint32_t list = 0;  // that in_list counts in
    std::uint32_t added = 0;
    std::uint32_t span = Span::kNone;
  };
  struct Piece {
    std::string_view id;
    std::string_view name;
    std::string arguments;
    std::int64_t index = -1;
  };
  void message(const SourceReader& reader, json::View value, bool whole);
  void say(const SourceReader& reader, const LangchainMessage& message, json::View value);
  void answer(const SourceReader& reader, const LangchainMessage& message, Place place);
  void calls(const SourceReader& reader, const LangchainMessage& message, std::string_view text);
  void call(std::string_view id, std::string_view name, std::string_view arguments, std::string_view text, Place place);
  void measure(const SourceReader& reader, const LangchainMessage& message, std::uint32_t span);
  std::uint32_t model(const SourceReader& reader, const LangchainMessage& message, Place place);
  [[nodiscard]] Said& known(std::uint64_t hash);

  TraceBuilder& builder_;
  Trace& trace_;
  std::vector<Said> said_;
  IdTable by_hash_;
  IdTable by_id_;
  IdTable runs_apart_;
  IdTable calls_apart_;  // ids of calls of these
  std::uint32_t lists_ = 0;
  bool models_ = true;
  std::uint64_t first_ = 0;  // hash of the first message of all
  std::string_view last_user_text_;
  std::uint32_t last_span_ = Span::kNone;
  // The message that is arriving.
  std::string_view open_id_;
  std::uint32_t open_span_ = Span::kNone;
  Place open_place_;
  Moment open_at_;
  std::string open_text_;
  std::vector<Piece> open_calls_;
};

}  // namespace agentmend
