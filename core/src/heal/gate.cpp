#include "heal/gate.h"

#include <algorithm>

namespace agentmend::heal {
namespace {

using enum Outcome;

// clang-format off
// ceiling:                                 apply             verify            escalate    recommend
constexpr Outcome kTruthTable[][4] = {
    /* safe detector, SAFE fix          */ {kApply,           kApplyIfReplayed, kEscalate,  kRecommend},
    /* safe detector, MEDIUM fix        */ {kEscalate,        kEscalate,        kEscalate,  kRecommend},
    /* safe detector, DANGEROUS fix     */ {kEscalate,        kEscalate,        kEscalate,  kRecommend},
    /* verified, MEDIUM, improved       */ {kApply,           kApply,           kEscalate,  kRecommend},
    /* verified, MEDIUM, not improved   */ {kEscalate,        kEscalate,        kEscalate,  kRecommend},
    /* verified, MEDIUM without shim    */ {kEscalate,        kEscalate,        kEscalate,  kRecommend},
    /* verified, DANGEROUS              */ {kEscalate,        kEscalate,        kEscalate,  kRecommend},
    /* medium detector, MEDIUM          */ {kEscalate,        kEscalate,        kEscalate,  kRecommend},
    /* medium detector, DANGEROUS       */ {kEscalate,        kEscalate,        kEscalate,  kRecommend},
    /* dangerous detector, DANGEROUS    */ {kEscalate,        kEscalate,        kEscalate,  kRecommend},
    /* governance                       */ {kHandoff,         kHandoff,         kHandoff,   kHandoffNotSent},
    /* deferred                         */ {kInsight,         kInsight,         kInsight,   kInsight},
};
// clang-format on
static_assert(sizeof(kTruthTable) / sizeof(kTruthTable[0]) == static_cast<std::size_t>(Row::kCount));

struct Ceiling {
  Autonomy limit = Autonomy::kApply;
  std::string_view by;
  void lower(Autonomy to, std::string_view reason) {
    if (to < limit) {
      limit = to;
      by = reason;
    }
  }
};

void apply_policy(Ceiling& ceiling, const Descriptor& descriptor, const FixType* fix, const Policy& policy,
                  const GateRequest& request) {
  if (policy.mode != Mode::kEnforce)
    ceiling.lower(Autonomy::kRecommend,
                  policy.mode == Mode::kObserve ? "policy.mode=observe" : "policy.mode=recommend");
  if (policy.max_auto_risk == MaxAutoRisk::kNone) ceiling.lower(Autonomy::kEscalate, "policy.max_auto_risk");
  if (policy.max_auto_risk == MaxAutoRisk::kSafe && fix != nullptr && fix->risk != Risk::kSafe)
    ceiling.lower(Autonomy::kEscalate, "policy.max_auto_risk");
  if (const NamedRule* rule = policy.detector(descriptor.name)) {
    ceiling.lower(rule->ceiling, "policy.detectors");
    if (request.confidence < rule->min_confidence)
      ceiling.lower(Autonomy::kEscalate, "policy.detectors.min_confidence");
  }
  if (const NamedRule* rule = fix == nullptr ? nullptr : policy.fix_type(fix->name))
    ceiling.lower(rule->ceiling, "policy.fix_types");
  if (request.confidence < policy.min_confidence_auto) ceiling.lower(Autonomy::kEscalate, "policy.min_confidence");
  if (policy.require_verification) ceiling.lower(Autonomy::kVerify, "policy.require_verification");
  for (const std::string& pattern : policy.protected_targets) {
    if (matches_glob(pattern, request.target_id)) ceiling.lower(Autonomy::kEscalate, "policy.protected_targets");
  }
  for (const FreezeWindow& window : policy.freeze_windows) {
    if (request.now_ms >= window.from_ms && request.now_ms < window.to_ms)
      ceiling.lower(Autonomy::kEscalate, "policy.freeze_windows");
  }
}

void apply_circumstances(Ceiling& ceiling, const FixType* fix, const Policy& policy, const GateRequest& request) {
  if (request.stored_trace && !policy.has(Capability::kAsync))
    ceiling.lower(Autonomy::kRecommend, "plan.async_healing");
  if (fix != nullptr && fix->risk == Risk::kMedium && !policy.has(Capability::kVerify))
    ceiling.lower(Autonomy::kEscalate, "plan.verify_then_apply");
  if (request.approval_required) ceiling.lower(Autonomy::kEscalate, "request.approval_required");
  if (request.governance_open) ceiling.lower(Autonomy::kEscalate, "governance_open");
  ceiling.lower(request.limiter, request.limiter_reason);
  if (!request.has_change) ceiling.lower(Autonomy::kRecommend, "nothing_to_change");
}

std::string_view action_of(Outcome outcome) {
  constexpr std::string_view kActions[] = {"apply",    "verify_then_apply", "escalate", "recommend_only",
                                           "escalate", "recommend_only",    "insight"};
  return kActions[static_cast<std::size_t>(outcome)];
}

// What the row alone would allow.
Autonomy base_of(Row row) {
  if (row == Row::kSafeBySafe) return Autonomy::kApply;
  return row == Row::kVerifiedImproved || row == Row::kVerifiedNotImproved ? Autonomy::kVerify : Autonomy::kEscalate;
}

std::string_view reason_of(Row row) {
  constexpr std::string_view kReasons[] = {"safe_fix",      "second_line_fix", "dangerous_fix", "verified",
                                           "not_verified",  "no_shim",         "dangerous_fix", "medium_fix",
                                           "dangerous_fix", "dangerous_fix",   "governance",    "no_remediation_path"};
  return kReasons[static_cast<std::size_t>(row)];
}

GateDecision finish(Row row, Ceiling ceiling, const Policy& policy, Proof replay) {
  GateDecision decision{truth(row, ceiling.limit), base_of(row), {}, reason_of(row), ceiling.by};
  if (decision.outcome == kApplyIfReplayed) decision.outcome = replay == Proof::kPassed ? kApply : kEscalate;
  if (decision.outcome == kEscalate && !policy.has(Capability::kApproval)) {
    decision.outcome = kRecommend;
    decision.ceiling_by = "plan.approval_workflow";
  }
  decision.action = action_of(decision.outcome);
  return decision;
}

}  // namespace

Outcome truth(Row row, Autonomy ceiling) {
  return kTruthTable[static_cast<std::size_t>(row)]
                    [static_cast<std::size_t>(Autonomy::kApply) - static_cast<std::size_t>(ceiling)];
}

Row row_of(const Descriptor& descriptor, const FixType* fix, Proof shim) {
  if (is_governance(descriptor)) return Row::kGovernance;
  const Bucket bucket = bucket_of(descriptor);
  if (bucket == Bucket::kDeferred || fix == nullptr) return Row::kDeferred;
  const bool dangerous = fix->risk == Risk::kDangerous;
  if (bucket == Bucket::kDangerousEscalate) return Row::kDangerous;
  if (bucket == Bucket::kMediumEscalate) return dangerous ? Row::kMediumByDangerous : Row::kMediumByMedium;
  if (bucket == Bucket::kSafeAuto)
    return dangerous ? Row::kSafeByDangerous : fix->risk == Risk::kMedium ? Row::kSafeByMedium : Row::kSafeBySafe;
  if (dangerous) return Row::kVerifiedByDangerous;
  if (!has_shim(descriptor.name, fix->name)) return Row::kVerifiedWithoutShim;
  return shim == Proof::kPassed ? Row::kVerifiedImproved : Row::kVerifiedNotImproved;
}

GateDecision decide(const HealableFinding& finding, const FixType& fix, const Policy& policy,
                    const GateRequest& request) {
  Ceiling ceiling;
  apply_policy(ceiling, finding.descriptor(), &fix, policy, request);
  apply_circumstances(ceiling, &fix, policy, request);
  GateDecision decision = finish(row_of(finding.descriptor(), &fix, request.shim), ceiling, policy, request.replay);
  if (decision.outcome == kApply) decision.grant = ApplyGrant(fix);
  return decision;
}

GateDecision decide(const GovernanceFinding& finding, const Policy& policy, const GateRequest& request) {
  Ceiling ceiling;
  apply_policy(ceiling, finding.descriptor(), nullptr, policy, request);
  GateDecision decision = finish(Row::kGovernance, ceiling, policy, Proof::kNone);
  if (decision.outcome == kHandoff && !policy.has(Capability::kHandoff)) decision.outcome = kHandoffNotSent;
  return decision;
}

GateDecision decide(const InsightFinding&) {
  return {kInsight, Autonomy::kRecommend, action_of(kInsight), reason_of(Row::kDeferred), {}};
}

}  // namespace agentmend::heal
