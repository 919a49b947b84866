// A LangGraph run as one record: {graph_id, nodes with their superstep, edges, state_snapshots}.
#pragma once

#include "ingest/langchain.h"
#include "ingest/langgraph_graph.h"

namespace agentmend {

[[nodiscard]] bool is_langgraph_execution(json::View value);
void read_langgraph_execution(const SourceReader& reader, json::View run, TraceBuilder& builder,
                              LangchainConversation& conversation, LanggraphShape& shape);
[[nodiscard]] RunStatus langgraph_status(json::View status);

}  // namespace agentmend
