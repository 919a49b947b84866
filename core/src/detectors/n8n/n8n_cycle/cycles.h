// The cycles of an n8n workflow, and of each how it could end.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "detectors/n8n/n8n_cycle/exits.h"
#include "trace/n8n_run.h"

namespace agentmend::detectors::n8n_cycle {

struct Cycle {
  std::string_view subtype;  // empty: an ordinary loop
  double weight = 0;
  bool sufficient = false;  // certain from the file alone
  std::vector<std::uint32_t> nodes;  // of the strong component, ascending
  std::vector<std::uint32_t> way;  // the shortest way round
  std::uint32_t back_edge = WorkflowGraph::kNone;  // in run.flow: the one to cut or to guard
  std::uint32_t decider = WorkflowGraph::kNone;  // the node whose condition is asked
  std::uint32_t loop = WorkflowGraph::kNone;  // the Loop Over Items node that it is about
  bool paused = false;  // a Wait is part of it
};

// Every cycle that an item can enter, worst first. O(n + e) per strong component and loop node (100 of them at most).
[[nodiscard]] std::vector<Cycle> find_cycles(const N8nRun& run);

// Calls of the workflow to itself, and agents that reach each other as tools.
[[nodiscard]] std::vector<Cycle> find_rings(const N8nRun& run);

// Outputs of a Loop Over Items node; version 1 has no output for its end (kNone).
[[nodiscard]] std::uint32_t loop_output(const N8nNode& node);
[[nodiscard]] std::uint32_t done_output(const N8nNode& node);

}  // namespace agentmend::detectors::n8n_cycle
