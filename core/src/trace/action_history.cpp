#include "trace/action_history.h"

#include <algorithm>
#include <utility>

#include "archive.h"
#include "json/writer.h"
#include "text/hash.h"
#include "text/verbs.h"
#include "trace/key_words.h"

namespace agentmend {
namespace {

// A tool that does nothing but wait is no action: what is before and after it belongs together.
bool only_waits(std::string_view tool) {
  return is_one_of(tool, "sleep|wait|delay|pause|wait_for|sleep_ms|wait_seconds");
}

}  // namespace

bool waits_inside(std::string_view arguments) {
  return find_word(arguments, "sleep ", arguments.size()) != std::string_view::npos;
}

bool makes_new(std::string_view tool) {
  constexpr std::uint32_t kMakes = text::kVerbWrite | text::kVerbSend | text::kVerbSpend;
  return (text::verbs_of_name(tool).first & kMakes) != 0;
}

const Action* ActionHistory::act(const Event& call, std::uint32_t user_turn) {
  if (only_waits(call.name)) {
    waited_ = true;
    return nullptr;
  }
  const std::uint64_t now = seen_++;
  if (size_ < kKept) {
    ++size_;
    ring_.emplace_back();
    heads_.resize(kHeads);
  }
  Action& action = at(now);
  const CallHash hash = hash_call(call.name, call.text);
  action.key = hash.loose;
  action.exact = hash.exact;
  action.observation = 0;
  action.call_id = call.id.empty() ? 0 : text::hash(call.id) | 1;
  action.read = false;
  action.failed = false;
  action.empty = false;
  action.waited = std::exchange(waited_, false);
  action.step = call.step;
  action.user_turn = user_turn;
  action.place = call.place;
  text_bytes_ -= action.name.size() + action.arguments.size();
  action.name.assign(json::cut_utf8(call.name, kNameBytes));
  action.arguments.assign(json::cut_utf8(call.text, kArgumentBytes));
  text_bytes_ += action.name.size() + action.arguments.size();
  rematch(now);
  // "sleep 30 && ./status": a shell command that waits. Looked at only when the command comes again.
  if (action.matched[0] != 0 && !action.waited) action.waited = waits_inside(action.arguments);
  return &action;
}

// By id, else the oldest call still open among the newest ones (parallel calls are answered in order).
Action* ActionHistory::find_open(const Event& result, std::uint64_t& which) {
  const std::uint64_t id = result.id.empty() ? 0 : text::hash(result.id) | 1;
  const std::string_view name = json::cut_utf8(result.name, kNameBytes);
  Action* found = nullptr;
  for (std::uint64_t back = 1; back <= size_; ++back) {
    Action& action = at(seen_ - back);
    if (action.observation != 0) {
      if (id == 0) break;
      continue;
    }
    if (id != 0 && action.call_id != 0 ? action.call_id != id : !name.empty() && action.name != name) continue;
    which = seen_ - back;
    found = &action;
    if (id != 0 && action.call_id == id) break;
  }
  return found;
}

const Action* ActionHistory::observe(const Event& result) {
  if (only_waits(result.name)) return nullptr;
  std::uint64_t which = 0;
  Action* action = find_open(result, which);
  if (action == nullptr) return nullptr;
  const std::string_view text = result.text.empty() ? result.error : result.text;
  action->observation = text::hash(text) | 1;
  action->failed = result.status == CallStatus::kError;
  action->empty = text.empty();
  action->read = false;
  Head& head = heads_[which % kHeads];
  if (head.owner == ~0ull || head.owner <= which) {
    const std::string_view start = json::cut_utf8(text, kHeadBytes);
    head.owner = which;
    head.rest = start.size() == text.size() ? 0 : text::hash(text.substr(start.size()));
    text_bytes_ -= head.text.size();
    head.text.assign(start);
    text_bytes_ += start.size();
  }
  const bool repeats = std::any_of(action->matched.begin(), action->matched.end(), [](std::uint32_t m) { return m; });
  if (repeats || which + 1 != seen_) rematch(which);
  return action;
}

// Reads the result of an action, unless `like` (an action with the same result) was read already.
void ActionHistory::read(std::uint64_t action, const Action* like) {
  Action& item = at(action);
  if (item.read || item.observation == 0) return;
  const Head& head = heads_[action % kHeads];
  if (like != nullptr && like->read && like->observation == item.observation) {
    item.facts = like->facts;
  } else if (head.owner == action) {
    item.facts = read_result(head.text);
    item.facts.content = text::combine(item.facts.content, head.rest);
    item.facts.nameless = text::combine(item.facts.nameless, head.rest);
  } else {
    return;
  }
  item.read = true;
  item.failed = item.failed || item.facts.failed;
  item.empty = item.empty || item.facts.empty;
}

// The same action for the same wish of the user, and as far as results are known nothing new came of it.
bool ActionHistory::repeats_without_gain(std::uint64_t later, std::uint64_t earlier) {
  Action& a = at(later);
  Action& b = at(earlier);
  if (a.key != b.key || a.user_turn != b.user_turn) return false;
  if (a.observation == 0 || b.observation == 0) return true;  // not known yet: counted as started
  read(earlier, nullptr);
  read(later, &b);
  const bool same_call = a.exact == b.exact;
  if (a.observation == b.observation) return same_call || !a.facts.bare;
  if (a.failed) return true;
  if (b.failed || !a.read || !b.read) return false;
  if (a.empty && b.empty) return true;
  if (!same_call && a.facts.bare) return false;
  return a.facts.content == b.facts.content || (makes_new(a.name) && a.facts.nameless == b.facts.nameless);
}

void ActionHistory::rematch(std::uint64_t from) {
  for (std::uint64_t i = from; i < seen_; ++i) {
    Action& action = at(i);
    for (std::size_t p = 1; p <= kMaxPeriod; ++p) {
      std::uint32_t& matched = action.matched[p - 1];
      if (i < p || !kept(i - p)) {
        if (i < p) matched = 0;  // else: as it was when its partner was still here
        continue;
      }
      const std::uint32_t before = kept(i - 1) ? at(i - 1).matched[p - 1] : 0;
      matched = !repeats_without_gain(i, i - p) ? 0 : before == 0xffffffffu ? before : before + 1;
    }
  }
}

Repeats ActionHistory::repeats(std::size_t period) const {
  Repeats found;
  found.period = static_cast<std::uint32_t>(period);
  if (size_ == 0) return found;
  found.matched = matched(period);
  found.pending = newest().observation == 0;
  const std::size_t most = size_ > period ? size_ - period : 0;
  found.pairs = static_cast<std::uint32_t>(std::min<std::size_t>(found.matched, most));
  for (std::size_t back = 0; back < found.pairs; ++back) {
    const Action& later = newest(back);
    const Action& earlier = newest(back + period);
    found.waited = found.waited || later.waited;
    if (later.exact != earlier.exact) ++found.near;
    if (later.observation == 0 || earlier.observation == 0) {
      ++found.unknown;
    } else if (later.failed) {
      ++found.failed;
    } else if (later.empty) {
      ++found.empty;
    } else {
      ++found.unchanged;
      if (later.read && later.facts.bare) ++found.bare;
      if (later.read && later.facts.waiting) ++found.waiting;
    }
  }
  return found;
}

void ActionHistory::exchange(Archive& archive) {
  archive.list(ring_, kKept, [&archive](Action& action) {
    for (std::uint64_t* value : {&action.key, &action.exact, &action.observation, &action.call_id,
                                 &action.facts.content, &action.facts.nameless})
      archive.number(*value);
    for (bool* value : {&action.facts.failed, &action.facts.empty, &action.facts.bare, &action.facts.waiting,
                        &action.read, &action.failed, &action.empty, &action.waited})
      archive.flag(*value);
    for (std::uint32_t* value : {&action.step, &action.user_turn, &action.place.document, &action.place.offset})
      archive.number(*value);
    for (std::uint32_t& matched : action.matched) archive.number(matched);
    archive.text(action.name, kNameBytes);
    archive.text(action.arguments, kArgumentBytes);
  });
  archive.list(heads_, kHeads, [&archive](Head& head) {
    archive.number(head.owner);
    archive.number(head.rest);
    archive.text(head.text, kHeadBytes);
  });
  archive.number(seen_);
  archive.flag(waited_);
  // The ring is full, or it holds all that were seen.
  archive.check(seen_ == ring_.size() || (seen_ > kKept && ring_.size() == kKept));
  archive.check(heads_.size() == (ring_.empty() ? 0 : kHeads));
  if (!archive.reading()) return;
  size_ = ring_.size();
  text_bytes_ = 0;
  for (const Action& action : ring_) text_bytes_ += action.name.size() + action.arguments.size();
  for (const Head& head : heads_) text_bytes_ += head.text.size();
}

}  // namespace agentmend
