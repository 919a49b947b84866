// n8n workflows: error outputs, retries, time limits, branches. One rendering per fix type (catalogue, "n8n"); what is
// not here changes nothing in an n8n document and stays text for a person.
#include <algorithm>

#include "fix/generator.h"
#include "fix/render/n8n_patch.h"
#include "fix/render/render.h"

namespace agentmend::fix {
namespace {

// The one node of that name that the draft is about.
std::uint32_t locate(const N8nRun& run, const Draft& draft, std::string_view parameter) {
  std::string name = draft.target.node.empty() ? draft.target.tool : draft.target.node;
  if (const DraftParameter* scope = draft.parameter(parameter); name.empty() && scope != nullptr)
    name = string_of(scope->value);
  const auto same = [&name](const N8nNode& node) { return node.name == name; };
  if (std::count_if(run.nodes.begin(), run.nodes.end(), same) != 1) return WorkflowGraph::kNone;
  return run.find(name);
}

std::int64_t number_of(const Draft& draft, std::string_view name, std::int64_t otherwise) {
  const DraftParameter* parameter = draft.parameter(name);
  return parameter == nullptr ? otherwise : integer_of(parameter->value, otherwise);
}

Result<N8nPatch> patch_of(const Draft& draft, const TargetView& target, const N8nRun& run) {
  const std::string_view type = draft.type->name;
  if (type == "execution_timeout") return n8n_execution_timeout(run, number_of(draft, "timeout_seconds", 300));
  constexpr std::string_view kOfNodes[] = {"circuit_breaker", "retry_limit", "workflow_guard", "loop_breaker",
                                           "timeout_addition"};
  if (std::find(std::begin(kOfNodes), std::end(kOfNodes), type) == std::end(kOfNodes))
    return fail(ErrorCode::kPatchPathMissing, "", "This fix has no place in an n8n workflow; it is text for a person.");
  const std::uint32_t node =
      locate(run, draft, type == "circuit_breaker" || type == "retry_limit" ? "scope" : "target");
  if (node == WorkflowGraph::kNone)
    return fail(ErrorCode::kPatchPathMissing, "/nodes", "The workflow has no node of that name, or several.");
  if (type == "circuit_breaker") return n8n_circuit_breaker(run, node, target.new_id_seed);
  if (type == "retry_limit") return n8n_retry_limit(run, node, number_of(draft, "max_retries", 2));
  if (type == "loop_breaker")
    return n8n_loop_breaker(run, node, number_of(draft, "max_identical_steps", 3), target.new_id_seed);
  if (type == "timeout_addition") return n8n_wait_limit(run, node, number_of(draft, "wait_timeout_seconds", 120));
  return n8n_error_branch(run, node, target.new_id_seed);
}

}  // namespace

Result<Rendered> render_n8n(const Draft& draft, const TargetView& target) {
  N8nRun run;
  if (auto read = read_n8n_workflow(target.config, Place::kNowhere, run); !read) return tl::unexpected(read.error());
  auto patch = patch_of(draft, target, run);
  if (!patch) return tl::unexpected(patch.error());
  Rendered out;
  out.patch = std::move(patch->operations);
  out.path = std::move(patch->path);
  out.already_in_place = patch->already_in_place;
  out.structural = patch->structural;
  return out;
}

}  // namespace agentmend::fix
