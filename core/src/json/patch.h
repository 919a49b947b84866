// RFC 6902 patches on small documents. Texts in, texts out, key order kept; all or nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "error.h"
#include "json/view.h"

namespace agentmend::json {

enum class PatchOpKind : std::uint8_t { kTest, kAdd, kReplace, kRemove, kMove, kCopy };

struct PatchOp {
  PatchOpKind kind = PatchOpKind::kTest;
  std::string path;  // RFC 6901
  std::string value;  // JSON; empty for remove, move, copy
  std::string from;  // of move and copy
};

using Patch = std::vector<PatchOp>;

[[nodiscard]] Result<Patch> read_patch(View array);  // any of the six operations
[[nodiscard]] std::string write_patch(const Patch& patch);  // JSON array

// The document after the patch. Error.at names the operation ("/3/path").
[[nodiscard]] Result<std::string> apply_patch(std::string_view document, const Patch& patch);

// What undoes `patch` on `document`: guarded by tests of the values that the patch leaves, and proven: applying both
// gives back an equal document, else kInverseFailed. Only test, add, replace and remove can be undone.
struct Undo {
  std::string post;  // the document after the patch
  Patch inverse;
};
[[nodiscard]] Result<Undo> plan_patch(std::string_view document, const Patch& patch);

// Equal as JSON values: key order and number spelling do not matter.
[[nodiscard]] bool equal_documents(std::string_view a, std::string_view b);

// A config that may be patched: one JSON value, no duplicate keys, no number beyond 2^53 (I-JSON, RFC 7493).
[[nodiscard]] Result<void> check_patchable(std::string_view document);

}  // namespace agentmend::json
