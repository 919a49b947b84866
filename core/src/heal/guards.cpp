#include "heal/guards.h"

#include <algorithm>

#include "archive.h"
#include "text/hash.h"

namespace agentmend::heal {
namespace {

constexpr std::size_t kMaxWindow = 1000;  // steps looked back at; a config cannot make the fold unbounded

constexpr std::int64_t kMaxCount = 1'000'000'000;
constexpr std::int64_t kMaxSeconds = 10'000'000;
constexpr std::size_t kMaxPairs = 256;  // pairs of agents counted apart

// A whole number of at least `none`; anything else is `none`.
std::int64_t bounded(json::View value, std::int64_t none, std::int64_t most) {
  return std::clamp(value.integer().value_or(none), none, most);
}

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
      guards.breakers_.push_back(
          {std::string(scope), *most, bounded(value["cooldown_seconds"], 0, kMaxSeconds) * 1000, 0, -1});
  });
  const json::View limits = config["limits"];
  guards.max_tool_calls_ = bounded(limits["budget"]["max_tool_calls"], 0, kMaxCount);
  guards.max_model_calls_ = bounded(limits["budget"]["max_llm_calls"], 0, kMaxCount);
  guards.timeout_ms_ = bounded(limits["execution_timeout_seconds"], 0, kMaxSeconds) * 1000;
  guards.max_handoffs_ = bounded(limits["handoffs"]["max_handoffs"], -1, kMaxCount);
  guards.max_returns_ = bounded(limits["handoffs"]["max_returns_per_pair"], -1, kMaxCount);
  return guards;
}

bool Guards::any() const {
  return max_identical_ != 0 || !retries_.empty() || !breakers_.empty() || max_tool_calls_ != 0 ||
         max_model_calls_ != 0 || timeout_ms_ != 0 || max_handoffs_ >= 0 || max_returns_ >= 0;
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
  if (max_model_calls_ != 0 && model_calls_ >= max_model_calls_) return GuardTrip{"budget_limiter", number};
  if (started_ms_ < 0) started_ms_ = call.at_ms;
  if (timeout_ms_ != 0 && started_ms_ >= 0 && call.at_ms - started_ms_ > timeout_ms_)
    return GuardTrip{"execution_timeout", number};
  if (max_identical_ != 0 && std::count(recent_.begin(), recent_.end(), key) > max_identical_)
    return GuardTrip{"loop_breaker", number};
  for (const Retry& retry : retries_) {
    if (covers(retry.scope, call.name) && retry.repeats > retry.max_retries) return GuardTrip{"retry_limit", number};
  }
  for (Breaker& breaker : breakers_) {
    if (!covers(breaker.scope, call.name) || breaker.failures < breaker.threshold) continue;
    const bool cooled =
        breaker.cooldown_ms > 0 && breaker.opened_ms >= 0 && call.at_ms - breaker.opened_ms >= breaker.cooldown_ms;
    if (!cooled) return GuardTrip{"circuit_breaker", number};
    breaker.failures = breaker.threshold - 1;  // one try; its failure opens the breaker again
  }
  return std::nullopt;
}

void Guards::Breaker::count(const Event& result) {
  failures = result.status == CallStatus::kError ? failures + 1 : 0;
  if (failures >= threshold) opened_ms = result.at_ms;
}

void Guards::on_result(const Event& result) {
  for (Breaker& breaker : breakers_) {
    if (covers(breaker.scope, result.name)) breaker.count(result);
  }
}

std::optional<GuardTrip> Guards::on_handoff(const Event& handoff) {
  ++handoffs_;
  const bool too_many = max_handoffs_ >= 0 && handoffs_ > max_handoffs_;
  bool returned = false;
  if (max_returns_ >= 0) {
    const std::uint64_t key = text::hash(handoff.name) + text::hash(handoff.id);  // the same both ways
    auto pair = std::find_if(pairs_.begin(), pairs_.end(), [key](const Pair& known) { return known.key == key; });
    if (pair == pairs_.end() && pairs_.size() < kMaxPairs) pair = pairs_.insert(pairs_.end(), {key, 0});
    returned = pair == pairs_.end() || ++pair->handoffs > 1 + max_returns_;
  }
  if (too_many || returned) return GuardTrip{"handoff_limit", calls_};
  return std::nullopt;
}

Guards Guards::tightened(json::View config, const ActionHistory& history, std::uint64_t calls) const {
  Guards next = read(config);
  for (std::size_t back = history.size(); back-- > 0;) {
    const Action& action = history.newest(back);
    next.count(action.name, action.key);
    if (action.observation == 0) continue;
    for (Breaker& breaker : next.breakers_) {
      if (covers(breaker.scope, action.name)) breaker.failures = action.failed ? breaker.failures + 1 : 0;
    }
  }
  next.carry(*this);
  next.calls_ = calls;
  return next;
}

// What `before` has counted itself is of all agents, and stays.
void Guards::carry(const Guards& before) {
  calls_ = before.calls_;
  started_ms_ = before.started_ms_;
  model_calls_ = before.model_calls_;
  handoffs_ = before.handoffs_;
  pairs_ = before.pairs_;
  if (before.max_identical_ != 0) recent_ = before.recent_;
  while (recent_.size() > window_) recent_.pop_front();
  for (Breaker& breaker : breakers_) {
    for (const Breaker& known : before.breakers_) {
      if (known.scope != breaker.scope) continue;
      breaker.failures = known.failures;
      breaker.opened_ms = known.opened_ms;
    }
  }
  for (Retry& retry : retries_) {
    for (const Retry& known : before.retries_) {
      if (known.scope != retry.scope) continue;
      retry.repeats = known.repeats;
      retry.last_key = known.last_key;
    }
  }
}

namespace {

// 0 = no bound, for both
bool as_strict(std::int64_t mine, std::int64_t theirs) { return theirs == 0 || (mine != 0 && mine <= theirs); }

}  // namespace

bool Guards::at_least(const Guards& other) const {
  bool holds = as_strict(max_identical_, other.max_identical_) && as_strict(max_tool_calls_, other.max_tool_calls_) &&
               as_strict(max_model_calls_, other.max_model_calls_) && as_strict(timeout_ms_, other.timeout_ms_) &&
               as_strict(max_handoffs_ + 1, other.max_handoffs_ + 1) &&
               as_strict(max_returns_ + 1, other.max_returns_ + 1) &&
               (other.max_identical_ == 0 || window_ >= other.window_);
  for (const Retry& theirs : other.retries_) {
    holds = holds && std::any_of(retries_.begin(), retries_.end(), [&](const Retry& mine) {
              return mine.scope == theirs.scope && mine.max_retries <= theirs.max_retries;
            });
  }
  for (const Breaker& theirs : other.breakers_) {
    holds = holds && std::any_of(breakers_.begin(), breakers_.end(), [&](const Breaker& mine) {
              const bool stays =
                  mine.cooldown_ms == 0 || (theirs.cooldown_ms != 0 && mine.cooldown_ms >= theirs.cooldown_ms);
              return mine.scope == theirs.scope && mine.threshold <= theirs.threshold && stays;
            });
  }
  return holds;
}

void Guards::exchange(Archive& archive) {
  archive.numbers(recent_, kMaxWindow);
  // The guards of the config are here already, in its order; a name keeps them apart all the same.
  const auto same = [&archive](const std::string& scope) {
    std::string name = scope;
    archive.text(name);
    archive.check(name == scope);
  };
  archive.check(archive.count(retries_.size(), retries_.size()) == retries_.size());
  for (Retry& retry : retries_) {
    same(retry.scope);
    archive.number(retry.last_key);
    archive.number(retry.repeats);
  }
  archive.check(archive.count(breakers_.size(), breakers_.size()) == breakers_.size());
  for (Breaker& breaker : breakers_) {
    same(breaker.scope);
    archive.number(breaker.failures);
    archive.number(breaker.opened_ms);
    archive.check(breaker.failures >= 0);
  }
  for (std::int64_t* value : {&started_ms_, &model_calls_, &handoffs_}) archive.number(*value);
  archive.list(pairs_, kMaxPairs, [&archive](Pair& pair) {
    archive.number(pair.key);
    archive.number(pair.handoffs);
  });
  archive.number(calls_);
  archive.check(recent_.size() <= window_ && model_calls_ >= 0 && handoffs_ >= 0 && calls_ <= 1ull << 53);
}

}  // namespace agentmend::heal
