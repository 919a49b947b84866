// Proofs for a patched n8n workflow: it is still a workflow (V1), and the recorded run, walked through it, comes to an
// end (V3).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "error.h"
#include "json/view.h"
#include "trace/n8n_run.h"

namespace agentmend::heal {

// V1. Ids and names unique, every connection between nodes that exist, no new orphan, every trigger kept, no key that
// n8n's API would refuse. What was wrong before the patch is not held against it. Fails with structural_invalid and
// what is wrong. O(nodes + edges).
[[nodiscard]] Result<void> check_n8n_structure(json::View before, json::View after);

enum class WalkEnd : std::uint8_t {
  kTerminal,  // every way ends at a node with nothing behind it
  kStopped,  // a way ends in Stop and Error, or the failure still ends the run
  kUnbounded,  // more steps than the bound: it goes round
  kUnknown,  // no failure was recorded, or the document has no such node
};

struct Walk {
  WalkEnd end = WalkEnd::kUnknown;
  std::uint32_t steps = 0;
  std::uint32_t bound = 0;
  std::string last;  // the node where it ended
};

// V3. Starts where the run recorded in `recorded` failed and follows the connections of the patched workflow: each node
// hands on what it handed on in the recording, a loop its remaining rounds, a new node everything. The bound: each node
// once per remaining round.
[[nodiscard]] Walk walk_n8n_run(const N8nRun& recorded, json::View after);

// The walk as a verdict: true = it ends where the fix means it to, within the bound; nothing = the recording cannot
// tell (no failure in it, or a retry that might have passed). `detail` says why, for people.
[[nodiscard]] std::optional<bool> replay_n8n(json::View patched_workflow, const N8nRun& recorded, std::string& detail);

}  // namespace agentmend::heal
