// What the host knows about a run and a trace cannot say (schema run-context). It can make detectors see more; it can
// never lower a risk or loosen a policy.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "error.h"
#include "json/view.h"
#include "trace/spending.h"

namespace agentmend {

struct ToolFacts {
  std::string name;
  std::string tool_class;  // read, write, destroy, send, spend, grant, deploy, execute; empty = not stated
  bool poll = false;
  bool idempotent = false;
  bool destructive = false;
};

struct Gate {
  std::string name;
  std::vector<std::string> before;  // tools that need this approval; * stands for any text
  std::vector<std::string> approver_roles;
};

struct RunContext {
  std::string task;
  std::string framework;
  std::vector<ToolFacts> tools;
  std::vector<Gate> gates;
  Budget budget;  // what the host allows the run to spend

  [[nodiscard]] const ToolFacts* tool(std::string_view name) const {
    for (const ToolFacts& facts : tools) {
      if (facts.name == name) return &facts;
    }
    return nullptr;
  }
};

[[nodiscard]] Result<RunContext> read_run_context(json::View document);

}  // namespace agentmend
