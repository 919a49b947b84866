// The newest state of each agent and the one before it, as JSON text: for who compares the two. A state event holds all
// values (an object), or an RFC 6902 patch of the state before (an array).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "json/view.h"
#include "json/writer.h"
#include "trace/event.h"

namespace agentmend {

class StateMemory {
 public:
  static constexpr std::size_t kAgents = 16;  // the one whose state was not written for longest makes room
  static constexpr std::size_t kBytes = 65'536;  // of one state; longer ones are not kept, and counted

  struct Kept {
    std::uint32_t agent = 0;
    std::string before;  // empty: there was none, or it was not kept
    std::string now;
    Place place_before, place;
    std::uint64_t written = 0;  // number of the state event
  };

  void append(const Event& event);  // O(bytes of the state)
  // What the last state event left; nullptr when it was not kept.
  [[nodiscard]] const Kept* newest() const;
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  // A member of a session's snapshot: {"events", "dropped", "agents": [{agent, written, now}]}. The state before is not
  // written: a comparison begins anew with the next state.
  void write(json::Writer& writer) const;
  [[nodiscard]] bool read(json::View value);  // false: not of this form, nothing was taken

 private:
  Kept& of(std::uint32_t agent);
  std::vector<Kept> kept_;
  std::uint64_t events_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace agentmend
