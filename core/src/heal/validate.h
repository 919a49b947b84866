// Does the change do what it should? Checked on the document as it was read back after the write, never on a claim.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/registry.h"
#include "fix/fix_type.h"
#include "json/view.h"
#include "trace/trace.h"

namespace agentmend::heal {

struct Check {
  std::string_view kind;  // structural, redetect, guard_replay, shim_replay, host_check
  std::optional<bool> ok;  // nothing = could not run
  std::string detail;
};

enum class Level : std::uint8_t { kProven, kStructuralOnly, kFailed };
[[nodiscard]] std::string_view name_of(Level level);

struct Validation {
  Level level = Level::kFailed;
  std::vector<Check> checks;
};

struct ValidationInput {
  std::string_view framework;
  std::string_view before, after;  // the config as JSON
  const Entry* entry = nullptr;  // the detector that fired
  const FixType* fix = nullptr;
  const Trace* trace = nullptr;  // the recorded run; null = asked on its own input
  std::string_view detector_input;  // what the detector was asked, JSON; for verified fixes
  std::string_view parameters;  // of the fix, JSON, as read back
  std::optional<bool> host_check;
  std::string host_note;
};

[[nodiscard]] Validation validate(const ValidationInput& input);

// V3 by itself, for a gate that wants proof before it applies.
[[nodiscard]] Check replay_guards(const ValidationInput& input);

}  // namespace agentmend::heal
