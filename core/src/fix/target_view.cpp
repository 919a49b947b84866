#include "fix/target_view.h"

namespace agentmend::fix {
namespace {

bool in_list(json::View list, std::string_view name) {
  for (json::View item = list.first(); item; item = item.next_in(list)) {
    if (item.equals(name) || item["name"].equals(name) || item["id"].equals(name)) return true;
    if (list.is_object() && item.key().equals(name)) return true;
  }
  return false;
}

}  // namespace

bool TargetView::declares(std::string_view name) const {
  if (name.empty()) return false;
  if (context != nullptr && context->tool(name) != nullptr) return true;
  for (const std::string_view key : {"nodes", "tools", "agents"}) {
    if (in_list(config[key], name)) return true;
  }
  return false;
}

}  // namespace agentmend::fix
