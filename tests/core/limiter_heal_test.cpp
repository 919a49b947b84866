// The limiter where fixes are applied: heal_open and step take the state of a target and give back the next one.
#include <gtest/gtest.h>

#include "healing_calls.h"

namespace agentmend {
namespace {

using test::ask_core;
using test::json;
using test::kNow;
using test::open_header;

constexpr std::int64_t kMinute = 60'000;

// heal_open of a loop at a time, with the limiter of the target.
json open_at(std::int64_t now_ms, const json& limiter) {
  json header = open_header("loop");
  header["now_ms"] = now_ms;
  header["limiter"] = limiter;
  return ask_core("heal_open", header);
}

json step_of(const json& opened, const json& event, std::int64_t now_ms, const json& config = nullptr) {
  json header{{"record", opened["record"]}, {"event", event}, {"now_ms", now_ms}, {"limiter", opened["limiter"]}};
  if (!config.is_null()) header["config"] = config;
  return ask_core("step", header);
}

json written_event() {
  const std::string hash(64, 'a');
  return {{"type", "written"}, {"hashes", {{"base_hash", hash}, {"post_hash", hash}, {"apply_key", hash}}}};
}

TEST(LimiterHeal, TheAttemptIsBookedBeforeTheWrite) {
  const json opened = open_at(kNow, nullptr);

  EXPECT_EQ(opened["record"]["state"], "applying");
  EXPECT_EQ(opened["limiter"]["attempts"], json::array({kNow}));
}

TEST(LimiterHeal, TenRapidHealsAreStoppedAfterFive) {
  json limiter;
  std::string states;
  json last;
  for (int i = 0; i < 10; ++i) {
    last = open_at(kNow + i, limiter);
    limiter = last["limiter"];
    states += last["record"]["state"] == "applying" ? "a" : "-";
  }

  EXPECT_EQ(states, "aaaaa-----");
  EXPECT_EQ(last["record"]["state"], "awaiting_approval") << "healing is looping: a person looks";
  EXPECT_EQ(last["record"]["gate"]["ceiling_by"], "limiter_breaker_open");
  EXPECT_EQ(last["record"]["limiter_reason"], "limiter_breaker_open");
  EXPECT_EQ(last["audit"].back()["type"], "limiter.breaker_opened");
}

TEST(LimiterHeal, ARateOfOtherFixesDefers) {
  json limiter{{"v", 1},
               {"halted", false},
               {"halted_reason", nullptr},
               {"consecutive_failures", 0},
               {"last_rollback_ms", nullptr},
               {"attempts", {kNow - 5, kNow - 4, kNow - 3, kNow - 2, kNow - 1}},
               {"pairs", json::object()},
               {"last_seen_ms", kNow - 1}};
  const json opened = open_at(kNow, limiter);

  EXPECT_EQ(opened["record"]["state"], "recommended");
  EXPECT_EQ(opened["record"]["limiter_reason"], "limiter_rate");
  EXPECT_EQ(opened["record"]["deferred_until_ms"], kNow - 5 + 60 * kMinute);
}

TEST(LimiterHeal, ARollBackStartsACoolDown) {
  const json opened = open_at(kNow, nullptr);
  json applied = step_of(opened, written_event(), kNow, opened["post"]);
  ASSERT_EQ(applied["record"]["state"], "applied") << applied;
  const json rolling = step_of(applied, {{"type", "roll_back"}}, kNow + 1);
  const json back = step_of(rolling, {{"type", "restored"}}, kNow + 2, json::object());
  ASSERT_EQ(back["record"]["state"], "rolled_back") << back;

  EXPECT_EQ(back["limiter"]["last_rollback_ms"], kNow + 2);
  const json soon = open_at(kNow + 2 + 5 * kMinute - 1, back["limiter"]);
  EXPECT_EQ(soon["record"]["state"], "recommended");
  EXPECT_EQ(soon["record"]["limiter_reason"], "limiter_cooldown");
  EXPECT_EQ(soon["record"]["deferred_until_ms"], kNow + 2 + 5 * kMinute);
  EXPECT_EQ(open_at(kNow + 2 + 5 * kMinute, soon["limiter"])["record"]["state"], "applying");
}

TEST(LimiterHeal, ThreeFailuresHaltTheTargetUntilAPersonResetsIt) {
  json limiter;
  json last;
  for (int i = 0; i < 3; ++i) {
    const json opened = open_at(kNow + i, limiter);
    ASSERT_EQ(opened["record"]["state"], "applying");
    last = step_of(opened, {{"type", "write_failed"}}, kNow + i);
    limiter = last["limiter"];
  }
  EXPECT_EQ(limiter["halted"], true);
  EXPECT_EQ(last["audit"].back()["type"], "limiter.halted");

  const json refused = open_at(kNow + 100 * kMinute, limiter);
  EXPECT_EQ(refused["record"]["state"], "awaiting_approval");
  EXPECT_EQ(refused["record"]["limiter_reason"], "limiter_halted");
  const json by_agent = ask_core(
      "limiter_reset", {{"limiter", limiter}, {"actor", {{"kind", "client"}, {"id", "bot"}}}, {"reason", "go on"}});
  EXPECT_EQ(test::error_of(by_agent), "invalid_input");
  const json reset = ask_core(
      "limiter_reset", {{"limiter", limiter}, {"actor", {{"kind", "person"}, {"id", "dana"}}}, {"reason", "mended"}});
  EXPECT_EQ(reset["audit"][0]["type"], "limiter.reset");
  EXPECT_EQ(open_at(kNow + 100 * kMinute, reset["limiter"])["record"]["state"], "applying");
}

TEST(LimiterHeal, AFailedRollBackHaltsAtOnce) {
  const json opened = open_at(kNow, nullptr);
  const json applied = step_of(opened, written_event(), kNow, opened["post"]);
  const json rolling = step_of(applied, {{"type", "roll_back"}}, kNow + 1);
  const json stuck = step_of(rolling, {{"type", "restore_failed"}}, kNow + 2);

  EXPECT_EQ(stuck["limiter"]["halted_reason"], "rollback_failed");
}

TEST(LimiterHeal, AHaltedTargetTakesNoApprovedFixEither) {
  json limiter = open_at(kNow, nullptr)["limiter"];
  limiter["halted"] = true;
  limiter["halted_reason"] = "rollback_failed";
  json opened = open_at(kNow + 1, limiter);
  ASSERT_EQ(opened["record"]["state"], "awaiting_approval");
  const std::string hash(64, 'b');
  const json approved = step_of(opened,
                                {{"type", "decision"},
                                 {"decision", "approved"},
                                 {"binding_hash", hash},
                                 {"expected_binding_hash", hash},
                                 {"approver", "dana"},
                                 {"escalation_id", "esc_1"},
                                 {"expires_at_ms", kNow + kMinute}},
                                kNow + 2);
  ASSERT_EQ(approved["record"]["state"], "approved") << approved;

  EXPECT_EQ(test::error_of(step_of(approved, {{"type", "consume"}}, kNow + 3)), "illegal_transition");
}

TEST(LimiterHeal, AForgedStateIsRefused) {
  json limiter = open_at(kNow, nullptr)["limiter"];
  limiter["attempts"] = "none";
  json header = open_header("loop");
  header["limiter"] = limiter;

  EXPECT_EQ(test::error_of(ask_core("heal_open", header)), "invalid_input");
}

}  // namespace
}  // namespace agentmend
