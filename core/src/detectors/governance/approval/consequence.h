// How much an action can do that cannot be taken back: 0 (reads) to 1 (irreversible, outward, money, rights).
#pragma once

#include <string_view>

#include "trace/run_context.h"

namespace agentmend::detectors::approval {

struct Consequence {
  double degree = 0;
  std::string_view what = "read";  // destroy, grant, spend, send, deploy, security, personal_data, write, read
};

// `facts` may be null: then name and arguments decide. Cheap for tools that only read.
[[nodiscard]] Consequence consequence_of(std::string_view tool, std::string_view arguments, const ToolFacts* facts);

}  // namespace agentmend::detectors::approval
