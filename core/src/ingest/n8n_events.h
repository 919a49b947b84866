// What agents and models did in an n8n execution, as events.
#pragma once

#include "trace/n8n_run.h"
#include "trace/trace.h"

namespace agentmend {

// Tool runs of agents become tool calls, model runs become model ends, chat inputs and agent outputs become turns,
// vector stores retrievals. Ordinary nodes become no events: a node that runs again in a Loop Over Items is no agent
// that repeats itself. O(run data).
void append_n8n_events(const N8nRun& run, Trace& trace);

}  // namespace agentmend
