// verify: would this fix have helped? The shim builds what the detector would see after the fix; the same detector runs
// on both.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "detectors/registry.h"
#include "fix/finding.h"
#include "fix/fix_type.h"
#include "heal/gate.h"
#include "json/view.h"

namespace agentmend::heal {

struct ShimOutcome {
  bool built = false;
  std::string reason;  // why not
  std::string post_input_json;
  std::vector<std::string> effect;  // what was changed, for a person
};
using Shim = ShimOutcome (*)(json::View pre_input, json::View parameters);

enum class Verdict3 : std::uint8_t { kImproved, kNotImproved, kInconclusive };
[[nodiscard]] std::string_view name_of(Verdict3 verdict);

struct Verification {
  Verdict3 verdict = Verdict3::kInconclusive;
  double before = 0;
  double after = -1;  // -1 = the detector did not run again
  bool partial = false;  // improved, but still detected
  std::string reason;
  std::vector<std::string> effect;
  [[nodiscard]] Proof proof(bool require_cleared) const {
    if (verdict != Verdict3::kImproved) return Proof::kFailed;
    return partial && require_cleared ? Proof::kFailed : Proof::kPassed;
  }
};

// Takes a HealableFinding: a governance finding cannot be verified away.
[[nodiscard]] Verification verify(const HealableFinding& finding, const FixType& fix, json::View pre_input,
                                  json::View parameters, double improvement);

[[nodiscard]] Shim find_shim(std::string_view detector, std::string_view fix_type);  // nullptr = not built yet

// The shims, one file each.
ShimOutcome rerank_shim(json::View pre_input, json::View parameters);

}  // namespace agentmend::heal
