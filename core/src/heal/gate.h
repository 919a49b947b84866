// The gate: what may happen with one fix for one finding. A pure function over tables; every input can only lower the
// outcome.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "fix/finding.h"
#include "fix/fix_type.h"
#include "heal/grant.h"
#include "heal/policy.h"

namespace agentmend::heal {

enum class Proof : std::uint8_t {
  kNone,
  kPassed,
  kFailed
};  // of a shim (MEDIUM) or of a guard replay (SAFE); kNone = not tried

enum class Outcome : std::uint8_t {
  kApply,
  kApplyIfReplayed,
  kEscalate,
  kRecommend,
  kHandoff,
  kHandoffNotSent,
  kInsight
};

// Rows of the truth table: governance, bucket and risk, and for verified detectors the verdict of the shim.
enum class Row : std::uint8_t {
  kSafeBySafe,
  kSafeByMedium,
  kSafeByDangerous,
  kVerifiedImproved,
  kVerifiedNotImproved,
  kVerifiedWithoutShim,
  kVerifiedByDangerous,
  kMediumByMedium,
  kMediumByDangerous,
  kDangerous,
  kGovernance,
  kDeferred,
  kCount,
};

// kTruthTable[row][ceiling], ceiling from apply down to recommend.
[[nodiscard]] Outcome truth(Row row, Autonomy ceiling);
[[nodiscard]] Row row_of(const Descriptor& descriptor, const FixType* fix, Proof shim);

struct GateRequest {
  double confidence = 0;
  std::string_view target_id;  // empty = none
  bool has_change = true;  // a patch or a text for the model
  Proof shim = Proof::kNone;  // verdict of the verify shim, computed, never read from a document
  Proof replay = Proof::kNone;  // verdict of the guard replay
  Autonomy limiter = Autonomy::kApply;
  std::string_view limiter_reason;
  bool governance_open = false;  // a case on the same run or target
  bool approval_required = false;  // asked for by the caller
  bool stored_trace = false;  // healing of recorded runs (async), as opposed to in the loop
  std::int64_t now_ms = 0;
};

struct GateDecision {
  Outcome outcome = Outcome::kRecommend;
  Autonomy base = Autonomy::kRecommend;
  std::string_view action;  // apply, verify_then_apply, escalate, recommend_only, insight
  std::string_view reason;
  std::string_view ceiling_by;  // what lowered it; empty = nothing
  std::optional<ApplyGrant> grant = {};  // exactly when the outcome is apply
};

[[nodiscard]] GateDecision decide(const HealableFinding& finding, const FixType& fix, const Policy& policy,
                                  const GateRequest& request);
[[nodiscard]] GateDecision decide(const GovernanceFinding& finding, const Policy& policy, const GateRequest& request);
[[nodiscard]] GateDecision decide(const InsightFinding& finding);

}  // namespace agentmend::heal
