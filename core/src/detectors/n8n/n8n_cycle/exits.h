// By which conditions a cycle of an n8n workflow is left, and whether anything inside the cycle can change them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trace/n8n_run.h"

namespace agentmend::detectors::n8n_cycle {

// How a cycle ends, most certain end first.
enum class End : std::uint8_t {
  kCounter,  // rounds, attempts or elapsed time are counted
  kPerson,  // somebody answers in each round
  kPages,  // the next page is asked for
  kUnclear,  // something may change it that nobody can read here
  kPoll,  // waits for a change outside, with a pause
  kHotPoll,  // the same without a pause
  kModel,  // a model says whether it is enough
  kStuck,  // nothing inside changes what is asked
};

struct Exit {
  End end = End::kStuck;
  std::uint32_t node = WorkflowGraph::kNone;  // the node that decides
};

// The most certain end among the branch nodes `deciders` of the cycle `inside` (a mark per node, edges of `flow` that
// the cycle may use: not `without`). O(deciders (nodes + edges + bytes of parameters)), deciders capped at
// kMaxDeciders.
constexpr std::size_t kMaxDeciders = 50;
[[nodiscard]] Exit best_exit(const N8nRun& run, const std::vector<bool>& inside, const std::vector<bool>& without,
                             const std::vector<std::uint32_t>& deciders);

// A person answers at this node: a form, a mail or chat that waits, a Wait that is called.
[[nodiscard]] bool asks_a_person(const N8nNode& node);

// A node that may hand on no items at all, which ends a cycle silently.
[[nodiscard]] bool may_yield_nothing(const N8nNode& node);

}  // namespace agentmend::detectors::n8n_cycle
