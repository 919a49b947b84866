// The generic config as a session enforces it: each bound by itself, with every detector quiet.
#include <gtest/gtest.h>

#include "session_run.h"

namespace agentmend {
namespace {

using test::Fed;
using test::json;

Fed bounded(const json& limits, const json& guards = json::object()) {
  return Fed(json{{"config", {{"limits", limits}, {"guards", guards}}}});
}

json call(int i, std::int64_t at_ms = -1) {
  json event{{"type", "tool.start"}, {"name", "search"}, {"input", {{"page", i}}}, {"call_id", std::to_string(i)}};
  if (at_ms >= 0) event["ts"] = at_ms;
  return event;
}

TEST(Guards, ABudgetOfToolCallsEndsTheRunThatGoesOn) {
  Fed run = bounded({{"budget", {{"max_tool_calls", 2}}}});

  EXPECT_EQ(run.event(call(1))["decision"], "allow");
  EXPECT_EQ(run.event(call(2))["decision"], "allow");
  EXPECT_EQ(run.event(call(3))["fix_type"], "budget_limiter");
  EXPECT_EQ(run.event(call(4))["decision"], "retry_with_fix");
  EXPECT_EQ(run.event(call(5))["end_run"], true);
}

TEST(Guards, ABudgetOfModelCallsIsOne) {
  Fed run = bounded({{"budget", {{"max_llm_calls", 2}}}});
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(run.event(call(i))["decision"], "allow");
    run.event({{"type", "model.end"}, {"output", "page " + std::to_string(i)}});
  }

  EXPECT_EQ(run.event(call(2))["fix_type"], "budget_limiter");
}

TEST(Guards, TimeRunsOut) {
  Fed run = bounded({{"execution_timeout_seconds", 10}});

  EXPECT_EQ(run.event(call(1, 1000))["decision"], "allow");
  EXPECT_EQ(run.event(call(2, 11000))["decision"], "allow") << "exactly ten seconds";
  EXPECT_EQ(run.event(call(3, 11001))["fix_type"], "execution_timeout");
}

TEST(Guards, AToolThatFailsIsSwitchedOffUntilItHasCooled) {
  Fed run = bounded(json::object(),
                    {{"circuit_breakers", {{"search", {{"failure_threshold", 2}, {"cooldown_seconds", 60}}}}}});
  const auto fails = [&run](int i, std::int64_t at_ms) {
    const std::string decision = run.event(call(i, at_ms))["decision"];
    if (decision == "allow")
      run.event({{"type", "tool.end"},
                 {"name", "search"},
                 {"call_id", std::to_string(i)},
                 {"status", "error"},
                 {"error", "no answer " + std::to_string(i)},
                 {"ts", at_ms}});
    return decision;
  };

  EXPECT_EQ(fails(1, 0), "allow");
  EXPECT_EQ(fails(2, 1000), "allow");
  EXPECT_EQ(fails(3, 2000), "retry_with_fix");
  EXPECT_EQ(fails(4, 60'999), "retry_with_fix");
  EXPECT_EQ(fails(5, 61'000), "allow") << "one try after the cool-down";
  EXPECT_NE(fails(6, 62'000), "allow") << "it failed again";
}

TEST(Guards, WorkIsNotHandedToAndFro) {
  Fed run = bounded({{"handoffs", {{"max_handoffs", 10}, {"max_returns_per_pair", 1}}}});
  const auto hands = [&run](const char* from, const char* to) {
    return run.event({{"type", "handoff"}, {"from", from}, {"to", to}});
  };

  EXPECT_EQ(hands("a", "b")["decision"], "allow");
  EXPECT_EQ(hands("b", "a")["decision"], "allow") << "one return";
  EXPECT_EQ(hands("a", "c")["decision"], "allow");
  EXPECT_EQ(hands("a", "b")["fix_type"], "handoff_limit");
}

TEST(Guards, AFixInTheRunKeepsWhatWasCounted) {
  Fed run = bounded({{"handoffs", {{"max_handoffs", 1}}}});
  run.event({{"type", "handoff"}, {"from", "a"}, {"to", "b"}});

  EXPECT_EQ(run.loops("get_order", {{"id", "A-1"}})["fix_type"], "loop_breaker");
  EXPECT_EQ(run.event({{"type", "handoff"}, {"from", "b"}, {"to", "c"}})["fix_type"], "handoff_limit");
}

TEST(Guards, AConfigOfAnotherShapeBoundsNothing) {
  for (const json& config :
       {json{{"limits", 7}, {"guards", "x"}}, json{{"guards", {{"loop", {{"max_identical_steps", -1}}}}}},
        json{{"limits", {{"budget", {{"max_tool_calls", "3"}}}}}}}) {
    Fed run(json{{"config", config}});
    for (int i = 0; i < 5; ++i) EXPECT_EQ(run.event(call(i))["decision"], "allow") << config;
  }
}

}  // namespace
}  // namespace agentmend
