#include "heal/grant.h"

#include <algorithm>

#include "detectors/registry.h"
#include "fix/lint.h"
#include "json/patch.h"

namespace agentmend::heal {
namespace {

bool is_null(json::View value) { return !value.exists() || value.is_null(); }

Result<void> check_patch(json::View record, const FixType& fix) {
  auto patch = json::read_patch(record["patch"]);
  if (!patch) return tl::unexpected(patch.error());
  const std::string original(record["original_state"].raw());
  const std::string framework = record["framework"].text();
  if (auto linted = fix::lint_patch(*patch, fix, framework, record["original_state"]); !linted)
    return tl::unexpected(
        Error{linted.error().code, "/record/patch" + linted.error().at, std::move(linted.error().message)});
  const auto undo = json::plan_patch(original, *patch);
  if (!undo) return tl::unexpected(undo.error());
  if (!json::equal_documents(json::write_patch(undo->inverse), record["inverse"].raw()))
    return fail(ErrorCode::kCheckpointTampered, "/record/inverse",
                "The inverse in the record does not belong to its patch and checkpoint.");
  return {};
}

}  // namespace

bool is_governance_record(json::View record) {
  const Entry* entry = find_detector(record["detector"].text());
  return record["schema"].equals("agentmend.governance-case/1") ||
         (entry != nullptr && is_governance(*entry->descriptor));
}

Result<void> check_record(json::View record) {
  if (!record.is_object()) return fail(ErrorCode::kMissingField, "/record", "Give the record.");
  if (const auto twice = json::duplicate_key(record))
    return fail(ErrorCode::kDuplicateKey, *twice, "The record has the same key twice.");
  if (is_governance_record(record))
    return fail(ErrorCode::kGovernanceHasNoApply, "/record",
                "A governance finding has a case, not a record; there is nothing to apply or to roll back.");
  const Entry* entry = find_detector(record["detector"].text());
  if (entry == nullptr)
    return fail(ErrorCode::kUnknownDetector, "/record/detector", "The record names no known detector.");
  if (is_null(record["fix_type"]) && is_null(record["patch"])) return {};  // nothing was suggested
  const FixType* fix = find_fix_type(record["fix_type"].text());
  if (fix == nullptr)
    return fail(ErrorCode::kUnknownFixType, "/record/fix_type", "The record names no known fix type.");
  const auto& offered = entry->descriptor->fixes;
  if (std::find(offered.begin(), offered.end(), fix->name) == offered.end())
    return fail(ErrorCode::kFixNotAllowed, "/record/fix_type", "This detector does not offer that fix type.");
  if (is_null(record["patch"])) return {};
  return check_patch(record, *fix);
}

Result<ApplyGrant> grant_by_approval(json::View record) {
  if (auto ok = check_record(record); !ok) return tl::unexpected(ok.error());
  const FixType* fix = find_fix_type(record["fix_type"].text());
  const json::View approval = record["approval"];
  const bool decided = record["state"].equals("approved") && approval["status"].equals("approved") &&
                       !approval["approver"].text().empty() && !approval["escalation_id"].text().empty() &&
                       approval["binding_hash"].text().size() == 64;
  if (fix == nullptr || is_null(record["patch"]) || !decided)
    return fail(ErrorCode::kBindingMismatch, "/record/approval",
                "The record carries no decision of a person for this fix.");
  if (!is_null(approval["consumed_at_ms"]))
    return fail(ErrorCode::kIllegalTransition, "/record/approval/consumed_at_ms", "The decision was used before.");
  return ApplyGrant(*fix);
}

}  // namespace agentmend::heal
