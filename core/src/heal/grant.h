// Permission to write to a target. Entering `applying` takes one (record.h), and only two things make one: the gate,
// for a healable finding that it lets through, and a record that carries a person's decision.
#pragma once

#include "error.h"
#include "fix/finding.h"
#include "fix/fix_type.h"
#include "json/view.h"

namespace agentmend::heal {

struct GateDecision;
struct GateRequest;
struct Policy;

class ApplyGrant {
 public:
  [[nodiscard]] const FixType& fix() const { return *fix_; }

 private:
  explicit ApplyGrant(const FixType& fix) : fix_(&fix) {}
  friend GateDecision decide(const HealableFinding& finding, const FixType& fix, const Policy& policy,
                             const GateRequest& request);
  friend Result<ApplyGrant> grant_by_approval(json::View record);
  const FixType* fix_;
};

// What a record has to be before anything is done with it: one of a known detector that may be healed, with a fix that
// this detector offers, a patch inside the bounds of that fix, and the inverse that belongs to them. O(config)
[[nodiscard]] Result<void> check_record(json::View record);

// The grant of an approved record: its decision names a person, an escalation and what it was made for, and was not
// used before.
[[nodiscard]] Result<ApplyGrant> grant_by_approval(json::View record);

// A document that names a governance detector is no healing record, whatever else it says.
[[nodiscard]] bool is_governance_record(json::View record);

}  // namespace agentmend::heal
