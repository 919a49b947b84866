// Calls that messages and tool spans both show are one.
#include "ingest/conversation.h"

namespace agentmend {

void Conversation::expect_tool(std::string_view call_id, std::string_view name, std::uint32_t span, bool has_output) {
  const auto number = static_cast<std::uint32_t>(tools_.size());
  tools_.push_back({call_id, name, span, IdTable::kNone, has_output, false, false, false});
  if (tool_of_span_.size() <= span) tool_of_span_.resize(span + 1, IdTable::kNone);
  tool_of_span_[span] = number;
  if (!call_id.empty()) {
    std::uint32_t& at = tool_by_id_.at(call_id);
    if (at == IdTable::kNone) at = number;
    return;
  }
  std::uint32_t& at = tool_by_name_.at(name);
  if (at == IdTable::kNone) {
    at = static_cast<std::uint32_t>(same_name_.size());
    same_name_.push_back({number, number, number});
  } else {
    tools_[same_name_[at].last].next = number;
    same_name_[at].last = number;
  }
}

// The first span of a tool without an id that a call of this name may be: one that is still to come, or, for a call in
// the history, one that has been read and that no message told.
Conversation::Tool* Conversation::claim(std::string_view name, bool visited) {
  const std::uint32_t at = tool_by_name_.find(name);
  if (at == IdTable::kNone) return nullptr;
  std::uint32_t& head = visited ? same_name_[at].untold : same_name_[at].waiting;
  while (head != IdTable::kNone) {
    Tool& tool = tools_[head];
    if (visited && !tool.claimed && !tool.visited) return nullptr;
    if (!tool.claimed && tool.visited == visited) {
      tool.claimed = true;
      return &tool;
    }
    head = tool.next;
  }
  return nullptr;
}

void Conversation::tool(std::uint32_t span, std::string_view arguments, const CallResult& result, std::int64_t end_ns) {
  Tool& tool = tools_[tool_of_span_[span]];
  tool.visited = true;
  CallResult answer = result;
  answer.name = tool.name;
  if (!tool.called) {
    tool.called = true;
    if (!tool.id.empty()) calls_.at(tool.id) = 1;
    builder_.call(tool.id, tool.name, arguments, result.place, span);
  }
  answer.id = tool.id;
  if (end_ns >= 0) builder_.now.ns = end_ns;
  builder_.result(answer);
  keep_answer(tool.id, span, !tool.has_output && result.status == CallStatus::kOk);
}

void Conversation::keep_answer(std::string_view id, std::uint32_t span, bool open) {
  const auto number = static_cast<std::uint32_t>(answers_.size());
  answers_.push_back({static_cast<std::uint32_t>(trace_.events.size() - 1), span, open});
  if (!id.empty()) answers_at_.at(id) = number;
}

void Conversation::call(const Said& said, As as) {
  if (!said.id.empty() ? calls_.find(said.id) != IdTable::kNone : !is_new(kCalls, said.text, as)) return;
  Tool* tool = nullptr;
  if (!said.id.empty()) {
    calls_.at(said.id) = 1;
    const std::uint32_t own = tool_by_id_.find(said.id);
    if (own != IdTable::kNone) {
      tool = &tools_[own];
    } else if (as == As::kHistory) {
      tool = claim(said.name, true);
      if (tool != nullptr) {  // told by its span; now its id is known too
        tool->id = said.id;
        for (std::size_t i = answers_.size(); i-- > 0;) {
          if (answers_[i].span != tool->span) continue;
          answers_at_.at(said.id) = static_cast<std::uint32_t>(i);
          break;
        }
        return;
      }
    }
  }
  if (tool == nullptr && as == As::kAnswer) tool = claim(said.name, false);
  if (tool == nullptr || tool->visited) {
    builder_.call(said.id, said.name, said.text, said.place);
    return;
  }
  tool->called = true;
  tool->claimed = true;
  if (tool->id.empty()) tool->id = said.id;
  builder_.call(said.id, said.name.empty() ? tool->name : said.name, said.text, said.place, tool->span);
}

void Conversation::result(const Said& said, As as) {
  if (said.id.empty()) {
    if (!is_new(kResults, said.text, as)) return;
  } else {
    const std::uint32_t at = answers_at_.find(said.id);
    if (at != IdTable::kNone) {
      Answer& answer = answers_[at];
      if (!answer.open || said.text.empty()) return;
      answer.open = false;
      trace_.events[answer.event].text = said.text;
      trace_.events[answer.event].place = said.place;
      trace_.spans[answer.span].result = said.place;
      return;
    }
    const std::uint32_t own = tool_by_id_.find(said.id);
    if (own != IdTable::kNone && !tools_[own].visited) return;  // its span tells it
  }
  const std::uint32_t span = builder_.result({said.id, said.name, said.text, said.error, said.status, said.place});
  keep_answer(said.id, span, false);
}

void Conversation::finish() {
  for (const Answer& answer : answers_) {
    if (answer.open) trace_.lose("no_tool_results", trace_.spans[answer.span].place);
  }
}

}  // namespace agentmend
