// heal_open: a finding to a record (or a case, or an insight), as far as the core alone can take it.
#pragma once

#include <string>
#include <vector>

#include "engine/finding_source.h"
#include "fix/suggestion.h"
#include "heal/gate.h"
#include "heal/limiter.h"
#include "heal/verify/verify.h"

namespace agentmend::engine {

struct Target {
  std::string json;  // {"kind","id","version"?}
  std::string id;
  std::string framework = "generic";
  std::string config;  // JSON text; empty = none
};
[[nodiscard]] Target read_target(const Request& request, const FindingSource& source);

// What the gate says about the best suggestion, after the proofs that it may ask for.
struct Chosen {
  const fix::Suggestion* suggestion = nullptr;
  heal::GateDecision gate;
  std::optional<heal::Verification> verification;
  heal::Admission admission;  // asked for when the gate would apply; its state is the next one, attempt booked
};
[[nodiscard]] Chosen choose(const HealableFinding& finding, const fix::Suggestions& suggestions,
                            const heal::Policy& policy, const FindingSource& source, const Target& target,
                            const Request& request, heal::LimiterState limiter = {});

// The audit body of a target that was halted, reset, or whose breaker opened.
[[nodiscard]] std::string limiter_audit(std::string_view type, std::string_view target_id, std::int64_t now_ms,
                                        std::string_view reason, std::string_view person = {});

void write_gate(json::Writer& writer, const heal::GateDecision& gate, const heal::Policy& policy);
void write_verification(json::Writer& writer, const heal::Verification& verification);
[[nodiscard]] std::string parameters_json(const fix::Draft& draft);

}  // namespace agentmend::engine
