#include "heal/record.h"

#include <algorithm>

#include "json/value.h"
#include "json/writer.h"

namespace agentmend::heal {
namespace {

using enum State;
using enum Happening;
using json::Value;

constexpr std::string_view kStates[] = {
    "created",    "verifying",    "awaiting_approval", "approved",        "applying",      "validating", "staged",
    "applied",    "rolling_back", "rolled_back",       "rollback_failed", "failed",        "rejected",   "expired",
    "superseded", "cancelled",    "conflict",          "recommended",     "no_remediation"};
constexpr std::string_view kStatuses[] = {"pending",     "pending", "pending",  "in_progress", "in_progress",
                                          "in_progress", "staged",  "applied",  "in_progress", "rolled_back",
                                          "failed",      "failed",  "rejected", "rejected",    "rejected",
                                          "rejected",    "failed",  "pending",  "pending"};
constexpr std::string_view kHappenings[] = {"nothing_to_suggest",
                                            "gate_recommends",
                                            "gate_applies",
                                            "gate_verifies",
                                            "gate_escalates",
                                            "verified",
                                            "not_verified",
                                            "approve",
                                            "reject",
                                            "expire",
                                            "target_changed",
                                            "cancel",
                                            "consume",
                                            "write_failed",
                                            "written",
                                            "written_unfaithful",
                                            "unknown_outcome",
                                            "valid",
                                            "valid_staged",
                                            "invalid",
                                            "promote",
                                            "promote_fully",
                                            "abort",
                                            "roll_back",
                                            "restored",
                                            "restore_failed"};

// The table of legal steps. Everything else is illegal_transition.
constexpr Transition kTransitions[] = {
    {kCreated, kNothingToSuggest, kNoRemediation, "suggestion.made"},
    {kCreated, kGateRecommends, kRecommended, "gate.decided"},
    {kCreated, kGateApplies, kApplying, "fix.apply_started"},
    {kCreated, kGateVerifies, kVerifying, "gate.decided"},
    {kCreated, kGateEscalates, kAwaitingApproval, "escalation.opened"},
    {kVerifying, kVerified, kApplying, "fix.apply_started"},
    {kVerifying, kNotVerified, kAwaitingApproval, "escalation.opened"},
    {kVerifying, kGateRecommends, kRecommended, "gate.decided"},
    {kAwaitingApproval, kApprove, kApproved, "escalation.decided"},
    {kAwaitingApproval, kReject, kRejected, "escalation.decided"},
    {kAwaitingApproval, kExpire, kExpired, "escalation.expired"},
    {kAwaitingApproval, kTargetChanged, kSuperseded, "escalation.superseded"},
    {kAwaitingApproval, kCancel, kCancelled, "escalation.cancelled"},
    {kCreated, kCancel, kCancelled, "escalation.cancelled"},
    {kVerifying, kCancel, kCancelled, "escalation.cancelled"},
    {kApproved, kConsume, kApplying, "escalation.consumed"},
    {kApproved, kExpire, kExpired, "escalation.expired"},
    {kApproved, kTargetChanged, kSuperseded, "escalation.superseded"},
    {kApplying, kWriteFailed, kFailed, "fix.failed"},
    {kApplying, kWritten, kValidating, "fix.applied"},
    {kApplying, kWrittenUnfaithful, kRollingBack, "fix.rollback_started"},
    {kApplying, kUnknownOutcome, kConflict, "fix.failed"},
    {kValidating, kValid, kApplied, "fix.validated"},
    {kValidating, kValidStaged, kStaged, "fix.staged"},
    {kValidating, kInvalid, kRollingBack, "fix.rollback_started"},
    {kStaged, kPromote, kStaged, "fix.promoted"},
    {kStaged, kPromoteFully, kApplied, "fix.promoted"},
    {kStaged, kAbort, kRollingBack, "fix.aborted"},
    {kStaged, kRollBack, kRollingBack, "fix.rollback_started"},
    {kApplied, kRollBack, kRollingBack, "fix.rollback_started"},
    {kRollingBack, kRestored, kRolledBack, "fix.rolled_back"},
    {kRollingBack, kRestoreFailed, kRollbackFailed, "fix.rollback_failed"},
};

const Transition* find(State from, Happening happening) {
  const auto* found = std::find_if(std::begin(kTransitions), std::end(kTransitions),
                                   [=](const Transition& t) { return t.from == from && t.happening == happening; });
  return found == std::end(kTransitions) ? nullptr : found;
}

// What the host has to do: the kind of effect, and the members of the record that it needs.
std::string effect(const Value& record, std::string_view type, std::string_view first, std::string_view second = {}) {
  json::Writer writer;
  const Value* id = record.find("id");
  writer.begin_object().member("type", type).member_raw("record_id", id == nullptr ? "\"\"" : json::print(*id));
  for (const std::string_view key : {first, second}) {
    if (key.empty()) continue;
    const Value* value = record.find(key);
    writer.member_raw(key, value == nullptr ? "null" : json::print(*value));
  }
  return writer.end_object().take();
}

std::vector<std::string> effects_of(State state, const Value& record) {
  switch (state) {
    case kApplying:
      return {effect(record, "store_checkpoint", "target", "original_state"),
              effect(record, "write_target", "target", "patch")};
    case kRollingBack: return {effect(record, "restore_target", "target", "inverse")};
    case kAwaitingApproval: return {effect(record, "send_escalation", "chosen_fix_id")};
    case kApplied: return {effect(record, "schedule", "target")};
    default: return {};
  }
}

void stamp(Value& record, State to, std::int64_t attempts, std::int64_t now_ms) {
  if (to == kApplying) {
    record.put_integer("started_at_ms", now_ms);
    record.put_integer("attempts", attempts + 1);
  }
  if (to == kApproved) record.put_integer("approved_at_ms", now_ms);
  if (to == kStaged) record.put_integer("staged_at_ms", now_ms);
  if (to == kRolledBack) record.put_integer("rolled_back_at_ms", now_ms);
  const bool ends = to != kCreated && to != kVerifying && to != kAwaitingApproval && to != kApproved &&
                    to != kApplying && to != kValidating && to != kStaged && to != kRollingBack;
  if (ends && to != kRolledBack) record.put_integer("completed_at_ms", now_ms);
  record.put_json("rollback_available", to == kApplied || to == kStaged ? "true" : "false");
}

}  // namespace

std::string_view name_of(State state) { return kStates[static_cast<std::size_t>(state)]; }
std::string_view name_of(Happening happening) { return kHappenings[static_cast<std::size_t>(happening)]; }
std::string_view status_of(State state) { return kStatuses[static_cast<std::size_t>(state)]; }
std::span<const Transition> transitions() { return kTransitions; }

Result<State> state_of(std::string_view name) {
  const auto* found = std::find(std::begin(kStates), std::end(kStates), name);
  if (found == std::end(kStates))
    return fail(ErrorCode::kInvalidInput, "/record/state", "The record has no known state.");
  return static_cast<State>(found - std::begin(kStates));
}

Result<State> next_state(State from, Happening happening) {
  const Transition* step = find(from, happening);
  if (step == nullptr) {
    return fail(ErrorCode::kIllegalTransition, "/event",
                "A record in state " + std::string(name_of(from)) + " cannot take the step " +
                    std::string(name_of(happening)) + ".");
  }
  return step->to;
}

namespace {

Result<Step> moved(std::string_view text, Happening happening, std::int64_t now_ms,
                   const std::vector<std::pair<std::string, std::string>>& changes, std::string_view audit_data,
                   std::string_view actor_kind, std::string_view actor_id) {
  json::Index index;
  const bool read = index.read(text).has_value();
  const json::View given = read ? json::View::root(index) : json::View();
  if (!given["state"].is_string())
    return fail(ErrorCode::kInvalidInput, "/record", "The record is not a HealingRecord document.");
  auto from = state_of(given["state"].text());
  if (!from) return tl::unexpected(from.error());
  const Transition* transition = find(*from, happening);
  if (transition == nullptr) return tl::unexpected(next_state(*from, happening).error());
  Value record = json::value_of(given);
  for (const auto& [key, value] : changes) record.put_json(key, value);
  Value* approval = record.find("approval");
  if (happening == kConsume && approval != nullptr && approval->is_object())
    approval->put_integer("consumed_at_ms", now_ms);
  const std::int64_t rev = given["rev"].integer().value_or(0) + 1;
  record.put_text("state", name_of(transition->to));
  record.put_text("status", status_of(transition->to));
  record.put_integer("rev", rev);
  stamp(record, transition->to, given["attempts"].integer().value_or(0), now_ms);

  Step step;
  step.effects = effects_of(transition->to, record);
  json::Writer audit;
  audit.begin_object().member("type", transition->audit).member("at_ms", now_ms);
  audit.key("actor")
      .begin_object()
      .member("kind", actor_kind)
      .member("id", actor_id)
      .member("auth", "none")
      .end_object();
  audit.key("subject")
      .begin_object()
      .member("kind", "healing")
      .member("id", given["id"].text())
      .member("rev", rev)
      .end_object();
  audit.member_raw("data", audit_data).end_object();
  step.audit.push_back(audit.take());
  step.record = json::print(record);
  return step;
}

}  // namespace

Result<Step> move(std::string_view record, Happening happening, std::int64_t now_ms,
                  const std::vector<std::pair<std::string, std::string>>& changes, std::string_view audit_data,
                  std::string_view actor_kind, std::string_view actor_id) {
  if (happening == kGateApplies || happening == kVerified || happening == kConsume)
    return fail(ErrorCode::kIllegalTransition, "/event", "Applying takes the permission of the gate or of a person.");
  return moved(record, happening, now_ms, changes, audit_data, actor_kind, actor_id);
}

Result<Step> begin_apply(const ApplyGrant& grant, std::string_view record, Happening happening, std::int64_t now_ms,
                         std::string_view audit_data, std::string_view actor_kind, std::string_view actor_id) {
  if (happening != kGateApplies && happening != kVerified && happening != kConsume)
    return fail(ErrorCode::kIllegalTransition, "/event", "This step does not begin to apply.");
  json::Index index;
  const json::View document = index.read(record) ? json::View::root(index) : json::View();
  if (document.is_object() && !document["fix_type"].equals(grant.fix().name))
    return fail(ErrorCode::kFixNotAllowed, "/record/fix_type", "The permission is for another fix.");
  return moved(record, happening, now_ms, {}, audit_data, actor_kind, actor_id);
}

}  // namespace agentmend::heal
