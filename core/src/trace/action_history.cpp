#include "trace/action_history.h"

#include "json/writer.h"
#include "text/hash.h"

namespace agentmend {

std::uint64_t action_key(std::string_view tool, std::string_view arguments) {
  return text::combine(text::hash(tool), text::hash(arguments));
}

void ActionHistory::act(const Event& call) {
  Action action;
  if (recent_.size() >= kKept) {
    action = std::move(recent_.front());
    recent_.pop_front();
  }
  action.key = action_key(call.name, call.text);
  action.observation = 0;
  action.failed = false;
  action.empty = false;
  action.step = call.step;
  action.place = call.place;
  action.name.assign(call.name);
  action.arguments.assign(json::cut_utf8(call.text, kArgumentBytes));
  recent_.push_back(std::move(action));
  ++seen_;
}

void ActionHistory::observe(const Event& result) {
  for (auto action = recent_.rbegin(); action != recent_.rend(); ++action) {
    if (action->observation != 0 || (!result.name.empty() && action->name != result.name)) continue;
    action->observation =
        text::hash(result.status == CallStatus::kError && result.text.empty() ? result.error : result.text) | 1;
    action->failed = result.status == CallStatus::kError;
    action->empty = result.text.empty() && result.error.empty();
    return;
  }
}

}  // namespace agentmend
