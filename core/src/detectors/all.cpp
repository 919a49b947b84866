// The list of detectors, in the order of the catalogue (ties between findings go to the earlier one).
#include "detectors/registry.h"

namespace agentmend {

// A macro, so that a new detector is one line here: it declares the entry and lists it.
#define AGENTMEND_DETECTORS(X)       \
  X(loop)                            \
  X(repetition)                      \
  X(cost)                            \
  X(corruption)                      \
  X(coordination)                    \
  X(communication)                   \
  X(context)                         \
  X(context_pressure)                \
  X(convergence)                     \
  X(workflow)                        \
  X(completion)                      \
  X(derailment)                      \
  X(escalation_loop)                 \
  X(task_starvation)                 \
  X(mcp_protocol)                    \
  X(memory_staleness)                \
  X(resource_misallocation)          \
  X(propagation)                     \
  X(parallel_consistency)            \
  X(tool_provision)                  \
  X(n8n_cycle)                       \
  X(n8n_error)                       \
  X(n8n_resource)                    \
  X(n8n_timeout)                     \
  X(openclaw_session_loop)           \
  X(openclaw_tool_abuse)             \
  X(openclaw_spawn_chain)            \
  X(dify_iteration_escape)           \
  X(dify_model_fallback)             \
  X(langgraph_recursion)             \
  X(langgraph_state_corruption)      \
  X(langgraph_tool_failure)          \
  X(langgraph_parallel_sync)         \
  X(langgraph_checkpoint_corruption) \
  X(retrieval_quality)               \
  X(routing)                         \
  X(overflow)                        \
  X(model_selection)                 \
  X(output_validation)               \
  X(n8n_schema)                      \
  X(dify_tool_schema_mismatch)       \
  X(openclaw_channel_mismatch)       \
  X(specification)                   \
  X(decomposition)                   \
  X(delegation)                      \
  X(critic_quality)                  \
  X(reasoning_consistency)           \
  X(quality_gate)                    \
  X(citation)                        \
  X(entity_confusion)                \
  X(n8n_complexity)                  \
  X(langgraph_edge_misroute)         \
  X(hallucination)                   \
  X(grounding)                       \
  X(injection)                       \
  X(persona_drift)                   \
  X(withholding)                     \
  X(scope_escalation)                \
  X(jailbreak_compliance)            \
  X(over_refusal)                    \
  X(impersonation_risk)              \
  X(deception)                       \
  X(dify_rag_poisoning)              \
  X(dify_variable_leak)              \
  X(dify_classifier_drift)           \
  X(openclaw_elevated_risk)          \
  X(openclaw_sandbox_escape)         \
  X(authority_gradient)              \
  X(role_usurpation)                 \
  X(role_usurpation_canonical)       \
  X(role_usurpation_exec)            \
  X(approval_bypass)                 \
  X(exploration_safety)              \
  X(reward_hacking)                  \
  X(cowork_safety)                   \
  X(subagent_boundary)               \
  X(dispatch_async)                  \
  X(computer_use)                    \
  X(adaptive_thinking)               \
  X(scheduled_task)                  \
  X(sycophancy)                      \
  X(analytical_semantics)            \
  X(chunk_attribution)               \
  X(instruction_compliance)          \
  X(silent_cascade)                  \
  X(synthesis_failure)               \
  X(redundant_delegation_conflict)

#define AGENTMEND_DECLARE(name) \
  namespace detectors::name {   \
  extern const Entry entry;     \
  }
AGENTMEND_DETECTORS(AGENTMEND_DECLARE)
#undef AGENTMEND_DECLARE

namespace {
#define AGENTMEND_LIST(name) &detectors::name::entry,
constexpr const Entry* kDetectors[] = {AGENTMEND_DETECTORS(AGENTMEND_LIST)};
#undef AGENTMEND_LIST
#undef AGENTMEND_DETECTORS
}  // namespace

std::span<const Entry* const> all_detectors() { return kDetectors; }

const Entry* find_detector(std::string_view name) {
  for (const Entry* entry : kDetectors) {
    if (entry->descriptor->name == name) return entry;
  }
  return nullptr;
}

}  // namespace agentmend
