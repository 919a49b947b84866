// What a governance finding becomes: a case and a hand-off for a person. Nothing here can be executed or applied.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "error.h"
#include "fix/finding.h"
#include "json/writer.h"
#include "trace/trace.h"

namespace agentmend::heal {

struct CaseContext {
  std::string case_id, handoff_id;
  std::string tenant = "local", project = "default";
  std::string framework = "generic";
  std::string run_id;  // may be empty
  std::string target_json;  // {"kind","id",...} or empty
  std::int64_t now_ms = 0;
  std::string delivery = "not_configured";
  const Trace* trace = nullptr;  // the run that the finding comes from; null = the detector's own input
  bool call_is_held = false;  // the pending call was blocked: that much containment is done
};

// Playbook of one detector: who is called, how soon, what they need, what undoes the damage. Data for all nine.
struct Page {
  std::string_view role;
  std::string_view reason;
};
struct Playbook {
  std::string_view detector;
  std::string_view title;
  Severity severity;
  int sla_minutes;  // to acknowledge
  std::span<const Page> page;
  std::span<const std::string_view> attach;
  std::span<const std::string_view> rollback;  // steps for a person
  std::span<const std::string_view> containment;  // closed list of the schema
  std::span<const std::string_view> questions;
};
[[nodiscard]] std::span<const Playbook> playbooks();
[[nodiscard]] const Playbook* find_playbook(std::string_view detector);

// The GovernanceCase document with its GovernanceHandoff. `dedupe_key` needs a digest, which the core does not make:
// the document says "" there, and `dedupe_body` is what the host hashes (RFC 8785, SHA-256) and puts in.
struct OpenedCase {
  std::string document;
  std::string dedupe_body;
};
// The GovernanceHandoff alone.
void write_handoff(json::Writer& writer, const GovernanceFinding& finding, const CaseContext& context);
[[nodiscard]] OpenedCase open_case(const GovernanceFinding& finding, const CaseContext& context);

}  // namespace agentmend::heal
