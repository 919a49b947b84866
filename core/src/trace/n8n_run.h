// An n8n workflow as a graph, and what its execution did. Read by ingest/n8n.cpp and by the n8n detectors from their
// own input; asked by the n8n detectors, generators and validators. Facts: docs of n8n's workflow and execution format.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "error.h"
#include "json/view.h"
#include "trace/event.h"
#include "trace/n8n_nodes.h"
#include "trace/workflow_graph.h"

namespace agentmend {

enum class N8nOnError : std::uint8_t { kStop, kContinueRegular, kContinueErrorOutput };

struct N8nNode {
  std::uint32_t position = 0;  // in the array of nodes of the document
  std::string id, name, type, full_type;  // type: without the package
  double type_version = 1;
  std::uint32_t traits = 0;  // N8nTrait
  bool disabled = false;  // not run; passes input 0 through its output 0
  N8nOnError on_error = N8nOnError::kStop;
  bool retry = false;  // retryOnFail
  std::optional<double> max_tries, wait_between_tries;
  std::uint32_t outputs = 1;  // main outputs without the error output, which comes next
  std::optional<double> x, y;
  json::View json, parameters;
  Place place;
  [[nodiscard]] bool is(std::uint32_t trait) const { return (traits & trait) != 0; }
  [[nodiscard]] bool runs() const { return !disabled && !is(kN8nNote); }
};

struct N8nEdge {
  std::uint32_t from = 0, to = 0;  // positions in nodes
  std::uint16_t output = 0, input = 0;
  bool main = true;  // else ai_*: from the sub-node to the agent or chain
  std::string type;
  Place place;
};

struct N8nSource {
  std::string node;
  std::uint32_t output = 0, run = 0;
};

struct N8nNodeRun {
  std::string node;  // name
  std::uint32_t index = 0;  // run index of this node
  std::uint32_t position = WorkflowGraph::kNone;  // in nodes; kNone = the workflow no longer has it
  std::int64_t start_ms = -1, ms = -1, order = -1;
  std::string status;
  bool failed = false;  // has an error, or its status is error
  std::string error_name, error_message;
  int http_code = 0;  // 0 = none
  std::vector<std::uint32_t> items;  // per main output
  std::uint32_t error_items = 0;  // items whose json has a top-level "error"
  json::View first_error_item;
  std::vector<N8nSource> sources;
  json::View json, error;
  Place place, error_place;
};

struct N8nExecution {
  std::string id, workflow_id, status, mode, last_node;
  std::int64_t started_ms = -1, stopped_ms = -1;
  bool has_node_runs = false;
  std::string error_name, error_message;  // of the execution itself
  int http_code = 0;
  json::View root, error, data;  // data: what holds resultData
  Place place, error_place;
  std::vector<N8nNodeRun> runs;  // in the order they ran
  [[nodiscard]] bool failed() const { return status == "error" || status == "crashed"; }
};

struct N8nRun {
  std::string id, name;
  json::View workflow;
  Place place;
  std::uint32_t document = Place::kNowhere;
  std::vector<N8nNode> nodes;
  std::vector<N8nEdge> edges;  // resolved ones, all types, also of disabled nodes
  std::uint32_t dangling = 0;  // connections whose source or target is no node
  Place first_dangling;
  std::uint32_t by_id = 0;  // connections that named a node by its id
  std::uint32_t duplicate_names = 0;
  WorkflowGraph flow;  // main edges between nodes that run; disabled ones pass output 0 through
  std::string error_workflow;
  std::optional<double> execution_timeout;
  std::optional<N8nExecution> execution;

  [[nodiscard]] bool has_workflow() const { return workflow.exists(); }
  [[nodiscard]] std::uint32_t find(std::string_view name) const;  // by name; kNone = no such node
  // The pointer inside the detectors' input {workflow_json, execution_data}.
  [[nodiscard]] std::string node_path(const N8nNode& node) const;
  [[nodiscard]] std::string execution_path(json::View value) const;

  std::unordered_map<std::string, std::uint32_t> by_name;  // asked, never iterated
  std::deque<std::string> texts;  // unflattened run data
  std::deque<json::Index> indexes;
};

// Reads the workflow document; `document` is the number of the given document that holds it (kNowhere: a detector's own
// input). Fails with schema_type when it is no workflow, limit_graph when it is too big. O(size).
[[nodiscard]] Result<void> read_n8n_workflow(json::View workflow, std::uint32_t document, N8nRun& run);

// Reads an execution record of the product or of the labelled dialect ({status, node_results}); after the workflow.
[[nodiscard]] Result<void> read_n8n_execution(json::View execution, std::uint32_t document, N8nRun& run);

// The two together from a detector's own input {workflow_json, execution_data?}.
[[nodiscard]] Result<void> read_n8n_input(json::View input, N8nRun& run);

// What kind of error: auth, not_found, rate_limit, timeout, server, data, config; "error" when nothing fits.
[[nodiscard]] std::string_view n8n_error_class(std::string_view name, std::string_view message, int http_code);

}  // namespace agentmend
