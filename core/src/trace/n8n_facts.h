// Questions about an N8nRun that several n8n detectors and generators ask. Each is O(nodes + edges).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "trace/n8n_run.h"

namespace agentmend {

// Positions of the enabled triggers, error triggers aside.
[[nodiscard]] std::vector<std::uint32_t> n8n_triggers(const N8nRun& run);
// Of those, the ones behind which nobody waits: schedule, webhook, app events.
[[nodiscard]] std::vector<std::uint32_t> n8n_unattended_triggers(const N8nRun& run);
[[nodiscard]] bool has_error_trigger(const N8nRun& run);

// Nodes that a trigger can start; all of them when the document has no trigger (a fragment).
[[nodiscard]] std::vector<bool> n8n_live(const N8nRun& run);

// Nodes from whose outputs a marked node is at most `hops` connections away (0: any number). O(hops (nodes + edges)).
[[nodiscard]] std::vector<bool> n8n_leads_to(const N8nRun& run, const std::vector<bool>& marked, std::uint32_t hops);

// An enabled main output leads somewhere.
[[nodiscard]] bool n8n_wired(const N8nRun& run, std::uint32_t node, std::uint32_t output);

// Nodes whose parameters look at `error`.
[[nodiscard]] std::vector<bool> n8n_error_readers(const N8nRun& run);

// What happens to an error of this node: an error output that leads somewhere, or an error item that somebody reads.
// `before_readers` = n8n_leads_to(run, n8n_error_readers(run), 0).
[[nodiscard]] bool n8n_error_is_handled(const N8nRun& run, std::uint32_t node, const std::vector<bool>& before_readers);

// The Loop Over Items node whose body this node is in (reached from its loop output, and leading back to it); kNone if
// none. The innermost one when they are nested. Looks at the first 100 loop nodes only.
[[nodiscard]] std::uint32_t n8n_loop_of(const N8nRun& run, std::uint32_t node);

}  // namespace agentmend
