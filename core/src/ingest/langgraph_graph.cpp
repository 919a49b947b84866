#include "ingest/langgraph_graph.h"

#include <cstring>

#include "trace/workflow_graph.h"

namespace agentmend {
namespace {

// Tasks of one step that are taken as what the next step follows on: a larger fan-out shows nothing more.
constexpr std::size_t kMaxParallel = 64;

}  // namespace

std::uint32_t LanggraphShape::node(std::string_view id, Place place) {
  std::uint32_t& position = nodes_.at(id);
  if (position != IdTable::kNone) return position;
  if (trace_.graph.nodes.size() >= WorkflowGraph::kMaxNodes) return IdTable::kNone;
  position = static_cast<std::uint32_t>(trace_.graph.nodes.size());
  trace_.graph.nodes.push_back({id, id, "", place});
  return position;
}

void LanggraphShape::edge(std::uint32_t from, std::uint32_t to, std::string_view condition) {
  if (from == IdTable::kNone || to == IdTable::kNone || trace_.graph.edges.size() >= WorkflowGraph::kMaxEdges) return;
  if (!given_) {
    const std::uint32_t ends[] = {from, to};
    char bytes[sizeof ends];
    std::memcpy(bytes, ends, sizeof ends);
    const std::string_view key(bytes, sizeof ends);
    if (edges_.find(key) != IdTable::kNone) return;
    edges_.at(trace_.arena.keep(key)) = 0;
  }
  trace_.graph.edges.push_back({from, to, condition});
}

bool LanggraphShape::read(const SourceReader& reader, json::View graph) {
  if (!graph["nodes"].is_array()) return false;
  given_ = true;
  json::for_each(graph["nodes"], [&](json::View item, std::size_t) {
    const json::View id = first_of(item, {"id", "node_id"});
    if (id.is_null() || id.is_object() || id.is_array()) {
      trace_.lose("unknown_part", reader.place(item));
      return;
    }
    const std::uint32_t at = node(reader.text(id), reader.place(item));
    if (at == IdTable::kNone) {
      trace_.truncated = Truncation{"graph", WorkflowGraph::kMaxNodes, WorkflowGraph::kMaxNodes + 1};
      return;
    }
    const json::View name = first_of(item, {"title", "name"});
    const json::View type = first_of(item, {"node_type", "type"});
    if (name.is_string()) trace_.graph.nodes[at].name = reader.text(name);
    if (type.is_string()) trace_.graph.nodes[at].type = reader.text(type);
  });
  json::for_each(graph["edges"], [&](json::View item, std::size_t) {
    const std::uint32_t from = nodes_.find(reader.text(item["source"]));
    const std::uint32_t to = nodes_.find(reader.text(item["target"]));
    if (from == IdTable::kNone || to == IdTable::kNone) {
      trace_.lose("unknown_part", reader.place(item));
      return;
    }
    const bool conditional = item["conditional"].boolean(false) || item["edge_type"].equals("conditional");
    const json::View label = first_of(item, {"condition", "data"});
    edge(from, to, label.is_string() ? reader.text(label) : std::string_view(conditional ? "conditional" : ""));
  });
  return true;
}

void LanggraphShape::ran(std::int64_t step, std::string_view name, const SourceReader& reader, json::View task) {
  if (given_ || name.empty()) return;
  if (step != step_) {
    before_.swap(now_);
    now_.clear();
    step_ = step;
  }
  const std::uint32_t to = node(name, reader.place(task));
  if (now_.size() < kMaxParallel) now_.push_back(to);
  // "join:a+b:c" names what it waited for; other triggers only that it was called.
  const json::View trigger = first_of(task, {"triggers", "langgraph_triggers"}).first();
  std::string_view names = trigger.is_string() ? reader.text(trigger) : std::string_view();
  if (names.starts_with("join:") && names.find(':', 5) != std::string_view::npos) {
    names = names.substr(5, names.find(':', 5) - 5);
    while (!names.empty()) {
      const std::size_t end = names.find('+');
      edge(node(names.substr(0, end), reader.place(task)), to, "");
      names = end == std::string_view::npos ? std::string_view() : names.substr(end + 1);
    }
  } else if (before_.empty()) {
    edge(node("__start__", reader.place(task)), to, "");
  } else {
    for (const std::uint32_t from : before_) edge(from, to, "");
  }
}

void LanggraphShape::finish() {
  if (given_) return;
  trace_.graph.inferred = !trace_.graph.nodes.empty();
  trace_.lose(trace_.graph.inferred ? "inferred_graph" : "no_graph");
}

}  // namespace agentmend
