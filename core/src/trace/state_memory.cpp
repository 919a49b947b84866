#include "trace/state_memory.h"

#include <algorithm>

#include "json/patch.h"

namespace agentmend {

StateMemory::Kept& StateMemory::of(std::uint32_t agent) {
  const auto found =
      std::find_if(kept_.begin(), kept_.end(), [agent](const Kept& kept) { return kept.agent == agent; });
  if (found != kept_.end()) return *found;
  Kept fresh;
  fresh.agent = agent;
  if (kept_.size() < kAgents) return kept_.emplace_back(std::move(fresh));
  const auto oldest =
      std::min_element(kept_.begin(), kept_.end(), [](const Kept& a, const Kept& b) { return a.written < b.written; });
  *oldest = std::move(fresh);
  return *oldest;
}

void StateMemory::append(const Event& event) {
  Kept& kept = of(event.agent);
  kept.written = ++events_;
  kept.before.swap(kept.now);
  kept.place_before = kept.place;
  kept.place = event.place;
  kept.now.clear();
  std::string_view text = event.text;
  while (!text.empty() && (text.front() == ' ' || text.front() == '\n' || text.front() == '\t')) text.remove_prefix(1);
  if (text.size() <= kBytes && text.starts_with('{')) {
    kept.now.assign(text);
    return;
  }
  json::Index index;
  if (text.size() <= kBytes && text.starts_with('[') && !kept.before.empty() && index.read(text)) {
    if (const auto patch = json::read_patch(json::View::root(index))) {
      auto patched = json::apply_patch(kept.before, *patch);
      if (patched && patched->size() <= kBytes) {
        kept.now = std::move(*patched);
        return;
      }
    }
  }
  ++dropped_;
}

const StateMemory::Kept* StateMemory::newest() const {
  for (const Kept& kept : kept_) {
    if (kept.written == events_ && events_ != 0) return kept.now.empty() ? nullptr : &kept;
  }
  return nullptr;
}

void StateMemory::write(json::Writer& writer) const {
  writer.begin_object().member("events", static_cast<std::int64_t>(events_));
  writer.member("dropped", static_cast<std::int64_t>(dropped_)).key("agents").begin_array();
  for (const Kept& kept : kept_) {
    writer.begin_object().member("agent", kept.agent).member("written", static_cast<std::int64_t>(kept.written));
    writer.member("now", kept.now).end_object();
  }
  writer.end_array().end_object();
}

bool StateMemory::read(json::View value) {
  const auto events = value["events"].integer(), dropped = value["dropped"].integer();
  if (!events || !dropped || *events < 0 || *dropped < 0 || !value["agents"].is_array()) return false;
  std::vector<Kept> kept;
  bool sound = true;
  json::for_each(value["agents"], [&](json::View item, std::size_t) {
    const auto agent = item["agent"].integer(), written = item["written"].integer();
    sound = sound && agent && written && *agent >= 0 && *agent <= 0xffff && *written > 0 && *written <= *events &&
            item["now"].is_string() && kept.size() < kAgents;
    if (!sound) return;
    Kept& one = kept.emplace_back();
    one.agent = static_cast<std::uint32_t>(*agent);
    one.written = static_cast<std::uint64_t>(*written);
    one.now = item["now"].text();
    sound = one.now.size() <= kBytes;
  });
  if (!sound) return false;
  kept_ = std::move(kept);
  events_ = static_cast<std::uint64_t>(*events);
  dropped_ = static_cast<std::uint64_t>(*dropped);
  return true;
}

}  // namespace agentmend
