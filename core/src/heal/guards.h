// What a patched generic config bounds: one guard per SAFE type, each a fold over events. Three callers use the same
// fold: the session, the replay after a fix, and the text for the model.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "json/view.h"
#include "trace/action_history.h"
#include "trace/event.h"

namespace agentmend {
class Archive;
}

namespace agentmend::heal {

struct GuardTrip {
  std::string guard;  // "loop_breaker"
  std::uint64_t call = 0;  // 1-based number of the tool call that is stopped
};

class Guards {
 public:
  // Reads /guards/loop, /guards/circuit_breakers/{scope}, /limits/retry/{scope}, /limits/budget (tool and model calls),
  // /limits/execution_timeout_seconds and /limits/handoffs. Absent = not guarded. Without times in the events nothing
  // times out and an open breaker stays open.
  [[nodiscard]] static Guards read(json::View config);
  [[nodiscard]] bool any() const;

  // A call that is about to run; a trip means that it must not.
  [[nodiscard]] std::optional<GuardTrip> on_call(const Event& call);
  [[nodiscard]] std::optional<GuardTrip> on_handoff(const Event& handoff);
  void on_result(const Event& result);
  void on_model() { ++model_calls_; }

  // The guards of a config that a fix has tightened, in the middle of a run: they go on from what was counted, and know
  // the agent's last calls and how many there were in all.
  [[nodiscard]] Guards tightened(json::View config, const ActionHistory& history, std::uint64_t calls) const;

  void carry(const Guards& before);  // goes on from what others have counted
  // Nothing that `other` bounds is looser here.
  [[nodiscard]] bool at_least(const Guards& other) const;
  // What was counted; the bounds are the config's.
  void exchange(Archive& archive);

 private:
  struct Retry {
    std::string scope;
    std::int64_t max_retries = 0;
    std::uint64_t last_key = 0;
    std::int64_t repeats = 0;
  };
  struct Breaker {
    std::string scope;
    std::int64_t threshold = 0;
    std::int64_t cooldown_ms = 0;
    std::int64_t failures = 0;
    std::int64_t opened_ms = -1;
    void count(const Event& result);
  };
  struct Pair {  // of agents, in either direction
    std::uint64_t key = 0;
    std::int64_t handoffs = 0;
  };
  void count(std::string_view tool, std::uint64_t key);

  std::int64_t max_identical_ = 0;  // 0 = off
  std::size_t window_ = 0;
  std::deque<std::uint64_t> recent_;
  std::vector<Retry> retries_;
  std::vector<Breaker> breakers_;
  std::int64_t max_tool_calls_ = 0, max_model_calls_ = 0;
  std::int64_t max_handoffs_ = -1, max_returns_ = -1;  // -1 = off
  std::int64_t timeout_ms_ = 0;
  std::int64_t started_ms_ = -1;
  std::int64_t model_calls_ = 0, handoffs_ = 0;
  std::vector<Pair> pairs_;
  std::uint64_t calls_ = 0;
};

}  // namespace agentmend::heal
