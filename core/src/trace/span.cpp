#include "trace/span.h"

namespace agentmend {

std::string_view name_of(SpanKind kind) {
  constexpr std::string_view kNames[] = {"workflow",  "agent",  "llm",   "tool",    "retrieval",
                                         "embedding", "memory", "plan",  "handoff", "guardrail",
                                         "evaluator", "node",   "state", "event"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view name_of(SpanStatus status) {
  constexpr std::string_view kNames[] = {"unset", "ok", "error", "blocked", "missing", "pending", "orphan"};
  return kNames[static_cast<std::size_t>(status)];
}

Usage& Usage::operator+=(const Usage& more) {
  input_tokens += more.input_tokens;
  output_tokens += more.output_tokens;
  cache_read_tokens += more.cache_read_tokens;
  cache_write_tokens += more.cache_write_tokens;
  if (more.cost_micro_usd >= 0) cost_micro_usd = (cost_micro_usd < 0 ? 0 : cost_micro_usd) + more.cost_micro_usd;
  return *this;
}

}  // namespace agentmend
