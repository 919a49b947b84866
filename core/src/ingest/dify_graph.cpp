#include "ingest/dify_graph.h"

#include "trace/id_table.h"
#include "trace/workflow_graph.h"

namespace agentmend {

void read_dify_graph(const SourceReader& reader, json::View graph) {
  Trace& trace = reader.trace;
  if (!graph["nodes"].first() || (!trace.graph.nodes.empty() && !trace.graph.inferred)) return;
  trace.graph = TraceGraph();
  IdTable positions;
  json::for_each(graph["nodes"], [&](json::View node, std::size_t) {
    const json::View type = node["data"]["type"];
    if (!node["id"].is_string() || !type.is_string() || type.equals("")) return;  // a note on the canvas
    if (trace.graph.nodes.size() >= WorkflowGraph::kMaxNodes) {
      trace.truncated = Truncation{"graph", WorkflowGraph::kMaxNodes, WorkflowGraph::kMaxNodes + 1};
      return;
    }
    const std::string_view id = reader.text(node["id"]);
    positions.at(id) = static_cast<std::uint32_t>(trace.graph.nodes.size());
    const json::View title = node["data"]["title"];
    trace.graph.nodes.push_back(
        {id, title.is_string() ? reader.text(title) : id, reader.text(type), reader.place(node)});
  });
  json::for_each(graph["edges"], [&](json::View edge, std::size_t) {
    const std::uint32_t from = positions.find(reader.text(edge["source"]));
    const std::uint32_t to = positions.find(reader.text(edge["target"]));
    if (from == IdTable::kNone || to == IdTable::kNone) {
      trace.lose("unknown_part", reader.place(edge));
      return;
    }
    const json::View handle = edge["sourceHandle"];  // true, false, a class, fail-branch, success-branch
    const bool always = !handle.is_string() || handle.equals("source") || handle.equals("");
    if (trace.graph.edges.size() < WorkflowGraph::kMaxEdges)
      trace.graph.edges.push_back({from, to, always ? std::string_view() : reader.text(handle)});
  });
}

}  // namespace agentmend
