#include "trace/run_index.h"

#include <algorithm>

#include "json/writer.h"

namespace agentmend {
namespace {
constexpr std::size_t kOpenCalls = 64;  // calls whose result is awaited; parallel calls in one turn stay far below
}

RunIndex::RunIndex() : agents_{"main"}, actions_(1) {}

std::uint32_t RunIndex::agent(std::string_view name) {
  if (name.empty()) return 0;
  const auto found = std::find(agents_.begin(), agents_.end(), name);
  if (found != agents_.end()) return static_cast<std::uint32_t>(found - agents_.begin());
  if (agents_.size() >= kAgents) return static_cast<std::uint32_t>(agents_.size() - 1);
  if (agents_.size() == 1 && agents_[0] == "main" && counts_.events == 0) {
    agents_[0] = std::string(name);
    return 0;
  }
  agents_.emplace_back(name);
  return static_cast<std::uint32_t>(agents_.size() - 1);
}

const ActionHistory& RunIndex::actions(std::uint32_t agent) const {
  return actions_[std::min<std::size_t>(agent, actions_.size() - 1)];
}

std::string_view RunIndex::tool_of_call(std::string_view call_id) const {
  for (std::size_t back = 1; back <= open_calls_.size(); ++back) {
    const OpenCall& call = open_calls_[(opened_ - back) % kOpenCalls];
    if (call.id == call_id) return call.tool;
  }
  return {};
}

void RunIndex::keep_turn(const Event& event) {
  KeptTurn turn;
  if (turns_.size() >= kTurns) {
    turn = std::move(turns_.front());  // reuse its memory
    turns_.pop_front();
  }
  turn.role = event.role;
  turn.agent = event.agent;
  turn.step = event.step;
  turn.place = event.place;
  turn.cut = event.text.size() > kTurnBytes;
  if (!turn.cut) {
    turn.text.assign(event.text);
  } else {  // head and tail: requests stand at either end
    turn.text.assign(json::cut_utf8(event.text, kTurnBytes / 2));
    std::string_view tail = event.text.substr(event.text.size() - kTurnBytes / 2);
    while (!tail.empty() && (static_cast<unsigned char>(tail.front()) & 0xc0u) == 0x80u) tail.remove_prefix(1);
    turn.text.append(" ... ").append(tail);
  }
  turns_.push_back(std::move(turn));
}

void RunIndex::keep_retrieval(const Event& event) {
  if (retrievals_.size() >= kRetrievals) retrievals_.pop_front();
  KeptRetrieval kept;
  kept.agent = event.agent;
  kept.step = event.step;
  kept.place = event.place;
  kept.query.assign(json::cut_utf8(event.text, kTurnBytes));
  for (const RetrievedDocument& document : event.documents) {
    if (kept.documents.size() >= kDocuments) break;
    kept.documents.push_back({std::string(json::cut_utf8(document.title, kDocumentBytes)),
                              std::string(json::cut_utf8(document.text, kDocumentBytes)), document.score,
                              document.place});
  }
  retrievals_.push_back(std::move(kept));
}

void RunIndex::answer_retrievals(const Event& event) {
  if (event.role != Role::kAssistant || event.text.empty()) return;
  for (KeptRetrieval& kept : retrievals_) {
    if (kept.answered == 0 && kept.agent == event.agent) kept.answered = counts_.events;
  }
}

void RunIndex::append(const Event& event) {
  ++counts_.events;
  spending_.append(event);
  if (event.agent >= actions_.size()) actions_.resize(std::min<std::size_t>(event.agent, kAgents - 1) + 1);
  ActionHistory& actions = actions_[std::min<std::size_t>(event.agent, actions_.size() - 1)];
  switch (event.kind) {
    case EventKind::kTurn:
      ++counts_.turns;
      if (event.role == Role::kUser) ++counts_.user_turns;
      keep_turn(event);
      answer_retrievals(event);
      break;
    case EventKind::kModelEnd:
      if (!event.text.empty()) keep_turn(event);
      answer_retrievals(event);
      break;
    case EventKind::kToolCall:
      ++counts_.tool_calls;
      if (!event.id.empty()) {
        if (open_calls_.size() < kOpenCalls) open_calls_.emplace_back();
        OpenCall& call = open_calls_[opened_++ % kOpenCalls];
        call.id.assign(event.id);
        call.tool.assign(event.name);
      }
      actions.act(event, static_cast<std::uint32_t>(counts_.user_turns));
      break;
    case EventKind::kToolResult:
      if (event.status == CallStatus::kError) ++counts_.tool_errors;
      actions.observe(event);
      break;
    case EventKind::kRetrieval:
      ++counts_.retrievals;
      keep_retrieval(event);
      break;
    case EventKind::kHandoff: ++counts_.handoffs; break;
    case EventKind::kState: states_.append(event); break;
    case EventKind::kRunEnd: break;
  }
}

}  // namespace agentmend
