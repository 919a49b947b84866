// The seam, per-event side: a run while it happens.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace agentmend {

// Not thread-safe; one session per run. Event JSON: docs/events.md (one object, as in our JSONL).
class Session {
 public:
  // `options_json`: {"run_id"?, "framework"?, "policy"?, "context"?, "id_prefix"?}. Bad options leave the strict
  // defaults in force and are told by result(kReport).
  explicit Session(std::string_view options_json);
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  // 0 = carry on, nothing to say (the common case: no document is built). 1 = ask for result(kIntervention).
  // 2 = the event could not be read; result(kIntervention) says why, and the run is as before.
  [[nodiscard]] std::uint32_t event(std::string_view event_json);

  enum Result : std::uint32_t { kIntervention = 0, kReport = 1 };
  [[nodiscard]] std::string result(std::uint32_t which);

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace agentmend
