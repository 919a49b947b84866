// How often one target may be healed. The state is a value that the host keeps per target: in, out, no clock here.
// Attempts are booked before the write, whatever comes of them: a fix that fails cannot be tried without end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "error.h"
#include "heal/policy.h"
#include "json/view.h"
#include "json/writer.h"

namespace agentmend::heal {

struct LimiterState {
  bool halted = false;  // only reset(), by a person, clears it
  std::string halted_reason;
  std::int64_t consecutive_failures = 0;
  std::int64_t last_rollback_ms = -1;  // -1 = never
  std::vector<std::int64_t> attempts;  // booked in the last hour, oldest first
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> pairs;  // "<detector>|<fix type>": requests
  std::int64_t last_seen_ms = 0;  // time never goes back
};
constexpr std::size_t kMaxPairs = 24;  // of a target: keeps the state under 4 kB

// An absent document is a fresh state. A document of another shape is refused: the limiter fails closed.
[[nodiscard]] Result<LimiterState> read_limiter(json::View document);
void write_limiter(json::Writer& writer, const LimiterState& state);

enum class LimiterVerdict : std::uint8_t { kAdmitted, kHalted, kBreakerOpen, kCooldown, kRateLimited };
[[nodiscard]] std::string_view name_of(LimiterVerdict verdict);  // "limiter_cooldown", ...; admitted = ""

struct Admission {
  LimiterVerdict verdict = LimiterVerdict::kAdmitted;
  std::int64_t deferred_until_ms = -1;  // of cooldown and rate; -1 = none
  LimiterState state;
  // What the gate makes of it: halted and breaker need a person, the others need time.
  [[nodiscard]] Autonomy ceiling() const;
};
[[nodiscard]] Admission admit(LimiterState state, std::int64_t now_ms, std::string_view detector,
                              std::string_view fix_type, const Limits& limits);

// What came of an attempt. A roll-back by any cause is a failure and starts the cool-down.
[[nodiscard]] LimiterState after_failure(LimiterState state, std::int64_t now_ms, const Limits& limits);
[[nodiscard]] LimiterState after_rollback(LimiterState state, std::int64_t now_ms, const Limits& limits);
[[nodiscard]] LimiterState after_success(LimiterState state, bool proven);  // only a proven one clears the failures
[[nodiscard]] LimiterState halt(LimiterState state, std::string_view reason);
[[nodiscard]] LimiterState reset(LimiterState state);

}  // namespace agentmend::heal
