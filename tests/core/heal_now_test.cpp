// heal_now: what may be used at once. Its documents are held against the schema in tests/sdk/session-documents.test.ts.
#include <gtest/gtest.h>

#include "healing_calls.h"

namespace agentmend {
namespace {

using test::ask_core;
using test::firing_input;
using test::json;
using test::open_header;

TEST(HealNow, ASafeFixMayBeUsedNow) {
  const json result = ask_core("heal_now", open_header("loop"));

  EXPECT_EQ(result["status"], "ok") << result;
  EXPECT_EQ(result["applied"], true);
  EXPECT_EQ(result["escalated"], false);
  EXPECT_EQ(result["risk_level"], "safe");
  EXPECT_EQ(result["fix"]["fix_type"], "loop_breaker");
  EXPECT_EQ(result["patch"], result["fix"]["patch"]);
  EXPECT_TRUE(result["prompt_patch"].is_string());
  EXPECT_EQ(result["blocked_by"], nullptr);
}

TEST(HealNow, WithoutAConfigTheTextIsTheFix) {
  json header = open_header("loop");
  header.erase("config");
  const json result = ask_core("heal_now", header);

  EXPECT_EQ(result["applied"], true);
  EXPECT_EQ(result["patch"], nullptr);
  EXPECT_TRUE(result["prompt_patch"].is_string());
}

TEST(HealNow, AGovernanceFindingIsHandedOver) {
  const json result = ask_core("heal_now", open_header("approval_bypass"));

  EXPECT_EQ(result["applied"], false);
  EXPECT_EQ(result["escalated"], true);
  EXPECT_EQ(result["blocked_by"], "governance");
  EXPECT_EQ(result["handoff"]["never_auto"], true);
  for (const char* key : {"fix", "patch", "prompt_patch"}) EXPECT_EQ(result[key], nullptr) << key;
}

TEST(HealNow, ADangerousFindingWaitsForAPerson) {
  const json result = ask_core("heal_now", open_header("injection"));

  EXPECT_EQ(result["applied"], false);
  EXPECT_EQ(result["escalated"], true);
  EXPECT_EQ(result["risk_level"], "dangerous");
  EXPECT_EQ(result["prompt_patch"], nullptr);
}

TEST(HealNow, AMediumFixIsAppliedOnlyWhenProven) {
  const json result = ask_core("heal_now", open_header("retrieval_quality"));

  EXPECT_EQ(result["applied"].get<bool>(), result["verification_passed"] == true) << result;
  EXPECT_TRUE(result["verification_reason"].is_string());
}

TEST(HealNow, APolicyOnlyLowers) {
  for (const char* mode : {"recommend", "observe"}) {
    json header = open_header("loop");
    header["policy"] = {{"schema", "agentmend.policy/1"}, {"rev", "r"}, {"mode", mode}};
    const json result = ask_core("heal_now", header);
    EXPECT_EQ(result["applied"], false);
    EXPECT_EQ(result["escalated"], false);
    EXPECT_EQ(result["blocked_by"], std::string("policy.mode=") + mode);
  }
}

TEST(HealNow, AHaltedTargetTakesNoFix) {
  json header = open_header("loop");
  header["limiter"] = {{"v", 1},
                       {"halted", true},
                       {"halted_reason", "rollback_failed"},
                       {"consecutive_failures", 1},
                       {"last_rollback_ms", nullptr},
                       {"attempts", json::array()},
                       {"pairs", json::object()},
                       {"last_seen_ms", 0}};
  const json result = ask_core("heal_now", header);

  EXPECT_EQ(result["applied"], false);
  EXPECT_EQ(result["blocked_by"], "limiter_halted");
}

TEST(HealNow, BadDataIsAStatus) {
  const json unknown = ask_core("heal_now", {{"detector", "no_such"}, {"input", json::object()}});
  const json lacking = ask_core("heal_now", {{"detector", "loop"}, {"input", json::object()}});
  const json healthy = ask_core("heal_now", {{"detector", "loop"}, {"input", {{"states", json::array()}}}});
  json header = open_header("loop");
  header["policy"] = 7;
  const json policy = ask_core("heal_now", header);

  EXPECT_EQ(unknown["status"], "error");
  EXPECT_EQ(unknown["error"]["code"], "unknown_detector");
  EXPECT_EQ(lacking["status"], "insufficient_input");
  EXPECT_EQ(healthy["status"], "nothing_to_heal");
  EXPECT_EQ(policy["error"]["code"], "policy_invalid");
  for (const json& result : {unknown, lacking, healthy, policy}) EXPECT_EQ(result["applied"], false);
}

}  // namespace
}  // namespace agentmend
