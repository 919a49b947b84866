// What a run keeps about its spending and its states: sums, estimates, patches, and the way through a snapshot.
#include "trace/spending.h"

#include <gtest/gtest.h>

#include "trace/models.h"
#include "trace/state_memory.h"

namespace agentmend {
namespace {

Event model_end(std::uint32_t agent, std::string_view model, std::int64_t input, std::int64_t output) {
  Event event;
  event.kind = EventKind::kModelEnd;
  event.agent = agent;
  event.name = model;
  event.text = "done";
  event.usage.told = true;
  event.usage.input_tokens = input;
  event.usage.output_tokens = output;
  return event;
}

Event state(std::uint32_t agent, std::string_view text) {
  Event event;
  event.kind = EventKind::kState;
  event.agent = agent;
  event.text = text;
  return event;
}

template <typename T>
std::string written(const T& item) {
  json::Writer writer;
  item.write(writer);
  return writer.take();
}

template <typename T>
bool taken(T& item, std::string_view text) {
  json::Index index;
  return index.read(text) && item.read(json::View::root(index));
}

TEST(Models, TheLongestFamilyWins) {
  ASSERT_NE(find_model("openai/gpt-4o-mini-2024-07-18"), nullptr);
  EXPECT_EQ(find_model("openai/gpt-4o-mini-2024-07-18")->family, "gpt-4o-mini");
  EXPECT_EQ(find_model("us.anthropic.claude-haiku-4-5-20251001-v1:0")->tier, ModelTier::kSmall);
  EXPECT_EQ(find_model("house-model-9"), nullptr);
  EXPECT_EQ(find_model("my-gpt-4o"), nullptr);  // a name that only contains a family is another model
}

TEST(Models, APriceCountsCachedTokensOnce) {
  // 2.50 USD per million in, 1.25 cached, 10 out.
  EXPECT_EQ(price_of("gpt-4o", 1'000'000, 0, 0), 2'500'000);
  EXPECT_EQ(price_of("gpt-4o", 1'000'000, 0, 1'000'000), 1'250'000);
  EXPECT_EQ(price_of("gpt-4o", 0, 100'000, 0), 1'000'000);
  EXPECT_EQ(price_of("llama-3.1-8b", 1'000'000, 1'000'000, 0), -1);
}

TEST(Spending, AgentsAddUpToTheRun) {
  Spending spending;
  spending.append(model_end(0, "gpt-4o", 1000, 100));
  spending.append(model_end(3, "gpt-4o-mini", 2000, 200));
  spending.append(model_end(3, "gpt-4o-mini", 3000, 300));

  EXPECT_EQ(spending.total().calls, 3);
  EXPECT_EQ(spending.total().tokens(), 6600);
  ASSERT_EQ(spending.models().size(), 2u);
  EXPECT_EQ(spending.models()[1].spent.calls, 2);
  ASSERT_EQ(spending.agents().size(), 2u);
  EXPECT_EQ(spending.agents()[1].spent.tokens(), 5500);
  EXPECT_EQ(spending.total().cost_micro_usd, price_of("gpt-4o", 1000, 100, 0) + price_of("gpt-4o-mini", 2000, 200, 0) +
                                                 price_of("gpt-4o-mini", 3000, 300, 0));
}

TEST(Spending, WhatNobodyCountedIsEstimatedAndMarked) {
  Spending spending;
  Event turn;
  const std::string text(400, 'x');
  turn.text = text;
  spending.append(turn);
  Event call = model_end(0, "gpt-4o", 0, 0);
  call.usage.told = false;
  spending.append(call);

  EXPECT_EQ(spending.total().estimated, 1);
  EXPECT_EQ(spending.total().input_tokens, 100);
  EXPECT_EQ(spending.total().output_tokens, 1);
}

TEST(Spending, ModelsBeyondTheCapShareAPlace) {
  Spending spending;
  for (int i = 0; i < 40; ++i) {
    const std::string name = "model-" + std::to_string(i);
    spending.append(model_end(0, name, 10, 1));
  }
  EXPECT_EQ(spending.models().size(), Spending::kModels);
  EXPECT_EQ(spending.models().back().model, "other");
  EXPECT_EQ(spending.total().calls, 40);
}

TEST(Spending, GoesThroughASnapshot) {
  Spending spending;
  json::Index limits;
  ASSERT_TRUE(limits.read(R"({"max_cost_usd":1.5,"max_tool_calls":7})"));
  spending.limit(read_budget(json::View::root(limits)));
  for (int i = 0; i < 5; ++i) spending.append(model_end(static_cast<std::uint32_t>(i % 2), "gpt-4o", 1000 + i, 10));

  Spending back;
  ASSERT_TRUE(taken(back, written(spending)));
  EXPECT_EQ(written(back), written(spending));
  EXPECT_EQ(back.budget().max_cost_micro_usd, 1'500'000);
  back.append(model_end(0, "gpt-4o", 1, 1));
  spending.append(model_end(0, "gpt-4o", 1, 1));
  EXPECT_EQ(written(back), written(spending));
}

TEST(Spending, ABrokenSnapshotChangesNothing) {
  Spending spending;
  spending.append(model_end(0, "gpt-4o", 1000, 10));
  const std::string before = written(spending);
  for (const char* broken : {"{}", "[]", R"({"total":[1,2]})", R"({"total":[1,2,3,4,5,-6]})", "null"})
    EXPECT_FALSE(taken(spending, broken)) << broken;
  EXPECT_EQ(written(spending), before);
}

TEST(StateMemory, APatchMakesTheNextState) {
  StateMemory states;
  states.append(state(1, R"({"a":1,"b":{"c":2}})"));
  states.append(state(2, R"({"other":true})"));
  states.append(state(1, R"([{"op":"replace","path":"/b/c","value":3}])"));

  ASSERT_NE(states.newest(), nullptr);
  EXPECT_EQ(states.newest()->before, R"({"a":1,"b":{"c":2}})");
  EXPECT_EQ(states.newest()->now, R"({"a":1,"b":{"c":3}})");
}

TEST(StateMemory, WhatCannotBeKeptIsCountedAndForgotten) {
  StateMemory states;
  states.append(state(0, R"([{"op":"add","path":"/x","value":1}])"));  // nothing to patch
  states.append(state(0, "no state"));
  const std::string large = "{\"x\":\"" + std::string(StateMemory::kBytes, 'x') + "\"}";
  states.append(state(0, large));
  EXPECT_EQ(states.newest(), nullptr);
  EXPECT_EQ(states.dropped(), 3u);
  states.append(state(0, R"({"a":1})"));
  ASSERT_NE(states.newest(), nullptr);
  EXPECT_TRUE(states.newest()->before.empty());
}

TEST(StateMemory, GoesThroughASnapshot) {
  StateMemory states;
  for (std::uint32_t agent = 0; agent < StateMemory::kAgents + 3; ++agent) states.append(state(agent, R"({"n":"ü"})"));
  StateMemory back;
  ASSERT_TRUE(taken(back, written(states)));
  EXPECT_EQ(written(back), written(states));
  EXPECT_FALSE(taken(back, R"({"events":1,"dropped":0,"agents":[{"agent":-1,"written":1,"now":"{}"}]})"));
  EXPECT_EQ(written(back), written(states));
}

}  // namespace
}  // namespace agentmend
