#include "error.h"

#include <array>

namespace agentmend {
namespace {

constexpr ErrorText kTexts[] = {
    {ErrorCode::kInputEmpty, "input_empty", "The input has no content.", "Give a file with a trace in it."},
    {ErrorCode::kJsonSyntax, "json_syntax", "The text is not JSON.", "Comments, trailing commas and NaN are not JSON."},
    {ErrorCode::kJsonTruncated, "json_truncated", "The text ends inside a value.", "Export it again; it was cut off."},
    {ErrorCode::kEncoding, "encoding", "The text is not UTF-8.", "Save the file as UTF-8."},
    {ErrorCode::kLimitBytes, "limit_bytes", "The input is larger than the limit.",
     "Split it, or raise input_limits.max_bytes."},
    {ErrorCode::kLimitLine, "limit_line", "One line is longer than the limit.", "Split the line."},
    {ErrorCode::kLimitDepth, "limit_depth", "The document is nested too deeply.",
     "Flatten it, or raise input_limits.max_depth."},
    {ErrorCode::kLimitKeys, "limit_keys", "One object has too many keys.", "Split the object."},
    {ErrorCode::kLimitGraph, "limit_graph", "The workflow has too many nodes or edges.", "Split the workflow."},
    {ErrorCode::kContainerUnsupported, "container_unsupported", "An archive, a page or an image, not a trace.",
     "Unpack it first."},
    {ErrorCode::kContainerLfsPointer, "container_lfs_pointer", "A Git LFS pointer, not the file.", "Run git lfs pull."},
    {ErrorCode::kContainerProtobuf, "container_protobuf", "Binary protobuf.", "Export OTLP as JSON."},
    {ErrorCode::kJsonlMostlyBad, "jsonl_mostly_bad", "More than half of the lines are not JSON.",
     "Check that it is a JSON Lines file."},
    {ErrorCode::kSchemaType, "schema_type", "A field has another type than the format says.",
     "Look at the place named."},
    {ErrorCode::kSchemaVersion, "schema_version", "The format is newer than this build knows.", "Update agentmend."},
    {ErrorCode::kFlattedIndex, "flatted_index", "A flatted document points outside itself.",
     "Export the execution again."},
    {ErrorCode::kInputNoRunData, "input_no_run_data", "The execution holds no run data.",
     "Export with includeData=true."},
    {ErrorCode::kDetectAmbiguous, "detect_ambiguous", "Several formats fit equally well.", "Name one with --source."},
    {ErrorCode::kDetectUnknown, "detect_unknown", "The shape is not one we know.", "Name the format with --source."},
    {ErrorCode::kDetectMismatch, "detect_mismatch", "The input is not of the format that was named.",
     "Leave --source out."},
    {ErrorCode::kDuplicateKey, "duplicate_key", "An object has the same key twice.", "Remove one of them."},
    {ErrorCode::kNotIJson, "not_i_json", "A number cannot be kept exactly (beyond 2^53).", "Write it as a string."},
    {ErrorCode::kMissingField, "missing_field", "A required field is missing.", "Add the field named."},
    {ErrorCode::kInvalidInput, "invalid_input", "A field has a value that is not allowed.", "Look at the place named."},
    {ErrorCode::kUnknownOperation, "unknown_operation", "There is no such operation.", "See the table of operations."},
    {ErrorCode::kUnknownDetector, "unknown_detector", "There is no detector of that name.", "Run agentmend detectors."},
    {ErrorCode::kUnknownFixType, "unknown_fix_type", "There is no fix type of that name.", "Run agentmend fix-types."},
    {ErrorCode::kFixNotAllowed, "fix_not_allowed", "This detector does not offer that fix type.",
     "Run agentmend explain NAME."},
    {ErrorCode::kPlannedDetector, "planned_detector", "Catalogued, but without an algorithm yet.",
     "Run agentmend detectors to see what works."},
    {ErrorCode::kPolicyInvalid, "policy_invalid", "The policy does not fit its schema.",
     "The strict default stays; mend the place named."},
    {ErrorCode::kPatchUnguarded, "patch_unguarded", "A change has no test of the old value before it.",
     "Nothing was changed; report this bug."},
    {ErrorCode::kPatchUnanchored, "patch_unanchored", "A path through an array has no test of the element's identity.",
     "Nothing was changed; report this bug."},
    {ErrorCode::kPatchOutOfBounds, "patch_out_of_bounds", "The patch writes outside what its fix type may write.",
     "Nothing was changed."},
    {ErrorCode::kPatchBadToken, "patch_bad_token", "A path token is not allowed.", "Nothing was changed."},
    {ErrorCode::kPatchBadIndex, "patch_bad_index", "An array index is not canonical or out of range.",
     "Nothing was changed."},
    {ErrorCode::kPatchTooBig, "patch_too_big", "The patch is larger than the limit.", "Nothing was changed."},
    {ErrorCode::kPatchBadValue, "patch_bad_value", "A value is outside its declared range.", "Nothing was changed."},
    {ErrorCode::kPatchLoosens, "patch_loosens", "A SAFE fix may only tighten.", "Nothing was changed."},
    {ErrorCode::kPatchTouchesSecret, "patch_touches_secret", "The patch touches a credential.", "Nothing was changed."},
    {ErrorCode::kPatchOpNotAllowed, "patch_op_not_allowed", "Fixes use test, add, replace and remove only.",
     "Nothing was changed."},
    {ErrorCode::kPatchTestFailed, "patch_test_failed", "Not the document that the patch was made for.",
     "Detect again on the current document."},
    {ErrorCode::kPatchPathMissing, "patch_path_missing", "A path of the patch does not exist.",
     "Detect again on the current document."},
    {ErrorCode::kInverseFailed, "inverse_failed", "The change could not be undone exactly, so it was not made.",
     "Report this bug."},
    {ErrorCode::kStructuralInvalid, "structural_invalid", "The document would not be valid after the change.",
     "Nothing was changed."},
    {ErrorCode::kIllegalTransition, "illegal_transition", "The record cannot take this step from its state.",
     "Read the record again."},
    {ErrorCode::kRevMismatch, "rev_mismatch", "The record was changed by someone else.", "Read the record again."},
    {ErrorCode::kBindingMismatch, "binding_mismatch", "The decision was made for something else.",
     "Ask for a new decision."},
    {ErrorCode::kCheckpointTampered, "checkpoint_tampered", "The checkpoint is not the document recorded.",
     "Restore the document by hand."},
    {ErrorCode::kRollbackConflict, "rollback_conflict", "The document was changed after the fix.",
     "Nothing was written; compare by hand."},
    {ErrorCode::kGovernanceHasNoApply, "governance_has_no_apply", "A governance finding is for a person.",
     "Acknowledge and resolve the case."},
    {ErrorCode::kGrantExpired, "grant_expired", "The approval ran out before it was used.", "Ask for a new decision."},
    {ErrorCode::kGrantUsed, "grant_used", "The approval was given before; it counts once.", "Ask for a new decision."},
    {ErrorCode::kSnapshotInvalid, "snapshot_invalid", "The bytes are no snapshot of this run, or were damaged.",
     "The run starts afresh; give it the grants that are still open."},
    {ErrorCode::kSnapshotVersion, "snapshot_version", "Another version of agentmend made the snapshot.",
     "The run starts afresh; finish runs before an update, or keep the version."},
    {ErrorCode::kInternal, "internal", "A bug in agentmend.", "Please report it with the input."},
};
// Apart from the texts, which only the documentation needs: a module without it leaves them out.
constexpr std::array<std::string_view, std::size(kTexts)> names() {
  std::array<std::string_view, std::size(kTexts)> out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = kTexts[i].name;
  return out;
}
constexpr auto kNames = names();
static_assert(sizeof(kTexts) / sizeof(kTexts[0]) == static_cast<std::size_t>(ErrorCode::kInternal) + 1);

constexpr bool in_order() {
  for (std::size_t i = 0; i < sizeof(kTexts) / sizeof(kTexts[0]); ++i) {
    if (static_cast<std::size_t>(kTexts[i].code) != i) return false;
  }
  return true;
}
static_assert(in_order());

}  // namespace

std::string_view name_of(ErrorCode code) { return kNames[static_cast<std::size_t>(code)]; }
tl::unexpected<Error> fail(ErrorCode code, std::string_view at, std::string_view message) {
  return tl::unexpected<Error>(Error{code, std::string(at), std::string(message)});
}
std::span<const ErrorText> error_texts() { return kTexts; }

}  // namespace agentmend
