// The actions of one agent and what came of them: runs of equal actions and short cycles, kept incrementally.
// Cost: O(kMaxPeriod) per action, O(1) per observation. Memory: the last kKept actions.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "trace/event.h"

namespace agentmend {

struct Action {
  std::uint64_t key = 0;  // tool and loosely canonical arguments
  std::uint64_t observation = 0;  // hash of the result; 0 = none yet
  bool failed = false;  // the result was an error
  bool empty = false;  // the result brought nothing
  std::uint32_t step = 0;
  Place place;
  std::string name;  // tool
  std::string arguments;  // as given, cut to kArgumentBytes
};

class ActionHistory {
 public:
  static constexpr std::size_t kKept = 64;
  static constexpr std::size_t kArgumentBytes = 512;
  static constexpr std::size_t kMaxPeriod = 6;

  void act(const Event& call);
  void observe(const Event& result);

  [[nodiscard]] const std::deque<Action>& recent() const { return recent_; }  // newest last
  [[nodiscard]] std::uint64_t seen() const { return seen_; }

 private:
  std::deque<Action> recent_;
  std::uint64_t seen_ = 0;
};

// Hash of a tool and its arguments that ignores key order and volatile keys (time, ids of requests, counters).
[[nodiscard]] std::uint64_t action_key(std::string_view tool, std::string_view arguments);

}  // namespace agentmend
