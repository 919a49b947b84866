#include "detectors/feeds.h"

#include <iterator>

#include "detectors/registry.h"

namespace agentmend {
namespace {

// One letter a source, in the order of kFeedingSources: + fed, o fed in part or only when an optional part was
// recorded,
// - cannot be fed from that source alone. One row a detector, in the order of the catalogue.
constexpr std::string_view kFeeds[] = {
    "+-o++o++++++++-+",  // loop
    "+-o++o++++++++-+",  // repetition
    "+-oo++++++oo++-+",  // cost
    "---+o----------+",  // corruption
    "o--oo-o+oo+--o-+",  // coordination
    "o--oo-o+oo+--o-+",  // communication
    "o-oo++++++o+++++",  // context
    "o-oo++++++oo++-+",  // context_pressure
    "---+o----------+",  // convergence
    "-++oo+---------o",  // workflow
    "o-oo++++++o+++++",  // completion
    "o-oo++++++o+++++",  // derailment
    "o--oo-o+oo+--o-+",  // escalation_loop
    "o--o--oo++---o-o",  // task_starvation
    "+-o++o++++++++-+",  // mcp_protocol
    "+-oo++ooooooo--+",  // memory_staleness
    "---------------+",  // resource_misallocation
    "+-o++oo++++--o-+",  // propagation
    "o-o+ooooooo----+",  // parallel_consistency
    "+-oooo---oo+oo-+",  // tool_provision
    "-++-------------",  // n8n_cycle
    "-++-------------",  // n8n_error
    "-++-------------",  // n8n_resource
    "-++-------------",  // n8n_timeout
    "------+---------",  // openclaw_session_loop
    "------+---------",  // openclaw_tool_abuse
    "------+---------",  // openclaw_spawn_chain
    "-----+----------",  // dify_iteration_escape
    "-----+----------",  // dify_model_fallback
    "---+o-----------",  // langgraph_recursion
    "---+o-----------",  // langgraph_state_corruption
    "---+o-----------",  // langgraph_tool_failure
    "---+o-----------",  // langgraph_parallel_sync
    "---+------------",  // langgraph_checkpoint_corruption
    "+-oo++ooooooo--+",  // retrieval_quality
    "o-oo++ooooooo--+",  // routing
    "+-oo++++++oo++-+",  // overflow
    "+-oo++++++oo++-+",  // model_selection
    "o--oo--+--+----+",  // output_validation
    "-++-------------",  // n8n_schema
    "-----+----------",  // dify_tool_schema_mismatch
    "------o---------",  // openclaw_channel_mismatch
    "o--o--oo++---o-o",  // specification
    "o--o--oo++---o-o",  // decomposition
    "o--oo-o+oo+--o-+",  // delegation
    "+-o++oo++++--o-+",  // critic_quality
    "o-o+ooooooo----+",  // reasoning_consistency
    "o--oo--+--+----+",  // quality_gate
    "+-oo++ooooooo--+",  // citation
    "o-oo++++++o+++++",  // entity_confusion
    "-++-------------",  // n8n_complexity
    "---+o-----------",  // langgraph_edge_misroute
    "+-oo+oooooooo--+",  // hallucination
    "+-oo++ooooooo--+",  // grounding
    "o-oo++++++o+++++",  // injection
    "+-+o++-o--o+++o+",  // persona_drift
    "o-oo+o++++o+++-+",  // withholding
    "+-o++o++++++++-+",  // scope_escalation
    "o-oo++++++o+++++",  // jailbreak_compliance
    "o-oo++++++o+++++",  // over_refusal
    "o-oo++++++o+++++",  // impersonation_risk
    "o--ooo+-oo--o+-+",  // deception
    "-----+----------",  // dify_rag_poisoning
    "-----+----------",  // dify_variable_leak
    "-----+----------",  // dify_classifier_drift
    "------o---------",  // openclaw_elevated_risk
    "------o---------",  // openclaw_sandbox_escape
    "+-o++oo++++--o-+",  // authority_gradient
    "+-o++oo++++--o-+",  // role_usurpation
    "+-o++oo++++--o-+",  // role_usurpation_canonical
    "---------------+",  // role_usurpation_exec
    "+-o++o++++++++-+",  // approval_bypass
    "+-o++o++++++++-+",  // exploration_safety
    "o--oo-++++ooo+-+",  // reward_hacking
    "o--oo-++++ooo+-+",  // cowork_safety
    "o-----oooo+--o-+",  // subagent_boundary
    "+-o++o++++++++-+",  // dispatch_async
    "o---o-oooooooo-+",  // computer_use
    "+-oo++++++oo++-+",  // adaptive_thinking
    "o-ooooooooo----o",  // scheduled_task
    "o-oo++++++o+++++",  // sycophancy
    "+-o++o++++++++-+",  // analytical_semantics
    "+-oo++ooooooo--+",  // chunk_attribution
    "o-oo++++++o+++++",  // instruction_compliance
    "+-o++oo++++--o-+",  // silent_cascade
    "+-o++oo++++--o-+",  // synthesis_failure
    "o--oo-o+oo+--o-+",  // redundant_delegation_conflict
};

}  // namespace

std::string_view feeds_of(const Descriptor& descriptor) {
  std::size_t row = 0;
  for (const Entry* entry : all_detectors()) {
    if (entry->descriptor == &descriptor) return row < std::size(kFeeds) ? kFeeds[row] : std::string_view();
    ++row;
  }
  return {};
}

}  // namespace agentmend
