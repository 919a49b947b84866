// What a message from one agent to another does.
#pragma once

#include <cstdint>
#include <string_view>

#include "text/words.h"

namespace agentmend::detectors::talk {

enum Act : std::uint32_t {
  kAsks = 1u << 0,  // wants an answer or an act: a question, a request, an order, a delegation
  kDefers = 1u << 1,  // passes the case on or back: not mine, yours, beyond my authority
  kFails = 1u << 2,  // says that something is broken, missing or impossible
  kWaits = 1u << 3,  // says that it waits for the one it speaks to
  kSettles = 1u << 4,  // tells a result: done, approved, resolved
  kNotice = 1u << 5,  // needs no answer: a status, a heartbeat, thanks
  kCancels = 1u << 6,  // takes an order back
  kInsists = 1u << 7,  // again, still, reminder
  kOrders = 1u << 8,  // begins with an order
  kLacks = 1u << 9,  // what was to be handed over is not there
  kPending = 1u << 10,  // something, of anybody, is waited for
};

// Tells a result and asks for nothing more.
[[nodiscard]] constexpr bool settles(std::uint32_t acts) {
  return (acts & kSettles) != 0 && (acts & (kFails | kDefers | kPending | kAsks | kInsists)) == 0;
}

// O(words × phrases with the same first letter).
[[nodiscard]] std::uint32_t acts_of(std::string_view text, const text::Words& words);

}  // namespace agentmend::detectors::talk
