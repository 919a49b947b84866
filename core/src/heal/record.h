// The life of a HealingRecord as one pure function: state and event in; new state, effects for the host and audit
// bodies out. Governance findings have no record; they have a case (governance.h).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "error.h"
#include "heal/grant.h"

namespace agentmend::heal {

enum class State : std::uint8_t {
  kCreated,
  kVerifying,
  kAwaitingApproval,
  kApproved,
  kApplying,
  kValidating,
  kStaged,
  kApplied,
  kRollingBack,
  kRolledBack,
  kRollbackFailed,
  kFailed,
  kRejected,
  kExpired,
  kSuperseded,
  kCancelled,
  kConflict,
  kRecommended,
  kNoRemediation,
};

enum class Happening : std::uint8_t {
  kNothingToSuggest,
  kGateRecommends,
  kGateApplies,
  kGateVerifies,
  kGateEscalates,
  kVerified,
  kNotVerified,
  kApprove,
  kReject,
  kExpire,
  kTargetChanged,
  kCancel,
  kConsume,
  kWriteFailed,
  kWritten,
  kWrittenUnfaithful,
  kUnknownOutcome,
  kValid,
  kValidStaged,
  kInvalid,
  kPromote,
  kPromoteFully,
  kAbort,
  kRollBack,
  kRestored,
  kRestoreFailed,
};

[[nodiscard]] std::string_view name_of(State state);
[[nodiscard]] std::string_view name_of(Happening happening);
[[nodiscard]] std::string_view status_of(State state);  // the public word: pending, in_progress, applied, ...
[[nodiscard]] Result<State> state_of(std::string_view name);

// Where `happening` leads from `from`; kIllegalTransition for every pair that is not in the table.
[[nodiscard]] Result<State> next_state(State from, Happening happening);

struct Transition {
  State from;
  Happening happening;
  State to;
  std::string_view audit;  // type of the audit event
};
[[nodiscard]] std::span<const Transition> transitions();

// What a step yields: the record document, what the host has to do, and the audit events that it has to append. Audit
// bodies carry no hash: the host chains and signs them.
struct Step {
  std::string record;  // JSON
  std::vector<std::string> effects;  // JSON objects {"type", ...}
  std::vector<std::string> audit;  // JSON objects {"type", "actor", "subject", "data"}
};

// Moves a record document; `changes` are members to set, as JSON. rev grows by one. A step into `applying` is refused:
// that takes a grant.
[[nodiscard]] Result<Step> move(std::string_view record, Happening happening, std::int64_t now_ms,
                                const std::vector<std::pair<std::string, std::string>>& changes,
                                std::string_view audit_data = "{}", std::string_view actor_kind = "core",
                                std::string_view actor_id = "core");

// The steps into `applying`: kGateApplies, kVerified and kConsume, the last of which uses up the record's approval.
[[nodiscard]] Result<Step> begin_apply(const ApplyGrant& grant, std::string_view record, Happening happening,
                                       std::int64_t now_ms, std::string_view audit_data = "{}",
                                       std::string_view actor_kind = "core", std::string_view actor_id = "core");

}  // namespace agentmend::heal
