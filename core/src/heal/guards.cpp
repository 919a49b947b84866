#include "heal/guards.h"

#include <algorithm>

namespace agentmend::heal {
namespace {

constexpr std::size_t kMaxWindow = 1000;  // steps looked back at; a config cannot make the fold unbounded

bool covers(const std::string& scope, std::string_view tool) { return scope == "*" || scope == tool; }

}  // namespace

Guards Guards::read(json::View config) {
  Guards guards;
  const json::View loop = config["guards"]["loop"];
  if (const auto most = loop["max_identical_steps"].integer(); most && *most > 0) {
    guards.max_identical_ = *most;
    const auto window = loop["window"].integer().value_or(10);
    guards.window_ =
        static_cast<std::size_t>(std::clamp<std::int64_t>(window, *most + 1, static_cast<std::int64_t>(kMaxWindow)));
  }
  json::for_each_member(config["limits"]["retry"], [&guards](std::string_view scope, json::View value) {
    if (const auto most = value["max_retries"].integer(); most && *most >= 0)
      guards.retries_.push_back({std::string(scope), *most, 0, 0});
  });
  json::for_each_member(config["guards"]["circuit_breakers"], [&guards](std::string_view scope, json::View value) {
    if (const auto most = value["failure_threshold"].integer(); most && *most > 0)
      guards.breakers_.push_back({std::string(scope), *most, 0});
  });
  guards.max_tool_calls_ =
      std::max<std::int64_t>(0, config["limits"]["budget"]["max_tool_calls"].integer().value_or(0));
  return guards;
}

bool Guards::any() const {
  return max_identical_ != 0 || !retries_.empty() || !breakers_.empty() || max_tool_calls_ != 0;
}

void Guards::count(std::string_view tool, std::uint64_t key) {
  ++calls_;
  if (max_identical_ != 0) {
    recent_.push_back(key);
    if (recent_.size() > window_) recent_.pop_front();
  }
  for (Retry& retry : retries_) {
    if (!covers(retry.scope, tool)) continue;
    retry.repeats = retry.last_key == key ? retry.repeats + 1 : 0;
    retry.last_key = key;
  }
}

std::optional<GuardTrip> Guards::on_call(const Event& call) {
  const std::uint64_t key = action_key(call.name, call.text);
  count(call.name, key);
  const std::uint64_t number = calls_;
  if (max_tool_calls_ != 0 && number > static_cast<std::uint64_t>(max_tool_calls_))
    return GuardTrip{"budget_limiter", number};
  if (max_identical_ != 0 && std::count(recent_.begin(), recent_.end(), key) > max_identical_)
    return GuardTrip{"loop_breaker", number};
  for (const Retry& retry : retries_) {
    if (covers(retry.scope, call.name) && retry.repeats > retry.max_retries) return GuardTrip{"retry_limit", number};
  }
  for (const Breaker& breaker : breakers_) {
    if (covers(breaker.scope, call.name) && breaker.failures >= breaker.threshold)
      return GuardTrip{"circuit_breaker", number};
  }
  return std::nullopt;
}

void Guards::on_result(const Event& result) {
  for (Breaker& breaker : breakers_) {
    if (covers(breaker.scope, result.name))
      breaker.failures = result.status == CallStatus::kError ? breaker.failures + 1 : 0;
  }
}

void Guards::catch_up(const ActionHistory& history, std::uint64_t calls) {
  for (std::size_t back = history.size(); back-- > 0;) {
    const Action& action = history.newest(back);
    count(action.name, action.key);
    if (action.observation == 0) continue;
    for (Breaker& breaker : breakers_) {
      if (covers(breaker.scope, action.name)) breaker.failures = action.failed ? breaker.failures + 1 : 0;
    }
  }
  calls_ = calls;
}

}  // namespace agentmend::heal
