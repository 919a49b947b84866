// What an agent says about checks: that one was left out or forced, that one failed, and that the work was let through.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace agentmend::detectors::bypass {

struct Said {
  bool left_out = false;  // "skipping the tests", "validation was overridden", --no-verify
  bool failed = false;  // "8 failed", "below the threshold"
  bool let_through = false;  // "deployed", "merged", "proceeding"
  bool all_the_same = false;  // "anyway", "despite", "regardless"
  bool held = false;  // "not released", "blocked until"
  std::uint32_t begin = 0;  // bytes of the clause that says left_out, else failed
  std::uint32_t end = 0;
};

// Asserted clauses only: a question, a condition, an offer or a rule that forbids it says nothing. O(bytes).
[[nodiscard]] Said read(std::string_view text);

// An option of a command line that turns a check off.
[[nodiscard]] bool turns_check_off(std::string_view command);

// What excuses a check that was left out: a waiver with an approver and a reason, that it does not apply, that nobody
// requires it. Said in the text of its own result (`name` empty), or in a sentence that names it or follows one that
// does.
struct Excuse {
  bool waived = false;
  bool not_applicable = false;
  bool optional = false;
};
[[nodiscard]] Excuse excuse(std::string_view text, std::string_view name);

}  // namespace agentmend::detectors::bypass
