#include "trace/run_index.h"

#include <algorithm>

#include "archive.h"
#include "json/writer.h"

namespace agentmend {

RunIndex::RunIndex() : agents_{"main"}, actions_(1) {}

std::uint32_t RunIndex::agent(std::string_view name) {
  if (name.empty()) return 0;
  name = json::cut_utf8(name, kNameBytes);
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
  call_id = json::cut_utf8(call_id, kNameBytes);
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

// The history of the agent that was quiet longest goes; one that is `busy` stays.
void RunIndex::make_room(std::size_t busy) {
  while (action_bytes_ > most_bytes_) {
    std::size_t quiet = busy;
    for (std::size_t i = 0; i < actions_.size(); ++i) {
      if (i == busy || actions_[i].size() == 0) continue;
      const auto last = [this](std::size_t at) { return tally_.agent(static_cast<std::uint32_t>(at)).last_step; };
      if (quiet == busy || last(i) < last(quiet)) quiet = i;
    }
    if (quiet == busy) return;
    action_bytes_ -= actions_[quiet].kept_bytes();
    actions_[quiet] = ActionHistory();
    ++forgotten_agents_;
  }
}

void RunIndex::append(const Event& event) {
  ++counts_.events;
  spending_.append(event);
  seen_bytes_ += event.text.size() + event.error.size();
  if (event.agent >= actions_.size()) actions_.resize(std::min<std::size_t>(event.agent, kAgents - 1) + 1);
  const std::size_t position = std::min<std::size_t>(event.agent, actions_.size() - 1);
  ActionHistory& actions = actions_[position];
  const std::size_t before = actions.kept_bytes();
  const Action* action = nullptr;
  std::string_view tool = event.name;
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
        call.id.assign(json::cut_utf8(event.id, kNameBytes));
        call.tool.assign(json::cut_utf8(event.name, kNameBytes));
      }
      action = actions.act(event, static_cast<std::uint32_t>(counts_.user_turns));
      break;
    case EventKind::kToolResult:
      if (event.status == CallStatus::kError) ++counts_.tool_errors;
      action = actions.observe(event);
      if (tool.empty() && !event.id.empty()) tool = tool_of_call(event.id);
      break;
    case EventKind::kRetrieval:
      ++counts_.retrievals;
      for (const RetrievedDocument& document : event.documents) seen_bytes_ += document.text.size();
      keep_retrieval(event);
      break;
    case EventKind::kHandoff: ++counts_.handoffs; break;
    case EventKind::kState: states_.append(event); break;
    case EventKind::kSpawn:
      if (!event.name.empty()) tally_.spawn(event.agent, agent(event.name));
      break;
    case EventKind::kRunEnd: break;
  }
  tally_.append(event, action, tool, actions_.size());
  action_bytes_ += actions.kept_bytes() - before;
  if (action_bytes_ > most_bytes_) make_room(position);
}

std::uint64_t RunIndex::kept_bytes() const {
  std::uint64_t bytes = action_bytes_ + tally_.kept_bytes();
  for (const KeptTurn& turn : turns_) bytes += turn.text.size();
  for (const OpenCall& call : open_calls_) bytes += call.id.size() + call.tool.size();
  for (const KeptRetrieval& kept : retrievals_) {
    bytes += kept.query.size();
    for (const KeptDocument& document : kept.documents) bytes += document.title.size() + document.text.size();
  }
  return bytes;
}

}  // namespace agentmend
