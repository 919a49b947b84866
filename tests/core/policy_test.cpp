// A policy can only make things stricter: what would loosen is refused, and combining policies is a lattice.
#include "heal/policy.h"

#include <random>

#include "heal/gate.h"
#include "healing.h"

namespace agentmend::heal {
namespace {

using test::parse;
using test::policy_of;

Error refused(std::string_view members) {
  const auto document = parse(R"({"schema":"agentmend.policy/1","rev":"t")" + std::string(members) + "}");
  const auto policy = read_policy(document->root);
  EXPECT_FALSE(policy.has_value()) << members;
  return policy ? Error{} : policy.error();
}

TEST(Policy, RefusesWhatWouldLoosenAndNamesThePlace) {
  const std::pair<std::string_view, std::string_view> kCases[] = {
      {R"(,"allow_governance_auto":true)", "/allow_governance_auto"},
      {R"(,"risk_overrides":{})", "/risk_overrides"},
      {R"(,"max_auto_risk":"dangerous")", "/max_auto_risk"},
      {R"(,"mode":"yolo")", "/mode"},
      {R"(,"min_confidence":{"auto":-1})", "/min_confidence/auto"},
      {R"(,"min_confidence":{"auto":1.1})", "/min_confidence/auto"},
      {R"(,"min_confidence":{"auto":"0"})", "/min_confidence/auto"},
      {R"(,"detectors":{"loops":{}})", "/detectors/loops"},
      {R"(,"detectors":{"loop":{"action":"always"}})", "/detectors/loop/action"},
      {R"(,"detectors":{"approval_bypass":{"action":"off"}})", "/detectors/approval_bypass/action"},
      {R"(,"detectors":{"approval_bypass":{"action":"recommend"}})", "/detectors/approval_bypass/action"},
      {R"(,"detectors":{"approval_bypass":{"min_confidence":0.99}})", "/detectors/approval_bypass/min_confidence"},
      {R"(,"detectors":{"approval_bypass":{"threshold":0.99}})", "/detectors/approval_bypass/threshold"},
      {R"(,"fix_types":{"Retry_Limit":{}})", "/fix_types/Retry_Limit"},
      {R"(,"fix_types":{"retry_limit":{"risk":"safe"}})", "/fix_types/retry_limit/risk"},
      {R"(,"limits":{"max_fixes_per_hour":6})", "/limits/max_fixes_per_hour"},
      {R"(,"limits":{"cooldown_ms":299999})", "/limits/cooldown_ms"},
      {R"(,"limits":{"max_consecutive_failures":4})", "/limits/max_consecutive_failures"},
      {R"(,"limits":{"breaker_count":6})", "/limits/breaker_count"},
      {R"(,"limits":{"breaker_window_ms":3599999})", "/limits/breaker_window_ms"},
      {R"(,"limits":{"denials_per_key":3})", "/limits/denials_per_key"},
      {R"(,"limits":{"denials_per_run":7})", "/limits/denials_per_run"},
      {R"(,"limits":{"improvement":0.29})", "/limits/improvement"},
      {R"(,"limits":{"max_patch_ops":65})", "/limits/max_patch_ops"},
      {R"(,"capabilities":{"governance_auto":true})", "/capabilities/governance_auto"},
      {R"(,"plan":"root")", "/plan"},
      {R"(,"in_loop":{"fail_mode":"never"})", "/in_loop/fail_mode"},
      {R"(,"in_loop":{"deadline_ms":4})", "/in_loop/deadline_ms"},
      {R"(,"input_limits":{"max_bytes":0})", "/input_limits/max_bytes"},
      {R"(,"input_limits":{"max_byte":1})", "/input_limits/max_byte"},
      {R"(,"approval":{"ttl_s":86401})", "/approval/ttl_s"},
      {R"(,"approval":{"skip":true})", "/approval/skip"},
      {R"(,"approval":{"four_eyes":["nobody"]})", "/approval/four_eyes"},
      {R"(,"enrichment":{"max_cost_micro_usd":1001})", "/enrichment/max_cost_micro_usd"},
      {R"(,"rollout":{"min_dwell_s":899})", "/rollout/min_dwell_s"},
      {R"(,"rollout":{"steps":[0]})", "/rollout/steps"},
      {R"(,"freeze_windows":[{"from_ms":1}])", "/freeze_windows"},
      {R"(,"freeze_windows":[{"from_ms":-1,"to_ms":5}])", "/freeze_windows"},
      {R"(,"freeze_windows":[{"from_ms":1,"to_ms":5,"off":true}])", "/freeze_windows"},
      {R"(,"freeze_windows":{})", "/freeze_windows"},
      {R"(,"protected_targets":[1])", "/protected_targets"},
      {R"(,"rev":"again")", "/rev"},
  };
  for (const auto& [members, at] : kCases) {
    const Error error = refused(members);
    EXPECT_EQ(error.code, ErrorCode::kPolicyInvalid) << members;
    EXPECT_EQ(error.at, at) << members;
    EXPECT_FALSE(error.message.empty());
  }
}

TEST(Policy, NeedsItsSchemaAndRevision) {
  for (const std::string_view text : {R"({"rev":"t"})", R"({"schema":"agentmend.policy/2","rev":"t"})",
                                      R"({"schema":"agentmend.policy/1"})", R"([])", R"("enforce")", R"(7)"}) {
    EXPECT_FALSE(read_policy(parse(text)->root).has_value()) << text;
  }
  EXPECT_TRUE(read_policy(json::View()).has_value());  // no policy: the default
}

TEST(Policy, WarnsOfAnAutoThatHasNoEffect) {
  const Policy policy = policy_of(
      R"({"schema":"agentmend.policy/1","rev":"t","detectors":{"approval_bypass":{"action":"auto"}},
          "fix_types":{"governance_escalation":{"action":"auto"},"retry_limit":{"action":"auto"}}})");
  EXPECT_EQ(policy.warnings.size(), 2u);  // none for the SAFE retry_limit
}

TEST(Policy, PlanIsACeilingAndCapabilitiesOnlyTakeAway) {
  const Policy free =
      policy_of(R"({"schema":"agentmend.policy/1","rev":"t","plan":"free","capabilities":{"approval_workflow":true}})");
  EXPECT_FALSE(free.has(Capability::kApproval));
  EXPECT_TRUE(free.has(Capability::kTemplates));
  const Policy open =
      policy_of(R"({"schema":"agentmend.policy/1","rev":"t","capabilities":{"verify_then_apply":false}})");
  EXPECT_FALSE(open.has(Capability::kVerify));
  EXPECT_TRUE(open.has(Capability::kApproval));
}

// A policy as text that shows every field that combining looks at.
std::string shown(const Policy& p) {
  json::Writer w;
  w.begin_array().string(p.rev).integer(static_cast<int>(p.mode)).integer(static_cast<int>(p.max_auto_risk));
  w.boolean(p.require_verification).boolean(p.require_cleared).number(p.min_confidence_auto);
  w.number(p.min_confidence_in_loop);
  for (const auto* rules : {&p.detectors, &p.fix_types}) {
    for (const NamedRule& rule : *rules) {
      w.string(rule.name).integer(static_cast<int>(rule.ceiling)).boolean(rule.off).number(rule.threshold);
      w.number(rule.min_confidence);
    }
  }
  for (const std::string& target : p.protected_targets) w.string(target);
  for (const std::string& tool : p.destructive_tools) w.string(tool);
  for (const FreezeWindow& window : p.freeze_windows) w.integer(window.from_ms).integer(window.to_ms);
  const Limits& l = p.limits;
  for (const std::int64_t value : {l.max_fixes_per_hour, l.cooldown_ms, l.max_consecutive_failures, l.breaker_count,
                                   l.breaker_window_ms, l.denials_per_key, l.denials_per_run})
    w.integer(value);
  w.number(l.improvement).boolean(p.fail_closed).boolean(p.block_unverified_medium).boolean(p.unattended);
  w.boolean(p.allow_observe).integer(p.capabilities);
  return w.end_array().take();
}

Policy random_policy(std::mt19937& random) {
  const auto pick = [&random](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const char* modes[] = {"observe", "recommend", "enforce"};
  const char* risks[] = {"none", "safe", "medium"};
  const char* actions[] = {"off", "recommend", "escalate", "auto"};
  const char* detectors[] = {"loop", "cost", "n8n_error", "routing"};
  const char* targets[] = {"prod/*", "billing", "*-live"};
  const std::string number = std::to_string(pick(10));
  std::string text = R"({"schema":"agentmend.policy/1","rev":")" + std::string(1, static_cast<char>('a' + pick(4))) +
                     R"(","mode":")" + modes[pick(3)] + R"(","max_auto_risk":")" + risks[pick(3)] +
                     R"(","require_verification":)" + (pick(2) == 0 ? "true" : "false") +
                     R"(,"min_confidence":{"auto":0.)" + number + R"(},"limits":{"max_fixes_per_hour":)" +
                     std::to_string(pick(6)) + R"(,"cooldown_ms":)" + std::to_string(300'000 + pick(3)) + "}";
  text += R"(,"detectors":{")" + std::string(detectors[pick(4)]) + R"(":{"action":")" + actions[pick(4)] +
          R"(","threshold":0.)" + std::to_string(pick(10)) + "}}";
  text += R"(,"fix_types":{"retry_limit":{"action":")" + std::string(actions[1 + pick(3)]) + R"("}})";
  text += R"(,"protected_targets":[")" + std::string(targets[pick(3)]) + R"("])";
  text += R"(,"freeze_windows":[{"from_ms":)" + std::to_string(pick(3)) + R"(,"to_ms":9}])";
  if (pick(2) == 0) text += R"(,"in_loop":{"fail_mode":"closed","allow_observe":true})";
  return policy_of(text + "}");
}

TEST(Policy, CombiningIsCommutativeAssociativeIdempotent) {
  std::mt19937 random(20261124);
  for (int i = 0; i < 300; ++i) {
    const Policy a = random_policy(random);
    const Policy b = random_policy(random);
    const Policy c = random_policy(random);
    EXPECT_EQ(shown(stricter(a, b)), shown(stricter(b, a)));
    EXPECT_EQ(shown(stricter(stricter(a, b), c)), shown(stricter(a, stricter(b, c))));
    EXPECT_EQ(shown(stricter(a, a)), shown(a));
    EXPECT_EQ(shown(stricter(stricter(a, b), b)), shown(stricter(a, b)));
  }
}

TEST(Policy, CombiningNeverRaisesTheGate) {
  std::mt19937 random(42);
  const Detection detection = test::detection_of("loop", 0.6);
  const Finding finding = classify({&detection, "run.d1"});
  const auto reach = [&](const Policy& policy) {
    GateRequest request;
    request.confidence = 0.6;
    request.target_id = "billing";
    request.now_ms = 4;
    request.replay = Proof::kPassed;
    const Outcome outcome =
        decide(std::get<HealableFinding>(finding), *find_fix_type("retry_limit"), policy, request).outcome;
    return outcome == Outcome::kApply ? 2 : outcome == Outcome::kEscalate ? 1 : 0;
  };
  for (int i = 0; i < 300; ++i) {
    const Policy a = random_policy(random);
    const Policy b = random_policy(random);
    EXPECT_LE(reach(stricter(a, b)), std::min(reach(a), reach(b)));
  }
}

TEST(Policy, GlobsMatchWholeNames) {
  EXPECT_TRUE(matches_glob("prod/*", "prod/billing"));
  EXPECT_TRUE(matches_glob("*", ""));
  EXPECT_TRUE(matches_glob("a*b*c", "a-x-b-y-c"));
  EXPECT_FALSE(matches_glob("prod", "prod/billing"));
  EXPECT_FALSE(matches_glob("a*b", "ab-c"));
}

}  // namespace
}  // namespace agentmend::heal
