// What the model calls of a trace say to each other. Each call repeats the conversation so far: what is new is told
// once, and calls that have a span of their own are told in it.
#pragma once

#include <string>
#include <vector>

#include "ingest/message.h"

namespace agentmend {

class Conversation {
 public:
  // What a model was given repeats what was said before; what it answers is new; instructions are told once.
  enum class As : std::uint8_t { kHistory, kAnswer, kInstructions };

  Conversation(Trace& trace, TraceBuilder& builder) : trace_(trace), builder_(builder) {}

  // A tool span that will tell its call itself. In order of time.
  void expect_tool(std::string_view call_id, std::string_view name, std::uint32_t span, bool has_output);
  // At a tool span: its call, unless a message told it, and its result.
  void tool(std::uint32_t span, std::string_view arguments, const CallResult& result, std::int64_t end_ns);
  // A list of messages, as JSON or inside a string, or whatever else the messages of a model call were written as.
  void list(const SourceReader& reader, json::View value, Role role, As as);
  // A text as it stands.
  void plain(const SourceReader& reader, json::View value, Role role, As as);
  // One message, part or item; call next_list() before the first of a list.
  void element(const SourceReader& reader, json::View item, Role role, As as);
  void whole(const SourceReader& reader, json::View value, Role role, As as);
  void tell_once(const Said& said, As as);
  void next_list() { chain_ = ++last_chain_; }

  [[nodiscard]] std::uint32_t said() const { return said_; }
  void finish();  // counts the tool spans without an output

 private:
  static constexpr int kCalls = 5;  // tables of what was seen: one for each role, then these
  static constexpr int kResults = 6;
  struct Seen {  // how often the conversation has had a text
    std::uint32_t told = 0;
    std::uint32_t chain = 0;
    std::uint32_t in_chain = 0;
  };
  struct Chain {  // a list of messages that later calls repeat and go on with
    std::string_view text;
    std::uint32_t number = 0;
  };
  struct Tool {
    std::string_view id;
    std::string_view name;
    std::uint32_t span = 0;
    std::uint32_t next = IdTable::kNone;  // without an id: the next of that name
    bool has_output = false;
    bool called = false;  // a message told it, or the span itself
    bool claimed = false;  // a message told it
    bool visited = false;  // the span was read
  };
  struct SameName {  // tools without an id, in order of time
    std::uint32_t waiting = 0;  // none before it waits for its span and a message
    std::uint32_t untold = 0;  // none before it was read without a message
    std::uint32_t last = 0;
  };
  struct Answer {
    std::uint32_t event = 0;
    std::uint32_t span = 0;
    bool open = false;  // the tool span had no output: a message may still have it
  };

  void elements(const SourceReader& reader, json::View array, std::size_t from, Role role, As as);
  [[nodiscard]] std::size_t known_prefix(std::string_view body);
  void tail(const SourceReader& reader, json::View value, std::string_view rest, Role role, As as);
  [[nodiscard]] bool is_new(int table, std::string_view text, As as);
  void call(const Said& said, As as);
  void result(const Said& said, As as);
  [[nodiscard]] Tool* claim(std::string_view name, bool visited);
  void keep_answer(std::string_view id, std::uint32_t span, bool open);

  Trace& trace_;
  TraceBuilder& builder_;
  IdTable seen_at_[7];
  std::vector<Seen> seen_;
  std::vector<Chain> chains_;
  std::uint32_t chain_ = 0;  // of the list that is being read
  std::uint32_t last_chain_ = 0;
  IdTable calls_;  // told calls by id
  IdTable answers_at_;
  std::vector<Answer> answers_;
  IdTable tool_by_id_;
  IdTable tool_by_name_;
  std::vector<SameName> same_name_;
  std::vector<Tool> tools_;
  std::vector<std::uint32_t> tool_of_span_;  // by position of the span
  std::uint32_t said_ = 0;
};

}  // namespace agentmend
