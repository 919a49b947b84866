// Whose line of a Claude Code or Agent SDK run it is: the main agent's, or that of one which a call started.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "ingest/source_reader.h"
#include "ingest/trace_builder.h"
#include "trace/id_table.h"

namespace agentmend {

class ClaudeAgents {
 public:
  ClaudeAgents(TraceBuilder& builder, Trace& trace) : builder_(builder), trace_(trace) {}

  // Each sets the builder's agent, parent and time to those of a line. `run`: the span around all of the main agent.
  void enter(const SourceReader& reader, json::View line, std::uint32_t run);
  void enter_main(const SourceReader& reader, json::View line, std::uint32_t run);
  // Work of an agent that the main transcript shows, and the call that started it.
  void enter_shown(const SourceReader& reader, json::View line, std::string_view agent, std::string_view call) {
    enter_sub(reader, line, agent, call.empty() ? kNone : tasks_by_call_.find(call));
  }
  [[nodiscard]] bool in_main() const { return builder_.now.agent == main_; }
  [[nodiscard]] bool has_main() const { return main_ != kNone; }

  // Remembers the calls in `content` that start agents; their spans stand at `from` or later.
  void find_tasks(const SourceReader& reader, json::View content, std::size_t from);
  // What a result says of the agent that its call started.
  void works_for(std::string_view agent, std::string_view call) {
    tasks_by_agent_.at(agent) = tasks_by_call_.find(call);
  }

 private:
  // A call that starts another agent.
  struct Task {
    std::uint32_t span = 0;
    std::string_view kind;
    std::string_view prompt;
    Place place;
  };
  struct Sub {
    std::uint32_t agent = 0;
    std::uint32_t span = 0;
  };
  static constexpr std::uint32_t kNone = IdTable::kNone;

  std::uint32_t enter_sub(const SourceReader& reader, json::View line, std::string_view key, std::uint32_t task);
  void enter_known(const SourceReader& reader, json::View line, std::uint32_t sub);
  Sub started(const SourceReader& reader, json::View line, std::string_view key, std::uint32_t task);

  TraceBuilder& builder_;
  Trace& trace_;
  std::vector<Task> tasks_;
  IdTable tasks_by_call_;
  IdTable tasks_by_prompt_;
  IdTable tasks_by_agent_;  // that are known to do them
  std::vector<Sub> subs_;
  IdTable subs_by_key_;
  IdTable sides_;  // of a line's id: whose it is
  std::uint32_t main_ = kNone;
};

}  // namespace agentmend
