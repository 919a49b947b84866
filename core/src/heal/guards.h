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

namespace agentmend::heal {

struct GuardTrip {
  std::string guard;  // "loop_breaker"
  std::uint64_t call = 0;  // 1-based number of the tool call that is stopped
};

class Guards {
 public:
  // Reads /guards/loop, /limits/retry/{scope}, /guards/circuit_breakers/{scope} and /limits/budget. Absent = not
  // guarded.
  [[nodiscard]] static Guards read(json::View config);
  [[nodiscard]] bool any() const;

  // A call that is about to run; a trip means that it must not.
  [[nodiscard]] std::optional<GuardTrip> on_call(const Event& call);
  void on_result(const Event& result);

  // What happened before the guards came into force: `calls` in all, and the agent's last ones.
  void catch_up(const ActionHistory& history, std::uint64_t calls);

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
    std::int64_t failures = 0;
  };
  void count(std::string_view tool, std::uint64_t key);

  std::int64_t max_identical_ = 0;  // 0 = off
  std::size_t window_ = 0;
  std::deque<std::uint64_t> recent_;
  std::vector<Retry> retries_;
  std::vector<Breaker> breakers_;
  std::int64_t max_tool_calls_ = 0;
  std::uint64_t calls_ = 0;
};

}  // namespace agentmend::heal
