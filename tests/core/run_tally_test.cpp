// What a run index counts without keeping text.
#include <gtest/gtest.h>

#include "trace/run_index.h"

namespace agentmend {
namespace {

Event of(EventKind kind, std::string_view name = "", std::string_view text = "") {
  Event event;
  event.kind = kind;
  event.name = name;
  event.text = text;
  return event;
}

TEST(KeyCounts, WhatComesOftenSurvivesAMillionOthers) {
  KeyCounts counts;
  constexpr std::uint64_t kOften = 0x1234567;
  for (std::uint32_t i = 0; i < 1'000'000; ++i) {
    counts.add((i + 2) * 0x9e3779b97f4a7c15ull, i);
    if (i % 50 == 0) counts.add(kOften, i);
  }
  const KeyCounts::Item* item = counts.find(kOften);
  ASSERT_NE(item, nullptr);
  EXPECT_GE(item->count, 20'000u);
  EXPECT_LE(item->count - item->over, 20'000u);
  EXPECT_GT(counts.dropped(), 900'000u);
}

TEST(KeyCounts, FewKeysAreCountedExactly) {
  KeyCounts counts;
  for (std::uint32_t i = 0; i < 300; ++i) counts.add(2 * (i % 100), i);
  for (std::uint32_t key = 0; key < 100; ++key) {
    ASSERT_NE(counts.find(2 * key), nullptr);
    EXPECT_EQ(counts.find(2 * key)->count, 3u);
    EXPECT_EQ(counts.find(2 * key)->over, 0u);
    EXPECT_EQ(counts.find(2 * key)->first_step, key);
    EXPECT_EQ(counts.find(2 * key)->last_step, 200 + key);
  }
  EXPECT_EQ(counts.dropped(), 0u);
}

TEST(RunTally, CountsCallsResultsAndRunsOfErrors) {
  RunIndex index;
  for (int i = 0; i < 5; ++i) {
    Event call = of(EventKind::kToolCall, "build", R"({"a":1,"b":2})");
    call.id = "c";
    if (i % 2 != 0) call.text = R"({"b":2,"a":1})";
    index.append(call);
    Event result = of(EventKind::kToolResult, "", "no header");
    result.id = "c";
    result.status = i == 1 ? CallStatus::kOk : CallStatus::kError;
    index.append(result);
  }
  const RunTally& tally = index.tally();
  const ToolTally* tool = tally.tool("build");
  ASSERT_NE(tool, nullptr);
  EXPECT_EQ(tool->calls, 5u);
  EXPECT_EQ(tool->errors, 4u);
  EXPECT_EQ(tool->error_run, 3u);
  EXPECT_EQ(tool->longest_error_run, 3u);
  EXPECT_EQ(tally.agent(0).calls, 5u);
  EXPECT_EQ(tally.agent(0).error_run, 3u);
  const Action& newest = index.actions(0).newest();
  EXPECT_EQ(tally.calls().find(RunTally::call_key(0, newest.key))->count, 5u);
  EXPECT_EQ(tally.calls().find(RunTally::call_key(1, newest.key)), nullptr) << "another agent";
  EXPECT_EQ(tally.result()->tool, "build");
  EXPECT_EQ(tally.result()->text, "no header");
  EXPECT_EQ(tally.result(4)->status, CallStatus::kError);
  EXPECT_EQ(tally.result(5), nullptr);
}

TEST(RunTally, KnowsTheTreeOfAgents) {
  RunIndex index;
  const auto spawn = [&index](std::string_view child, std::string_view parent) {
    Event event = of(EventKind::kSpawn, parent);
    event.agent = index.agent(child);
    index.append(event);
    return event.agent;
  };
  static_cast<void>(index.agent("root"));
  const auto a = spawn("a", "root");
  spawn("b", "root");
  spawn("c", "root");
  const auto d = spawn("d", "a");
  const RunTally& tally = index.tally();
  EXPECT_EQ(tally.deepest_spawn(), 2u);
  EXPECT_EQ(tally.widest_spawn(), 3u);
  EXPECT_EQ(tally.spawned(), 4u);
  EXPECT_EQ(tally.root_of(d), 0u);
  EXPECT_EQ(tally.agent(d).parent, a);
  spawn("root", "d");  // a circle
  spawn("d", "b");  // a second parent
  EXPECT_EQ(tally.spawned(), 4u);
  EXPECT_EQ(tally.root_of(0), 0u);
}

TEST(RunTally, CountsHandOffsThatGoBackAndForth) {
  RunIndex index;
  const auto hand = [&index](std::string_view from, std::string_view to) {
    Event event = of(EventKind::kHandoff, from);
    event.id = to;
    index.append(event);
    return index.tally().returns();
  };
  EXPECT_EQ(hand("a", "b"), 0u);
  EXPECT_EQ(hand("b", "a"), 1u);
  EXPECT_EQ(hand("a", "b"), 2u);
  EXPECT_EQ(hand("b", "c"), 0u);
  EXPECT_EQ(index.tally().handoffs().size(), 4u);
  for (int i = 0; i < 100; ++i) hand("x", "y");
  EXPECT_EQ(index.tally().handoffs().size(), RunTally::kHandoffs);
}

TEST(RunTally, KnowsWhenAStateComesAgain) {
  RunIndex index;
  for (const char* values : {"{\"a\":1}", "{\"a\":2}", "{\"a\":2}", "{\"a\":2}"})
    index.append(of(EventKind::kState, "", values));
  EXPECT_EQ(index.tally().same_state_run(), 3u);
}

TEST(RunIndex, ForgetsTheQuietestAgentBeyondItsBytes) {
  RunIndex index;
  index.limit_bytes(200'000);
  for (std::uint32_t agent = 0; agent < 40; ++agent) {
    const std::string name = "agent-" + std::to_string(agent);
    for (std::uint32_t i = 0; i < 70; ++i) {
      Event call = of(EventKind::kToolCall, "get", "{\"i\":1}");
      call.agent = index.agent(name);
      call.step = agent * 70 + i;
      index.append(call);
      EXPECT_LE(index.kept_bytes(), 210'000u);
    }
  }
  EXPECT_GT(index.forgotten_agents(), 10u);
  EXPECT_EQ(index.actions(0).size(), 0u);
  EXPECT_EQ(index.actions(39).size(), ActionHistory::kKept);
}

}  // namespace
}  // namespace agentmend
