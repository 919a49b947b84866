// RFC 6902 patches of an n8n workflow, for the fixes that change nodes and connections. What was seen to work on the
// real engine is in tests/n8n/README.md; these functions write exactly that.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "error.h"
#include "json/patch.h"
#include "trace/n8n_run.h"

namespace agentmend::fix {

struct N8nPatch {
  json::Patch operations;
  std::string path;  // the first member that is changed
  bool already_in_place = false;
  bool structural = false;  // adds nodes or connections
};

// `target` is the workflow to patch, `node` a position in target.nodes. Each fails with fix_not_allowed and the reason
// when the workflow has no room for it; each begins with a test of the node's name. Ids of new nodes follow from
// `id_seed`, the workflow's id and the new name. O(nodes + edges).

// Errors of the node leave by its error output and are kept in a new node "Failed items", or go where errors of other
// nodes already go. Inside a Loop Over Items they also return to the loop, so that it goes on.
[[nodiscard]] Result<N8nPatch> n8n_circuit_breaker(const N8nRun& target, std::uint32_t node, std::string_view id_seed);

// Tries the node again: only nodes that read, never agents, models or writers.
[[nodiscard]] Result<N8nPatch> n8n_retry_limit(const N8nRun& target, std::uint32_t node, std::int64_t max_retries);

// Errors of the node leave by its error output into a Stop and Error: nothing behind the node runs with bad data.
[[nodiscard]] Result<N8nPatch> n8n_error_branch(const N8nRun& target, std::uint32_t node, std::string_view id_seed);

// Seconds after which n8n ends the execution.
[[nodiscard]] Result<N8nPatch> n8n_execution_timeout(const N8nRun& target, std::int64_t seconds);

// A cycle that the node closes: a loop node's wiring is put right, any other way back gets a counter of rounds in front
// of it ("Rounds left?"). n8n_bounds.cpp.
[[nodiscard]] Result<N8nPatch> n8n_loop_breaker(const N8nRun& target, std::uint32_t node, std::int64_t rounds,
                                                std::string_view id_seed);

// A limit for a step that waits: a Wait or a question to a person, an HTTP call, a model.
[[nodiscard]] Result<N8nPatch> n8n_wait_limit(const N8nRun& target, std::uint32_t node, std::int64_t seconds);

}  // namespace agentmend::fix
