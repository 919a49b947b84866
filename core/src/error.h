// Errors are values: a stable code, the place as a JSON pointer, one sentence that says what to do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace agentmend {

// The closed list of codes, in the order of the table in error.cpp. A code is never reused for another meaning.
enum class ErrorCode : std::uint8_t {
  kInputEmpty,
  kJsonSyntax,
  kJsonTruncated,
  kEncoding,
  kLimitBytes,
  kLimitLine,
  kLimitDepth,
  kLimitKeys,
  kLimitGraph,
  kContainerUnsupported,
  kContainerLfsPointer,
  kContainerProtobuf,
  kJsonlMostlyBad,
  kSchemaType,
  kSchemaVersion,
  kFlattedIndex,
  kInputNoRunData,
  kDetectAmbiguous,
  kDetectUnknown,
  kDetectMismatch,
  kDuplicateKey,
  kNotIJson,
  kMissingField,
  kInvalidInput,
  kUnknownOperation,
  kUnknownDetector,
  kUnknownFixType,
  kFixNotAllowed,
  kPlannedDetector,
  kPolicyInvalid,
  kPatchUnguarded,
  kPatchUnanchored,
  kPatchOutOfBounds,
  kPatchBadToken,
  kPatchBadIndex,
  kPatchTooBig,
  kPatchBadValue,
  kPatchLoosens,
  kPatchTouchesSecret,
  kPatchOpNotAllowed,
  kPatchTestFailed,
  kPatchPathMissing,
  kInverseFailed,
  kStructuralInvalid,
  kIllegalTransition,
  kRevMismatch,
  kBindingMismatch,
  kCheckpointTampered,
  kRollbackConflict,
  kGovernanceHasNoApply,
  kGrantExpired,
  kGrantUsed,
  kSnapshotInvalid,
  kSnapshotVersion,
  kInternal,
};

struct ErrorText {
  ErrorCode code;
  std::string_view name;  // snake_case, as it appears on every seam
  std::string_view meaning;  // one line for the generated table
  std::string_view cure;
};

[[nodiscard]] std::string_view name_of(ErrorCode code);
[[nodiscard]] std::span<const ErrorText> error_texts();

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string at;  // JSON pointer into the document that was given; empty = the whole document
  std::string message;
};

template <typename T>
using Result = tl::expected<T, Error>;

[[nodiscard]] tl::unexpected<Error> fail(ErrorCode code, std::string_view at, std::string_view message);

}  // namespace agentmend
