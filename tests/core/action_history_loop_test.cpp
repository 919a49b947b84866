// The index under the loop detector: the incremental answer equals a brute-force one, in bounded memory.
#include <gtest/gtest.h>

#include <deque>
#include <vector>

#include "trace/action_history.h"

namespace agentmend {
namespace {

// A small generator with a fixed seed: the same runs everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint32_t below(std::uint32_t limit) {
    state_ = state_ * 6364136223846793005ull + 1442695040888963407ull;
    return static_cast<std::uint32_t>(state_ >> 33) % limit;
  }

 private:
  std::uint64_t state_;
};

// Texts live as long as the script: events are views.
struct Script {
  std::deque<std::string> texts;
  std::string_view keep(std::string text) { return texts.emplace_back(std::move(text)); }
  Event call(std::string tool, std::string arguments, std::string id = "") {
    Event event;
    event.kind = EventKind::kToolCall;
    event.name = keep(std::move(tool));
    event.text = keep(std::move(arguments));
    event.id = keep(std::move(id));
    return event;
  }
  Event result(std::string text, std::string id = "", bool failed = false) {
    Event event;
    event.kind = EventKind::kToolResult;
    event.status = failed ? CallStatus::kError : CallStatus::kOk;
    event.text = keep(std::move(text));
    event.id = keep(std::move(id));
    return event;
  }
};

struct Plain {
  std::string call;
  std::string result;  // empty = none yet
  bool failed = false;
  std::uint32_t user_turn = 0;
};

// The definition, without any index.
bool same_without_gain(const Plain& later, const Plain& earlier) {
  if (later.call != earlier.call || later.user_turn != earlier.user_turn) return false;
  if (later.result.empty() || earlier.result.empty()) return true;
  return later.failed || (!earlier.failed && later.result == earlier.result);
}
std::uint32_t brute_force(const std::vector<Plain>& run, std::size_t period) {
  std::uint32_t matched = 0;
  for (std::size_t i = run.size(); i-- > period && same_without_gain(run[i], run[i - period]);) ++matched;
  return matched;
}

TEST(ActionHistoryLoop, EqualsBruteForce) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Random random(seed);
    Script script;
    ActionHistory history;
    std::vector<Plain> run;
    std::uint32_t user_turn = 0;
    std::size_t open = 0;  // the oldest call without a result
    const std::uint32_t letters = 1 + random.below(3);
    // At most kKept actions, so that the brute force sees what the index sees.
    while (run.size() < ActionHistory::kKept) {
      if (random.below(40) == 0) ++user_turn;
      const std::string argument = R"({"q":"word )" + std::to_string(random.below(letters)) + R"("})";
      const std::string id = "c" + std::to_string(run.size());
      run.push_back({argument, "", false, user_turn});
      history.act(script.call("find", argument, id), user_turn);
      while (open < run.size() && random.below(4) != 0) {  // some calls run in parallel
        run[open].failed = random.below(5) == 0;
        run[open].result = run[open].failed ? "Error: no connection"
                                            : "a long enough text number " + std::to_string(random.below(5) == 0);
        history.observe(script.result(run[open].result, "c" + std::to_string(open), run[open].failed));
        ++open;
      }
      for (std::size_t period = 1; period <= ActionHistory::kMaxPeriod; ++period)
        ASSERT_EQ(history.matched(period), brute_force(run, period))
            << "seed " << seed << " after " << run.size() << " actions, period " << period;
    }
  }
}

TEST(ActionHistoryLoop, KeyOrderAndVolatileMembersDoNotMatter) {
  const auto key = [](std::string_view arguments) { return action_key("t", arguments); };
  EXPECT_EQ(key(R"({"a":1,"b":{"c":[1,2],"d":"x"}})"), key(R"( {"b" : {"d":"x","c":[1, 2.0]}, "a":1e0} )"));
  EXPECT_EQ(key(R"({"a":1,"request_id":"r1","timestamp":5})"), key(R"({"a":1,"requestId":"r2","timestamp":6})"));
  EXPECT_EQ(key(""), key("{}"));
  EXPECT_NE(key(R"({"a":1})"), key(R"({"a":2})"));
  EXPECT_NE(key(R"({"a":[1,2]})"), key(R"({"a":[2,1]})"));
  EXPECT_NE(key(R"({"a":{"b":1},"c":2})"), key(R"({"a":{"c":2},"b":1})"));
  EXPECT_NE(key(R"({"a":"1"})"), key(R"({"a":1})"));
  EXPECT_NE(key(R"({"id":1,"page":1})"), key(R"({"id":1,"page":2})"));
  EXPECT_NE(key("ls -l"), key("ls -a"));
  EXPECT_NE(action_key("a", "{}"), action_key("b", "{}"));
}

TEST(ActionHistoryLoop, BrokenArgumentsAreComparedAsText) {
  const char* broken[] = {"{",     "{\"a\"", "{\"a\":", "{\"a\":1", "[1,", "{\"a\":tru",
                          "{a:1}", "[}",     "{\"\\",   "\"",       "-",   "{]"};
  for (const char* text : broken) {
    EXPECT_EQ(action_key("t", text), action_key("t", text)) << text;
    for (const char* other : broken) {
      if (std::string_view(text) != other) {
        EXPECT_NE(action_key("t", text), action_key("t", other)) << text << " " << other;
      }
    }
  }
  EXPECT_NE(action_key("t", std::string(100000, '[')), action_key("t", std::string(99999, '[')));
}

TEST(ActionHistoryLoop, PollingWhoseAnswerMovesIsNoRepeat) {
  Script script;
  ActionHistory history;
  for (int i = 0; i < 20; ++i) {
    history.act(script.call("job_status", R"({"job":7})"));
    EXPECT_LE(history.matched(1), 1u);
    history.observe(script.result(R"({"done":)" + std::to_string(i) + "}"));
  }
  EXPECT_EQ(history.matched(1), 0u);
}

TEST(ActionHistoryLoop, ClocksInResultsAreNoNews) {
  Script script;
  ActionHistory history;
  for (int i = 0; i < 3; ++i) {
    history.act(script.call("find", "{}"));
    history.observe(script.result(R"({"hits":["same"],"took_ms":)" + std::to_string(40 + i) + "}"));
  }
  const Repeats repeats = history.repeats(1);
  EXPECT_EQ(repeats.run(), 3u);
  EXPECT_EQ(repeats.unchanged, 2u);
}

TEST(ActionHistoryLoop, ParallelDuplicatesCountWhenStarted) {
  Script script;
  ActionHistory history;
  for (const char* id : {"a", "b", "c"}) history.act(script.call("build", R"({"target":"all"})", id));

  EXPECT_EQ(history.repeats(1).run(), 3u);
  EXPECT_EQ(history.repeats(1).unknown, 2u);

  // Answers in any order find their calls; a different one breaks the run where it stands.
  history.observe(script.result("built all of the parts", "c"));
  history.observe(script.result("built all of the parts", "a"));
  EXPECT_EQ(history.matched(1), 2u);
  history.observe(script.result("built two parts, one is missing", "b"));
  EXPECT_EQ(history.matched(1), 0u);
}

TEST(ActionHistoryLoop, WaitsAreNoActions) {
  Script script;
  ActionHistory history;
  for (int i = 0; i < 3; ++i) {
    history.act(script.call("peek", "{}"));
    history.observe(script.result(R"({"status":"running"})"));
    history.act(script.call("sleep", R"({"seconds":5})"));
  }
  EXPECT_EQ(history.seen(), 3u);
  EXPECT_TRUE(history.repeats(1).waited);
  EXPECT_EQ(history.repeats(1).waiting, 2u);
}

TEST(ActionHistoryLoop, FreshReceiptsOfTheSameSendAreNoNews) {
  Script script;
  ActionHistory history;
  for (int i = 0; i < 3; ++i) {
    history.act(script.call("send_mail", R"({"to":"a"})"));
    history.observe(script.result(R"({"status":"sent","message_id":"m)" + std::to_string(i) + "\"}"));
  }
  EXPECT_EQ(history.matched(1), 2u);
}

TEST(ActionHistoryLoop, MemoryIsBoundedAtAMillionActions) {
  Script script;
  ActionHistory history;
  const Event first = script.call("read", std::string(600, 'x'));
  const Event second = script.call("read", R"({"file":"b"})");
  const Event answer = script.result(std::string(1500, 'y'));
  for (int i = 0; i < 1'000'000; ++i) {
    history.act(i % 2 == 0 ? first : second);
    history.observe(answer);
  }
  EXPECT_EQ(history.seen(), 1'000'000u);
  EXPECT_EQ(history.size(), ActionHistory::kKept);
  EXPECT_EQ(history.matched(2), 999'998u);
  EXPECT_EQ(history.matched(1), 0u);
  EXPECT_EQ(history.repeats(2).pairs, ActionHistory::kKept - 2);  // what a question looks at does not grow
  for (std::size_t back = 0; back < history.size(); ++back)
    EXPECT_LE(history.newest(back).arguments.size(), ActionHistory::kArgumentBytes);
}

}  // namespace
}  // namespace agentmend
