// The structural checks on a declared graph.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "detectors/detector.h"
#include "detectors/general/workflow/graph.h"

namespace agentmend::detectors::workflow {

struct Defect {
  std::string_view name;  // of the signal, and the subtype
  double weight = 0;
  double strength = 1;
  bool severe = false;  // the run cannot end, or cannot go on
  std::string path;  // into the definition
  std::string text;  // the node or edge
  std::string says;
};

struct Run {  // what execution_result says
  bool failed = false;
  std::string failed_node;
  std::string error;
};

// Each check says at most one thing. O(nodes + edges), but for references: O(edges) for each of at most
// kMaxReferring nodes that have some.
[[nodiscard]] std::vector<Defect> check(const Definition& definition, const Run& run);
constexpr std::size_t kMaxReferring = 300;

}  // namespace agentmend::detectors::workflow
