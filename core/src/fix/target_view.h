// The document that a fix may change, and the names that the host has declared.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/view.h"
#include "trace/run_context.h"

namespace agentmend::fix {

struct TargetView {
  json::View config;  // does not exist when no document was given
  std::string framework = "generic";
  const RunContext* context = nullptr;  // declared tools; may be null
  std::string new_id_seed;  // for ids of new nodes: the same seed gives the same ids

  [[nodiscard]] bool has_config() const { return config.exists(); }
  // A name may stand in a path or in text for the model only if the target or the host declares it.
  [[nodiscard]] bool declares(std::string_view name) const;
};

}  // namespace agentmend::fix
