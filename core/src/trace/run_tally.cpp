#include "trace/run_tally.h"

#include <algorithm>

#include "archive.h"
#include "json/writer.h"
#include "text/hash.h"

namespace agentmend {
namespace {

void count_up(std::uint32_t& count) {
  if (count != 0xffffffffu) ++count;
}

}  // namespace

KeyCounts::Item& KeyCounts::add(std::uint64_t key, std::uint32_t step) {
  key |= 1;
  if (items_.empty()) items_.resize(kRows * kInRow);
  Item* row = &items_[(key >> 1) % kRows * kInRow];
  Item* place = row;
  for (std::size_t i = 0; i < kInRow; ++i) {
    Item& item = row[i];
    if (item.key == key) {
      count_up(item.count);
      item.last_step = step;
      return item;
    }
    // A free place has count 0 and comes first; of equally rare keys the one that was quiet longest goes.
    if (item.count < place->count || (item.count == place->count && item.last_step < place->last_step)) place = &item;
  }
  if (place->key != 0) ++dropped_;
  *place = {key, place->count, place->count, step, step};
  count_up(place->count);
  return *place;
}

const KeyCounts::Item* KeyCounts::find(std::uint64_t key) const {
  key |= 1;
  if (items_.empty()) return nullptr;
  const Item* row = &items_[(key >> 1) % kRows * kInRow];
  const Item* found = std::find_if(row, row + kInRow, [key](const Item& item) { return item.key == key; });
  return found == row + kInRow ? nullptr : found;
}

void KeyCounts::exchange(Archive& archive) {
  archive.list(items_, kRows * kInRow, [&archive](Item& item) {
    archive.number(item.key);
    if (item.key == 0) return;
    archive.number(item.count);
    archive.number(item.over);
    archive.number(item.first_step);
    archive.number(item.last_step);
  });
  archive.check(items_.empty() || items_.size() == kRows * kInRow);
  archive.number(dropped_);
}

std::uint64_t RunTally::call_key(std::uint32_t agent, std::uint64_t action_key) {
  return text::combine(action_key, agent);
}

ToolTally& RunTally::tool_of(std::string_view name) {
  constexpr std::size_t kInRow = 4;
  if (tools_.empty()) tools_.resize(kToolRows * kInRow);
  const std::uint64_t key = text::hash(name) | 1;
  ToolTally* row = &tools_[(key >> 1) % kToolRows * kInRow];
  ToolTally* place = row;
  for (std::size_t i = 0; i < kInRow; ++i) {
    if (row[i].key == key) return row[i];
    if (row[i].calls < place->calls || (row[i].calls == place->calls && row[i].key < place->key)) place = &row[i];
  }
  if (place->key != 0) ++tools_dropped_;
  std::string storage = std::move(place->name);
  storage.assign(json::cut_utf8(name, kNameBytes));
  *place = {};
  place->key = key;
  place->name = std::move(storage);
  return *place;
}

const ToolTally* RunTally::tool(std::string_view name) const {
  const std::uint64_t key = text::hash(name) | 1;
  const auto found = std::find_if(tools_.begin(), tools_.end(), [key](const ToolTally& t) { return t.key == key; });
  return found == tools_.end() ? nullptr : &*found;
}

AgentTally& RunTally::agent_of(std::uint32_t position, std::size_t agents) {
  if (agents_.size() < agents) agents_.resize(agents);
  return agents_[std::min<std::size_t>(position, agents_.size() - 1)];
}

const AgentTally& RunTally::agent(std::uint32_t position) const {
  static constexpr AgentTally kNobody;
  return position < agents_.size() ? agents_[position] : kNobody;
}

std::uint32_t RunTally::root_of(std::uint32_t position) const {
  const std::uint32_t root = agent(position).root;
  return root == AgentTally::kNone ? position : root;
}

void RunTally::spawn(std::uint32_t child, std::uint32_t parent) {
  const std::size_t agents = std::max<std::size_t>(agents_.size(), std::max(child, parent) + std::size_t{1});
  AgentTally& of_child = agent_of(child, agents);
  const std::uint32_t root = root_of(parent);
  if (child == parent || of_child.parent != AgentTally::kNone || of_child.children != 0 || root == child) return;
  AgentTally& of_parent = agent_of(parent, agents);
  of_child.parent = parent;
  of_child.root = root;
  of_child.depth = of_parent.depth + 1;
  count_up(of_parent.children);
  count_up(spawned_);
  deepest_ = std::max(deepest_, of_child.depth);
  widest_ = std::max(widest_, of_parent.children);
}

void RunTally::on_result(const Event& event, const Action* action, std::string_view tool, AgentTally& agent) {
  const bool failed = event.status == CallStatus::kError;
  agent.error_run = failed ? agent.error_run + 1 : 0;
  if (failed) count_up(agent.errors);
  if (!tool.empty()) {
    ToolTally& tally = tool_of(tool);
    tally.error_run = failed ? tally.error_run + 1 : 0;
    tally.longest_error_run = std::max(tally.longest_error_run, tally.error_run);
    if (failed) count_up(tally.errors);
  }
  if (action != nullptr)
    results_.add(text::combine(call_key(event.agent, action->key), action->observation), event.step);
  if (kept_results_.size() < kResults) kept_results_.emplace_back();
  KeptResult& kept = kept_results_[results_seen_++ % kResults];
  const std::string_view text = event.text.empty() ? event.error : event.text;
  kept.call = event.id.empty() ? 0 : text::hash(event.id) | 1;
  kept.hash = action != nullptr ? action->observation : text::hash(text) | 1;
  kept.bytes = text.size();
  kept.agent = event.agent;
  kept.step = event.step;
  kept.status = event.status;
  kept.tool.assign(json::cut_utf8(tool, kNameBytes));
  kept.text.assign(json::cut_utf8(text, kResultBytes));
}

void RunTally::on_handoff(const Event& event) {
  const KeptHandoff now{text::hash(event.name), text::hash(event.id), text::hash(event.text), event.step};
  const bool back = !handoffs_.empty() && handoffs_.back().from == now.to && handoffs_.back().to == now.from;
  returns_ = back ? returns_ + 1 : 0;
  if (handoffs_.size() >= kHandoffs) handoffs_.erase(handoffs_.begin());
  handoffs_.push_back(now);
  pairs_.add(now.from + now.to, event.step);  // a sum: the same both ways
}

void RunTally::on_state(const Event& event) {
  const std::uint64_t hash = text::combine(text::hash(event.text), event.agent) | 1;
  same_state_ = hash == last_state_ ? same_state_ + 1 : 1;
  last_state_ = hash;
  states_.add(hash, event.step);
}

void RunTally::append(const Event& event, const Action* action, std::string_view tool, std::size_t agents) {
  AgentTally& agent = agent_of(event.agent, agents);
  agent.last_step = event.step;
  switch (event.kind) {
    case EventKind::kTurn: count_up(agent.turns); break;
    case EventKind::kModelEnd: count_up(agent.model_ends); break;
    case EventKind::kToolCall:
      count_up(agent.calls);
      if (!event.name.empty()) {
        ToolTally& tally = tool_of(event.name);
        count_up(tally.calls);
        tally.last_step = event.step;
      }
      if (action != nullptr) calls_.add(call_key(event.agent, action->key), event.step);
      break;
    case EventKind::kToolResult: on_result(event, action, tool, agent); break;
    case EventKind::kHandoff: on_handoff(event); break;
    case EventKind::kState: on_state(event); break;
    default: break;
  }
}

const KeptResult* RunTally::result(std::size_t back) const {
  return back < kept_results_.size() ? &kept_results_[(results_seen_ - 1 - back) % kResults] : nullptr;
}

std::uint64_t RunTally::dropped() const {
  return calls_.dropped() + results_.dropped() + states_.dropped() + pairs_.dropped() + tools_dropped_;
}

std::size_t RunTally::kept_bytes() const {
  std::size_t bytes = 0;
  for (const ToolTally& tool : tools_) bytes += tool.name.size();
  for (const KeptResult& kept : kept_results_) bytes += kept.text.size() + kept.tool.size();
  return bytes;
}

void RunTally::exchange(Archive& archive) {
  for (KeyCounts* counts : {&calls_, &results_, &states_, &pairs_}) counts->exchange(archive);
  archive.list(tools_, kToolRows * 4, [&archive](ToolTally& tool) {
    archive.number(tool.key);
    archive.text(tool.name, kNameBytes);
    for (std::uint32_t* value : {&tool.calls, &tool.errors, &tool.error_run, &tool.longest_error_run, &tool.last_step})
      archive.number(*value);
  });
  archive.check(tools_.empty() || tools_.size() == kToolRows * 4);
  archive.list(agents_, 1u << 16, [&archive](AgentTally& agent) {
    for (std::uint32_t* value : {&agent.calls, &agent.errors, &agent.error_run, &agent.model_ends, &agent.turns,
                                 &agent.children, &agent.parent, &agent.root, &agent.depth, &agent.last_step})
      archive.number(*value);
  });
  for (const AgentTally& agent : agents_) {
    archive.check(agent.parent == AgentTally::kNone || agent.parent < agents_.size());
    archive.check(agent.root == AgentTally::kNone || agent.root < agents_.size());
  }
  archive.list(handoffs_, kHandoffs, [&archive](KeptHandoff& handoff) {
    for (std::uint64_t* value : {&handoff.from, &handoff.to, &handoff.text}) archive.number(*value);
    archive.number(handoff.step);
  });
  archive.list(kept_results_, kResults, [&archive](KeptResult& kept) {
    for (std::uint64_t* value : {&kept.call, &kept.hash, &kept.bytes}) archive.number(*value);
    archive.number(kept.agent);
    archive.number(kept.step);
    archive.number(kept.status, static_cast<std::uint64_t>(CallStatus::kOrphan));
    archive.text(kept.tool, kNameBytes);
    archive.text(kept.text, kResultBytes);
  });
  for (std::uint64_t* value : {&results_seen_, &tools_dropped_, &last_state_}) archive.number(*value);
  for (std::uint32_t* value : {&deepest_, &widest_, &spawned_, &returns_, &same_state_}) archive.number(*value);
  archive.check(results_seen_ == kept_results_.size() || kept_results_.size() == kResults);
  archive.check(results_seen_ >= kept_results_.size());
}

}  // namespace agentmend
