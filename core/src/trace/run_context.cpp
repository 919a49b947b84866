#include "trace/run_context.h"

namespace agentmend {
namespace {

std::vector<std::string> strings(json::View list) {
  std::vector<std::string> out;
  json::for_each(list, [&out](json::View item, std::size_t) {
    if (item.is_string()) out.push_back(item.text());
  });
  return out;
}

}  // namespace

Result<RunContext> read_run_context(json::View document) {
  RunContext context;
  if (document.is_null()) return context;
  if (!document.is_object()) return fail(ErrorCode::kInvalidInput, "", "The run context must be an object.");
  if (const auto twice = json::duplicate_key(document)) {
    return fail(ErrorCode::kDuplicateKey, *twice, "The run context has the same key twice; remove one.");
  }
  if (!document["schema"].equals("agentmend.run-context/1")) {
    return fail(ErrorCode::kSchemaVersion, "/schema",
                "Give \"schema\": \"agentmend.run-context/1\" in the run context.");
  }
  context.task = document["task"].text();
  context.framework = document["framework"].text();
  context.budget = read_budget(document["budget"]);
  json::for_each_member(document["tools"], [&context](std::string_view name, json::View facts) {
    context.tools.push_back({std::string(name), facts["class"].text(), facts["poll"].boolean(false),
                             facts["idempotent"].boolean(false), facts["destructive"].boolean(false)});
  });
  json::for_each(document["gates"], [&context](json::View gate, std::size_t) {
    context.gates.push_back({gate["name"].text(), strings(gate["before"]), strings(gate["approver_roles"])});
  });
  return context;
}

}  // namespace agentmend
