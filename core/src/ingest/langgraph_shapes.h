// The many shapes in which LangGraph writes a run, told apart.
#pragma once

#include <string>
#include <string_view>

#include "ingest/langgraph_execution.h"

namespace agentmend {

// An event of a stream, taken out of what stands around it.
struct LanggraphEvent {
  std::string_view mode;  // empty: the value is no event
  json::View data;
  json::View space;
};
[[nodiscard]] LanggraphEvent langgraph_event(json::View value, std::string& storage);

[[nodiscard]] bool is_langgraph_snapshot(json::View value);
// A checkpoint as a saver keeps it, with or without the row around it; else nothing.
[[nodiscard]] json::View langgraph_checkpoint(json::View value);
[[nodiscard]] bool is_langgraph_description(json::View value);  // {nodes, edges}
[[nodiscard]] bool is_langgraph_update(json::View value);  // {node: {messages}}, what a stream of updates alone writes
[[nodiscard]] bool is_langgraph_state(json::View value);  // {messages}
[[nodiscard]] json::View langgraph_execution(json::View value);  // a run as one record; else nothing
[[nodiscard]] json::View langgraph_list(json::View root);  // the records of a document; nothing where it is one
[[nodiscard]] bool comes_before(json::View a, json::View b);  // two snapshots or checkpoints
[[nodiscard]] double mark_langgraph(json::View value);

}  // namespace agentmend
