// The actions of one agent and what came of them: runs of equal actions and short cycles, kept incrementally.
// For each period p in 1..6 the newest action knows how long key[i] == key[i-p] has held without anything new coming of
// it. Cost: O(kMaxPeriod) per action and per observation of the newest action (of an older one: times the calls started
// since, at most kKept). Memory: the last kKept actions and the heads of the last kHeads results, all reused.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trace/action_key.h"
#include "trace/event.h"
#include "trace/result_facts.h"

namespace agentmend {

class Archive;

// How the newest actions repeat at one period, counted over the pairs (i, i-p) that the index still holds.
struct Repeats {
  std::uint32_t period = 1;  // 1 = a run of equal actions
  std::uint32_t matched = 0;  // pairs in a row; a run of r equal actions has r - 1
  std::uint32_t pairs = 0;  // of these, looked at
  std::uint32_t unchanged = 0;  // the later one brought the same again
  std::uint32_t failed = 0;  // it failed (whatever the error says)
  std::uint32_t empty = 0;  // it brought nothing
  std::uint32_t unknown = 0;  // no result yet, or none was ever given
  std::uint32_t bare = 0;  // unchanged, but a mere acknowledgement
  std::uint32_t waiting = 0;  // unchanged, and says that something is still under way
  std::uint32_t near = 0;  // arguments differ in volatile members only
  bool pending = false;  // the newest action has no result yet
  bool waited = false;  // the agent waited in between

  [[nodiscard]] std::uint32_t run() const { return matched + 1; }
  [[nodiscard]] double times() const { return static_cast<double>(matched + period) / period; }
};

struct Action {
  std::uint64_t key = 0;  // tool and loosely canonical arguments
  std::uint64_t exact = 0;  // with the volatile members
  std::uint64_t observation = 0;  // hash of the result as it is; 0 = none yet
  std::uint64_t call_id = 0;  // hash; 0 = the source gives none
  ResultFacts facts;  // valid when `read`: results are only read once their action repeats
  bool read = false;
  bool failed = false;  // the result was an error
  bool empty = false;  // the result brought nothing
  bool waited = false;  // the agent waited before it
  std::uint32_t step = 0;
  std::uint32_t user_turn = 0;  // user messages before it
  Place place;
  std::array<std::uint32_t, 6> matched{};  // [p - 1], as in Repeats
  std::string name;  // tool, cut to kNameBytes
  std::string arguments;  // as given, cut to kArgumentBytes
};

class ActionHistory {
 public:
  static constexpr std::size_t kKept = 64;  // ten rounds of the longest cycle
  static constexpr std::size_t kArgumentBytes = 512;
  static constexpr std::size_t kNameBytes = 256;  // of a tool's name
  static constexpr std::size_t kMaxPeriod = 6;  // longer cycles are plans; none was seen in the reports behind pain 1
  static constexpr std::size_t kHeads = 8;  // a partner is at most kMaxPeriod back
  static constexpr std::size_t kHeadBytes = 1024;  // of a result; the rest is compared as it is

  // `user_turn`: user messages so far. A repeat on the user's word is not a loop.
  // Answers the action, or null when the event was about none.
  const Action* act(const Event& call, std::uint32_t user_turn = 0);
  const Action* observe(const Event& result);

  [[nodiscard]] std::size_t size() const { return size_; }  // actions kept
  [[nodiscard]] const Action& newest(std::size_t back = 0) const { return ring_[slot(seen_ - 1 - back)]; }
  [[nodiscard]] std::uint64_t seen() const { return seen_; }  // waits are not actions
  // Newest action, period 1..kMaxPeriod. O(1); 0 when nothing repeats.
  [[nodiscard]] std::uint32_t matched(std::size_t period) const {
    return size_ == 0 ? 0 : newest().matched[period - 1];
  }
  [[nodiscard]] Repeats repeats(std::size_t period) const;  // O(kKept)
  [[nodiscard]] std::size_t kept_bytes() const {  // O(1)
    return ring_.size() * sizeof(Action) + heads_.size() * sizeof(Head) + text_bytes_;
  }
  void exchange(Archive& archive);

 private:
  struct Head {
    std::uint64_t owner = ~0ull;
    std::uint64_t rest = 0;  // hash of what was cut
    std::string text;
  };
  [[nodiscard]] static std::size_t slot(std::uint64_t action) { return action % kKept; }
  [[nodiscard]] Action& at(std::uint64_t action) { return ring_[slot(action)]; }
  [[nodiscard]] bool kept(std::uint64_t action) const { return action < seen_ && seen_ - action <= size_; }
  [[nodiscard]] Action* find_open(const Event& result, std::uint64_t& which);
  void rematch(std::uint64_t from);
  [[nodiscard]] bool repeats_without_gain(std::uint64_t later, std::uint64_t earlier);
  void read(std::uint64_t action, const Action* like);

  std::vector<Action> ring_;  // grows to kKept, then is reused
  std::vector<Head> heads_;
  std::uint64_t seen_ = 0;
  std::size_t size_ = 0;
  std::size_t text_bytes_ = 0;  // of names, arguments and heads
  bool waited_ = false;
};

// The arguments hold a command that waits. O(bytes).
[[nodiscard]] bool waits_inside(std::string_view arguments);

// Each call makes a new record or message, so that a fresh id or receipt in the result is no news.
[[nodiscard]] bool makes_new(std::string_view tool);

// Hash of a tool and its arguments that ignores key order and volatile keys (time, nonces, counters).
[[nodiscard]] inline std::uint64_t action_key(std::string_view tool, std::string_view arguments) {
  return hash_call(tool, arguments).loose;
}

}  // namespace agentmend
