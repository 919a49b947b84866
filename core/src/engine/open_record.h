// heal_open: a finding to a record (or a case, or an insight), as far as the core alone can take it.
#pragma once

#include <string>
#include <vector>

#include "engine/finding_source.h"
#include "fix/suggestion.h"
#include "heal/gate.h"
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
};
[[nodiscard]] Chosen choose(const HealableFinding& finding, const fix::Suggestions& suggestions,
                            const heal::Policy& policy, const FindingSource& source, const Target& target,
                            const Request& request);

void write_gate(json::Writer& writer, const heal::GateDecision& gate, const heal::Policy& policy);
void write_verification(json::Writer& writer, const heal::Verification& verification);
[[nodiscard]] std::string parameters_json(const fix::Draft& draft);

}  // namespace agentmend::engine
