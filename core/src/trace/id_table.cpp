#include "trace/id_table.h"

#include "text/hash.h"

namespace agentmend {

std::size_t IdTable::slot_of(std::uint64_t hash, std::string_view id) const {
  std::size_t slot = hash & (slots_.size() - 1);
  while (slots_[slot] != 0) {
    const Entry& entry = entries_[slots_[slot] - 1];
    if (entry.hash == hash && entry.id == id) break;
    slot = (slot + 1) & (slots_.size() - 1);
  }
  return slot;
}

void IdTable::grow() {
  slots_.assign(slots_.empty() ? 64 : slots_.size() * 2, 0);
  for (std::size_t i = 0; i < entries_.size(); ++i)
    slots_[slot_of(entries_[i].hash, entries_[i].id)] = static_cast<std::uint32_t>(i + 1);
}

std::uint32_t& IdTable::at(std::string_view id) {
  if (2 * (entries_.size() + 1) > slots_.size()) grow();
  const std::uint64_t hash = text::hash(id);
  const std::size_t slot = slot_of(hash, id);
  if (slots_[slot] == 0) {
    entries_.push_back({hash, id, kNone});
    slots_[slot] = static_cast<std::uint32_t>(entries_.size());
  }
  return entries_[slots_[slot] - 1].position;
}

std::uint32_t IdTable::find(std::string_view id) const {
  if (slots_.empty()) return kNone;
  const std::size_t slot = slot_of(text::hash(id), id);
  return slots_[slot] == 0 ? kNone : entries_[slots_[slot] - 1].position;
}

}  // namespace agentmend
