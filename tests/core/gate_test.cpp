// The gate against the rules in words, written down a second time: what each kind of detector and fix may become under
// each ceiling. Nothing here reads the gate's own table, so that a changed cell shows (flip_gate.mjs changes each).
#include "heal/gate.h"

#include <gtest/gtest.h>

#include <array>

#include "detectors/registry.h"

namespace agentmend::heal {
namespace {

using enum Outcome;

struct Subject {
  const char* words;
  const char* detector;
  const char* fix;  // nullptr: the detector has none
  Proof shim;
  Row row;
};

Detection detection_of(const char* detector, double confidence = 0.9) {
  Detection out;
  out.descriptor = find_detector(detector)->descriptor;
  out.detected = true;
  out.confidence = confidence;
  return out;
}

// The four ceilings, each by a setting that means exactly that.
Policy policy_with(Autonomy ceiling) {
  Policy policy;
  if (ceiling == Autonomy::kVerify) policy.require_verification = true;
  if (ceiling == Autonomy::kEscalate) policy.max_auto_risk = MaxAutoRisk::kNone;
  if (ceiling == Autonomy::kRecommend) policy.mode = Mode::kRecommend;
  return policy;
}

GateRequest request_with(Proof shim = Proof::kNone, Proof replay = Proof::kNone) {
  GateRequest request;
  request.confidence = 0.9;
  request.target_id = "wf-7";
  request.shim = shim;
  request.replay = replay;
  return request;
}

GateDecision decide_for(const Subject& subject, const Policy& policy, const GateRequest& request) {
  const Detection detection = detection_of(subject.detector);
  const Finding finding = classify({&detection, "run.d1"});
  if (const auto* governance = std::get_if<GovernanceFinding>(&finding)) return decide(*governance, policy, request);
  if (const auto* insight = std::get_if<InsightFinding>(&finding)) return decide(*insight);
  return decide(std::get<HealableFinding>(finding), *find_fix_type(subject.fix), policy, request);
}

constexpr Autonomy kCeilings[] = {Autonomy::kApply, Autonomy::kVerify, Autonomy::kEscalate, Autonomy::kRecommend};

void expect_row(const Subject& subject, const std::array<Outcome, 4>& cells) {
  const Descriptor& descriptor = *find_detector(subject.detector)->descriptor;
  const FixType* fix = subject.fix == nullptr ? nullptr : find_fix_type(subject.fix);
  EXPECT_EQ(row_of(descriptor, fix, subject.shim), subject.row) << subject.words;
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(truth(subject.row, kCeilings[i]), cells[i]) << subject.words << ", ceiling " << name_of(kCeilings[i]);
    if (cells[i] == kApplyIfReplayed) continue;  // has its own test
    const GateDecision decision = decide_for(subject, policy_with(kCeilings[i]), request_with(subject.shim));
    EXPECT_EQ(decision.outcome, cells[i]) << subject.words << ", ceiling " << name_of(kCeilings[i]);
  }
}

constexpr Subject kSafe{"safe detector, safe fix", "loop", "retry_limit", Proof::kNone, Row::kSafeBySafe};
constexpr Subject kVerified{"verified", "retrieval_quality", "reranker", Proof::kPassed, Row::kVerifiedImproved};
constexpr Subject kGovernanceSubject{"governance", "approval_bypass", "governance_escalation", Proof::kNone,
                                     Row::kGovernance};

TEST(Gate, ASafeFixOfASafeDetectorIsApplied) { expect_row(kSafe, {kApply, kApplyIfReplayed, kEscalate, kRecommend}); }

TEST(Gate, UnderRequiredVerificationASafeFixNeedsAReplayThatPassed) {
  const Policy policy = policy_with(Autonomy::kVerify);
  EXPECT_EQ(decide_for(kSafe, policy, request_with(Proof::kNone, Proof::kPassed)).outcome, kApply);
  EXPECT_EQ(decide_for(kSafe, policy, request_with(Proof::kNone, Proof::kFailed)).outcome, kEscalate);
  EXPECT_EQ(decide_for(kSafe, policy, request_with(Proof::kNone, Proof::kNone)).outcome, kEscalate);
  EXPECT_EQ(decide_for(kSafe, policy, request_with(Proof::kPassed, Proof::kNone)).outcome, kEscalate)
      << "a shim is no replay";
}

TEST(Gate, SecondLineFixesOfSafeDetectorsAreForAPerson) {
  const std::array<Outcome, 4> person = {kEscalate, kEscalate, kEscalate, kRecommend};
  expect_row({"medium fix", "loop", "exponential_backoff", Proof::kNone, Row::kSafeByMedium}, person);
  expect_row({"medium fix, proof", "loop", "exponential_backoff", Proof::kPassed, Row::kSafeByMedium}, person);
  expect_row({"dangerous fix", "context", "prompt_reinforcement", Proof::kNone, Row::kSafeByDangerous}, person);
  expect_row({"dangerous fix, proof", "context", "prompt_reinforcement", Proof::kPassed, Row::kSafeByDangerous},
             person);
}

TEST(Gate, AVerifiedFixIsAppliedOnlyWhenItImproved) {
  expect_row(kVerified, {kApply, kApply, kEscalate, kRecommend});
  const std::array<Outcome, 4> person = {kEscalate, kEscalate, kEscalate, kRecommend};
  expect_row({"not improved", "retrieval_quality", "reranker", Proof::kFailed, Row::kVerifiedNotImproved}, person);
  expect_row({"not tried", "overflow", "summarization", Proof::kNone, Row::kVerifiedNotImproved}, person);
  expect_row({"no shim", "dify_tool_schema_mismatch", "step_validator", Proof::kPassed, Row::kVerifiedWithoutShim},
             person);
  expect_row({"dangerous", "routing", "prompt_modification", Proof::kPassed, Row::kVerifiedByDangerous}, person);
}

TEST(Gate, MediumDetectorsAndDangerousOnesAreForAPerson) {
  const std::array<Outcome, 4> person = {kEscalate, kEscalate, kEscalate, kRecommend};
  expect_row({"medium", "critic_quality", "quality_checkpoint", Proof::kPassed, Row::kMediumByMedium}, person);
  expect_row({"medium by dangerous", "entity_confusion", "source_grounding", Proof::kPassed, Row::kMediumByDangerous},
             person);
  expect_row({"dangerous", "hallucination", "fact_checking", Proof::kPassed, Row::kDangerous}, person);
}

TEST(Gate, GovernanceIsHandedToAPerson) {
  expect_row(kGovernanceSubject, {kHandoff, kHandoff, kHandoff, kHandoffNotSent});
}

TEST(Gate, DeferredDetectorsGiveAnInsight) {
  expect_row({"deferred", "sycophancy", nullptr, Proof::kPassed, Row::kDeferred},
             {kInsight, kInsight, kInsight, kInsight});
}

TEST(Gate, NoGovernanceDetectorReachesApplyWhateverIsAsked) {
  constexpr const char* kNine[] = {"authority_gradient",   "role_usurpation", "role_usurpation_canonical",
                                   "role_usurpation_exec", "approval_bypass", "exploration_safety",
                                   "reward_hacking",       "cowork_safety",   "subagent_boundary"};
  std::size_t found = 0;
  for (const Entry* entry : all_detectors()) found += is_governance(*entry->descriptor) ? 1 : 0;
  EXPECT_EQ(found, std::size(kNine));
  for (const char* name : kNine) {
    const Detection detection = detection_of(name);
    const Finding finding = classify({&detection, "x"});
    ASSERT_TRUE(std::holds_alternative<GovernanceFinding>(finding)) << name;
    for (const Autonomy ceiling : kCeilings) {
      for (const Proof proof : {Proof::kNone, Proof::kPassed, Proof::kFailed}) {
        const GateDecision decision =
            decide(std::get<GovernanceFinding>(finding), policy_with(ceiling), request_with(proof, proof));
        EXPECT_TRUE(decision.outcome == kHandoff || decision.outcome == kHandoffNotSent) << name;
        EXPECT_NE(decision.base, Autonomy::kApply) << name;
      }
    }
    for (const FixType& fix : all_fix_types())
      EXPECT_EQ(row_of(*detection.descriptor, &fix, Proof::kPassed), Row::kGovernance) << name << " " << fix.name;
  }
}

// Every detector with every fix type in the closed vocabulary: apply only where the rules say so.
TEST(Gate, NothingButSafeBySafeAndProvenPairsIsApplied) {
  std::size_t applied = 0;
  for (const Entry* entry : all_detectors()) {
    Detection detection;
    detection.descriptor = entry->descriptor;
    const Finding finding = classify({&detection, "x"});
    const auto* healable = std::get_if<HealableFinding>(&finding);
    if (healable == nullptr) continue;
    for (const FixType& fix : all_fix_types()) {
      for (const Proof shim : {Proof::kNone, Proof::kPassed, Proof::kFailed}) {
        const bool safe = fix.risk == Risk::kSafe && bucket_of(*entry->descriptor) == Bucket::kSafeAuto;
        const bool proven = fix.risk == Risk::kMedium && shim == Proof::kPassed &&
                            bucket_of(*entry->descriptor) == Bucket::kMediumVerify &&
                            has_shim(entry->descriptor->name, fix.name);
        const Outcome outcome = decide(*healable, fix, Policy{}, request_with(shim)).outcome;
        EXPECT_EQ(outcome == kApply, safe || proven) << entry->descriptor->name << " " << fix.name;
        applied += outcome == kApply ? 1 : 0;
      }
    }
  }
  EXPECT_GT(applied, 0u);
}

// ---- ceilings

void expect_ceiling(const Policy& policy, const GateRequest& request, Outcome safe, std::string_view by) {
  const GateDecision decision = decide_for(kSafe, policy, request);
  EXPECT_EQ(decision.outcome, safe) << by;
  EXPECT_EQ(decision.ceiling_by, by);
}

TEST(GateCeiling, ThePolicyLowers) {
  expect_ceiling({}, request_with(), kApply, "");
  Policy policy;
  policy.mode = Mode::kObserve;
  expect_ceiling(policy, request_with(), kRecommend, "policy.mode=observe");
  policy = policy_with(Autonomy::kRecommend);
  expect_ceiling(policy, request_with(), kRecommend, "policy.mode=recommend");
  policy = policy_with(Autonomy::kEscalate);
  expect_ceiling(policy, request_with(), kEscalate, "policy.max_auto_risk");
  policy = {};
  policy.max_auto_risk = MaxAutoRisk::kSafe;
  expect_ceiling(policy, request_with(), kApply, "");
  EXPECT_EQ(decide_for(kVerified, policy, request_with(Proof::kPassed)).outcome, kEscalate);
  policy = {};
  policy.detectors = {{"loop", Autonomy::kEscalate}};
  expect_ceiling(policy, request_with(), kEscalate, "policy.detectors");
  policy.detectors = {{"injection", Autonomy::kRecommend}};
  expect_ceiling(policy, request_with(), kApply, "");
  policy.detectors.clear();
  policy.fix_types = {{"retry_limit", Autonomy::kRecommend}};
  expect_ceiling(policy, request_with(), kRecommend, "policy.fix_types");
}

TEST(GateCeiling, ConfidenceBelowTheFloorIsForAPerson) {
  Policy policy;
  policy.min_confidence_auto = 0.9;
  expect_ceiling(policy, request_with(), kApply, "");
  policy.min_confidence_auto = 0.91;
  expect_ceiling(policy, request_with(), kEscalate, "policy.min_confidence");
  policy.min_confidence_auto = 0;
  NamedRule rule;
  rule.name = "loop";
  rule.min_confidence = 0.95;
  policy.detectors = {rule};
  expect_ceiling(policy, request_with(), kEscalate, "policy.detectors.min_confidence");
}

TEST(GateCeiling, TargetsAndTimesAreProtected) {
  Policy policy;
  policy.protected_targets = {"prod-*", "wf-7"};
  expect_ceiling(policy, request_with(), kEscalate, "policy.protected_targets");
  policy.protected_targets = {"prod-*", "wf-77"};
  expect_ceiling(policy, request_with(), kApply, "");
  policy.protected_targets = {"*"};
  GateRequest nameless = request_with();
  nameless.target_id = {};
  expect_ceiling(policy, nameless, kEscalate, "policy.protected_targets");

  policy.protected_targets.clear();
  policy.freeze_windows = {{100, 200}};
  GateRequest request = request_with();
  for (const auto& [now, outcome] :
       {std::pair<std::int64_t, Outcome>{99, kApply}, {100, kEscalate}, {199, kEscalate}, {200, kApply}}) {
    request.now_ms = now;
    EXPECT_EQ(decide_for(kSafe, policy, request).outcome, outcome) << now;
  }
}

TEST(GateCeiling, CircumstancesLower) {
  GateRequest request = request_with();
  request.approval_required = true;
  expect_ceiling({}, request, kEscalate, "request.approval_required");
  request = request_with();
  request.governance_open = true;
  expect_ceiling({}, request, kEscalate, "governance_open");
  EXPECT_EQ(decide_for(kVerified, {},
                       [] {
                         GateRequest open = request_with(Proof::kPassed);
                         open.governance_open = true;
                         return open;
                       }())
                .outcome,
            kEscalate);
  request = request_with();
  request.limiter = Autonomy::kRecommend;
  request.limiter_reason = "limiter_rate";
  expect_ceiling({}, request, kRecommend, "limiter_rate");
  request = request_with();
  request.has_change = false;
  expect_ceiling({}, request, kRecommend, "nothing_to_change");
}

TEST(GateCeiling, AMissingCapabilityLowers) {
  const auto without = [](Capability capability) {
    Policy policy;
    policy.capabilities &= ~(1u << static_cast<unsigned>(capability));
    return policy;
  };
  GateRequest stored = request_with();
  stored.stored_trace = true;
  expect_ceiling({}, stored, kApply, "");
  expect_ceiling(without(Capability::kAsync), stored, kRecommend, "plan.async_healing");
  expect_ceiling(without(Capability::kAsync), request_with(), kApply, "");
  EXPECT_EQ(decide_for(kVerified, without(Capability::kVerify), request_with(Proof::kPassed)).outcome, kEscalate);
  EXPECT_EQ(decide_for(kSafe, without(Capability::kVerify), request_with()).outcome, kApply);
  const Subject dangerous{"", "hallucination", "fact_checking", Proof::kNone, Row::kDangerous};
  EXPECT_EQ(decide_for(dangerous, without(Capability::kApproval), request_with()).outcome, kRecommend);
  EXPECT_EQ(decide_for(kGovernanceSubject, without(Capability::kHandoff), request_with()).outcome, kHandoffNotSent);
}

TEST(GateCeiling, TheLowestOfSeveralWins) {
  Policy policy = policy_with(Autonomy::kEscalate);
  policy.fix_types = {{"retry_limit", Autonomy::kApply}};  // "auto" raises nothing
  policy.detectors = {{"loop", Autonomy::kApply}};
  expect_ceiling(policy, request_with(), kEscalate, "policy.max_auto_risk");
  GateRequest request = request_with();
  request.has_change = false;
  expect_ceiling(policy, request, kRecommend, "nothing_to_change");
  policy.require_verification = true;
  expect_ceiling(policy, request_with(Proof::kPassed, Proof::kPassed), kEscalate, "policy.max_auto_risk");
}

int rank(Outcome outcome) { return outcome == kApply ? 2 : outcome == kEscalate || outcome == kHandoff ? 1 : 0; }

// stricter(a, b) never does more than a or b alone, whatever the order.
TEST(GateCeiling, CombinedPoliciesNeverAllowMore) {
  std::vector<Policy> policies;
  for (const Autonomy ceiling : kCeilings) policies.push_back(policy_with(ceiling));
  Policy other;
  other.max_auto_risk = MaxAutoRisk::kSafe;
  other.detectors = {{"loop", Autonomy::kRecommend}};
  policies.push_back(other);
  other = {};
  other.detectors = {{"loop", Autonomy::kEscalate}, {"retrieval_quality", Autonomy::kEscalate}};
  other.protected_targets = {"wf-*"};
  policies.push_back(other);
  other = {};
  other.capabilities = 0b000000111;
  policies.push_back(other);
  const Subject subjects[] = {
      kSafe, kVerified, kGovernanceSubject, {"", "hallucination", "fact_checking", Proof::kNone, Row::kDangerous}};
  for (const Policy& a : policies) {
    for (const Policy& b : policies) {
      for (const Subject& subject : subjects) {
        const GateRequest request = request_with(subject.shim, Proof::kPassed);
        const int both = rank(decide_for(subject, stricter(a, b), request).outcome);
        EXPECT_EQ(both, rank(decide_for(subject, stricter(b, a), request).outcome));
        EXPECT_LE(both, rank(decide_for(subject, a, request).outcome)) << subject.detector;
        EXPECT_LE(both, rank(decide_for(subject, b, request).outcome)) << subject.detector;
        EXPECT_EQ(rank(decide_for(subject, stricter(a, a), request).outcome),
                  rank(decide_for(subject, a, request).outcome));
      }
    }
  }
}

}  // namespace
}  // namespace agentmend::heal
