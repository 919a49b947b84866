// Where a workflow could be cut: groups of nodes that hang together by one connection only.
#pragma once

#include <cstdint>
#include <vector>

#include "trace/n8n_run.h"

namespace agentmend {

// Groups of at most `max_nodes` enabled nodes (positions, ascending), cut at connections whose removal parts the graph.
// Sub-nodes stay with the node they serve; triggers belong to no group. A knot without such a connection stays whole
// and is left out when it is bigger. Groups of fewer than three nodes are left out. O(nodes + edges).
[[nodiscard]] std::vector<std::vector<std::uint32_t>> n8n_groups(const N8nRun& run, std::uint32_t max_nodes);

}  // namespace agentmend
