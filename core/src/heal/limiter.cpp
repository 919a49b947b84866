#include "heal/limiter.h"

#include <algorithm>

namespace agentmend::heal {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::size_t kMaxTimes = 5;  // more than the highest count of any limit is never looked at

void forget(std::vector<std::int64_t>& times, std::int64_t now_ms, std::int64_t window_ms) {
  times.erase(std::remove_if(times.begin(), times.end(), [=](std::int64_t at) { return now_ms - at >= window_ms; }),
              times.end());
}

void book(std::vector<std::int64_t>& times, std::int64_t now_ms) {
  times.push_back(now_ms);
  if (times.size() > kMaxTimes) times.erase(times.begin());
}

tl::unexpected<Error> bad(std::string_view at) {
  return fail(ErrorCode::kInvalidInput, "/limiter" + std::string(at),
              "The limiter state is not one that this library wrote; give it unchanged, or leave it out for a new "
              "target.");
}

bool read_times(json::View list, std::vector<std::int64_t>& times) {
  bool fine = list.is_array() && list.size() <= kMaxTimes;
  json::for_each(list, [&](json::View item, std::size_t) {
    const auto at = item.integer();
    fine = fine && at && *at >= 0 && (times.empty() || times.back() <= *at);
    times.push_back(at.value_or(0));
  });
  return fine;
}

void write_times(json::Writer& writer, const std::vector<std::int64_t>& times) {
  writer.begin_array();
  for (const std::int64_t at : times) writer.integer(at);
  writer.end_array();
}

}  // namespace

Result<LimiterState> read_limiter(json::View document) {
  LimiterState state;
  if (document.is_null()) return state;
  if (json::duplicate_key(document)) return bad("");
  if (!document.is_object() || document["v"].integer() != 1 || !document["halted"].is_bool()) return bad("/halted");
  state.halted = document["halted"].boolean(true);
  state.halted_reason = document["halted_reason"].text();
  state.consecutive_failures = document["consecutive_failures"].integer().value_or(-1);
  if (state.consecutive_failures < 0) return bad("/consecutive_failures");
  state.last_seen_ms = document["last_seen_ms"].integer().value_or(-1);
  if (state.last_seen_ms < 0) return bad("/last_seen_ms");
  if (!document["last_rollback_ms"].is_null()) {
    state.last_rollback_ms = document["last_rollback_ms"].integer().value_or(-1);
    if (state.last_rollback_ms < 0) return bad("/last_rollback_ms");
  }
  if (!read_times(document["attempts"], state.attempts)) return bad("/attempts");
  bool fine = document["pairs"].is_object() && document["pairs"].size() <= kMaxPairs;
  json::for_each_member(document["pairs"], [&](std::string_view name, json::View times) {
    state.pairs.emplace_back(std::string(name), std::vector<std::int64_t>());
    fine = read_times(times, state.pairs.back().second) && fine;
  });
  if (!fine) return bad("/pairs");
  return state;
}

void write_limiter(json::Writer& writer, const LimiterState& state) {
  writer.begin_object().member("v", 1).member("halted", state.halted);
  writer.member_or_null("halted_reason", state.halted_reason);
  writer.member("consecutive_failures", state.consecutive_failures).key("last_rollback_ms");
  if (state.last_rollback_ms < 0) {
    writer.null();
  } else {
    writer.integer(state.last_rollback_ms);
  }
  writer.key("attempts");
  write_times(writer, state.attempts);
  writer.key("pairs").begin_object();
  for (const auto& [name, times] : state.pairs) {
    writer.key(name);
    write_times(writer, times);
  }
  writer.end_object().member("last_seen_ms", state.last_seen_ms).end_object();
}

std::string_view name_of(LimiterVerdict verdict) {
  constexpr std::string_view kNames[] = {"", "limiter_halted", "limiter_breaker_open", "limiter_cooldown",
                                         "limiter_rate"};
  return kNames[static_cast<std::size_t>(verdict)];
}

Autonomy Admission::ceiling() const {
  switch (verdict) {
    case LimiterVerdict::kAdmitted: return Autonomy::kApply;
    case LimiterVerdict::kHalted:
    case LimiterVerdict::kBreakerOpen: return Autonomy::kEscalate;
    default: return Autonomy::kRecommend;
  }
}

Admission admit(LimiterState state, std::int64_t now_ms, std::string_view detector, std::string_view fix_type,
                const Limits& limits) {
  now_ms = std::max(now_ms, state.last_seen_ms);
  state.last_seen_ms = now_ms;
  forget(state.attempts, now_ms, kHourMs);
  for (auto& [name, times] : state.pairs) forget(times, now_ms, limits.breaker_window_ms);
  state.pairs.erase(
      std::remove_if(state.pairs.begin(), state.pairs.end(), [](const auto& pair) { return pair.second.empty(); }),
      state.pairs.end());
  Admission out;
  const auto refuse = [&](LimiterVerdict verdict, std::int64_t until) {
    out.verdict = verdict;
    out.deferred_until_ms = until;
    out.state = std::move(state);
    return out;
  };
  if (state.halted) return refuse(LimiterVerdict::kHalted, -1);

  const std::string name = std::string(detector) + "|" + std::string(fix_type);
  auto pair = std::find_if(state.pairs.begin(), state.pairs.end(), [&](const auto& p) { return p.first == name; });
  if (pair == state.pairs.end()) {
    // So many different fixes asked for in one window is a storm of its own: a person looks.
    if (state.pairs.size() >= kMaxPairs) return refuse(LimiterVerdict::kBreakerOpen, -1);
    pair = state.pairs.insert(state.pairs.end(), {name, {}});
  }
  // Requests made while it is open are not booked: it closes one window after the oldest.
  if (static_cast<std::int64_t>(pair->second.size()) >= limits.breaker_count)
    return refuse(LimiterVerdict::kBreakerOpen, -1);
  book(pair->second, now_ms);
  if (state.last_rollback_ms >= 0 && now_ms - state.last_rollback_ms < limits.cooldown_ms)
    return refuse(LimiterVerdict::kCooldown, state.last_rollback_ms + limits.cooldown_ms);
  const auto booked = static_cast<std::int64_t>(state.attempts.size());
  if (booked >= limits.max_fixes_per_hour) {
    const bool ever = limits.max_fixes_per_hour > 0;
    const auto freed = static_cast<std::size_t>(booked - limits.max_fixes_per_hour);
    return refuse(LimiterVerdict::kRateLimited, ever ? state.attempts[freed] + kHourMs : -1);
  }
  book(state.attempts, now_ms);
  return refuse(LimiterVerdict::kAdmitted, -1);
}

LimiterState after_failure(LimiterState state, std::int64_t now_ms, const Limits& limits) {
  state.last_seen_ms = std::max(now_ms, state.last_seen_ms);
  ++state.consecutive_failures;
  if (state.consecutive_failures >= limits.max_consecutive_failures)
    return halt(std::move(state), "consecutive_failures");
  return state;
}

LimiterState after_rollback(LimiterState state, std::int64_t now_ms, const Limits& limits) {
  state = after_failure(std::move(state), now_ms, limits);
  state.last_rollback_ms = state.last_seen_ms;
  return state;
}

LimiterState after_success(LimiterState state, bool proven) {
  if (proven) state.consecutive_failures = 0;
  return state;
}

LimiterState halt(LimiterState state, std::string_view reason) {
  if (!state.halted) state.halted_reason = std::string(reason);
  state.halted = true;
  return state;
}

LimiterState reset(LimiterState state) {
  state.halted = false;
  state.halted_reason.clear();
  state.consecutive_failures = 0;
  return state;
}

}  // namespace agentmend::heal
