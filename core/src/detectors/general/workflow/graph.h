// A declared workflow in any usual spelling: nodes with a kind, edges, and what each node takes from others.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/view.h"
#include "trace/workflow_graph.h"

namespace agentmend::detectors::workflow {

// What a node is for, by its type, or by its name where the type says nothing ("step").
enum Kind : std::uint32_t {
  kStart = 1u << 0,  // trigger, webhook, receiver
  kReceiver = 1u << 1,  // … of a message: somebody waits for an answer
  kHandler = 1u << 2,  // runs on an error: reached without an edge
  kSend = 1u << 3,  // tells somebody: may be the last
  kStore = 1u << 4,  // changes something outside: may be the last
  kFetch = 1u << 5,  // gets data: of no use when nobody takes it
  kRouter = 1u << 6,  // chooses one of several ways
  kClassifier = 1u << 7,  // names one of several classes
  kFormat = 1u << 8,  // shapes a text to be sent
  kGenerate = 1u << 9,  // writes the text
  kCheck = 1u << 10,  // validates, approves
  kLoop = 1u << 11,  // iterates: has its own end
  kNote = 1u << 12,  // a comment on the canvas
  kPerson = 1u << 13,  // hands over to a person
  kEnd = 1u << 14,
  kSpawn = 1u << 15,
  kJoin = 1u << 16,
};

struct Node {
  std::string id;
  std::size_t at = 0;  // position in the input
  std::uint32_t kind = 0;
  bool typed = false;  // its type says something
  std::size_t choices = 0;  // routes or classes that it declares
  std::string channel;  // of a receiver
  std::vector<std::string> routes;  // declared by name
  std::vector<std::string> takes;  // ids in the references of its inputs
  [[nodiscard]] bool is(std::uint32_t kinds) const { return (kind & kinds) != 0; }
};

struct Edge {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  bool conditional = false;
  std::size_t at = 0;
};

constexpr std::uint32_t kNowhere = 0xffffffffu;

struct Definition {
  std::vector<Node> nodes;
  std::vector<Edge> edges;  // between nodes that are there
  std::vector<std::pair<std::size_t, std::string>> loose;  // edges to or from a node that is not there, and its id
  std::string_view list;  // name of the list of edges
  WorkflowGraph graph;
  bool too_large = false;
  [[nodiscard]] std::uint32_t find(std::string_view id) const;

 private:
  friend Definition read_definition(json::View workflow);
  std::vector<std::pair<std::uint64_t, std::uint32_t>> by_id_;  // hash and position, sorted
};

// O(bytes + n log n). More than WorkflowGraph::kMaxNodes nodes: too_large, and nothing else.
[[nodiscard]] Definition read_definition(json::View workflow);

}  // namespace agentmend::detectors::workflow
