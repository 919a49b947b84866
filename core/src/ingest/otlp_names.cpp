#include "ingest/otlp_rows.h"

namespace agentmend::otlp {
namespace {

constexpr Name kNames[] = {
    {"gen_ai.operation.name", Field::kOperation, 0},
    {"llm.request.type", Field::kOperation, 1},
    {"openinference.span.kind", Field::kOpeninferenceKind, 0},
    {"ai.operationId", Field::kVercelOperation, 0},
    {"traceloop.span.kind", Field::kTraceloopKind, 0},
    {"gen_ai.agent.name", Field::kAgent, 0},
    {"agent.name", Field::kAgent, 1},
    {"gen_ai.workflow.name", Field::kAgent, 2},
    {"ai.telemetry.functionId", Field::kAgent, 3},
    {"gen_ai.response.model", Field::kModel, 0},
    {"ai.response.model", Field::kModel, 1},
    {"llm.response.model_name", Field::kModel, 2},
    {"gen_ai.request.model", Field::kModel, 3},
    {"llm.model_name", Field::kModel, 4},
    {"llm.request.model_name", Field::kModel, 5},
    {"ai.model.id", Field::kModel, 6},
    {"embedding.model_name", Field::kModel, 7},
    {"gen_ai.usage.input_tokens", Field::kInputTokens, 0},
    {"gen_ai.usage.prompt_tokens", Field::kInputTokens, 1},
    {"llm.token_count.prompt", Field::kInputTokens, 2},
    {"ai.usage.inputTokens", Field::kInputTokens, 3},
    {"ai.usage.promptTokens", Field::kInputTokens, 4},
    {"llm.usage.prompt_tokens", Field::kInputTokens, 5},
    {"gen_ai.usage.output_tokens", Field::kOutputTokens, 0},
    {"gen_ai.usage.completion_tokens", Field::kOutputTokens, 1},
    {"llm.token_count.completion", Field::kOutputTokens, 2},
    {"ai.usage.outputTokens", Field::kOutputTokens, 3},
    {"ai.usage.completionTokens", Field::kOutputTokens, 4},
    {"llm.usage.completion_tokens", Field::kOutputTokens, 5},
    {"gen_ai.usage.cache_read.input_tokens", Field::kCacheRead, 0},
    {"gen_ai.usage.cache_read_input_tokens", Field::kCacheRead, 1},
    {"llm.token_count.prompt_details.cache_read", Field::kCacheRead, 2},
    {"ai.usage.cachedInputTokens", Field::kCacheRead, 3},
    {"gen_ai.usage.cache_creation.input_tokens", Field::kCacheWrite, 0},
    {"gen_ai.usage.cache_creation_input_tokens", Field::kCacheWrite, 1},
    {"llm.token_count.prompt_details.cache_write", Field::kCacheWrite, 2},
    {"llm.cost.total", Field::kCost, 0},
    {"gen_ai.usage.cost", Field::kCost, 1},
    {"gen_ai.tool.name", Field::kTool, 0},
    {"ai.toolCall.name", Field::kTool, 1},
    {"tool.name", Field::kTool, 2},
    {"traceloop.entity.name", Field::kTool, 3},
    {"gen_ai.tool.call.id", Field::kCallId, 0},
    {"ai.toolCall.id", Field::kCallId, 1},
    {"tool_call.id", Field::kCallId, 2},
    {"tool.id", Field::kCallId, 3},
    {"gen_ai.tool.call.arguments", Field::kArguments, 0},
    {"ai.toolCall.args", Field::kArguments, 1},
    {"tool_call.function.arguments", Field::kArguments, 2},
    {"tool.parameters", Field::kParameters, 0},
    {"gen_ai.tool.call.result", Field::kResult, 0},
    {"ai.toolCall.result", Field::kResult, 1},
    {"gen_ai.retrieval.query.text", Field::kQuery, 0},
    {"reranker.query", Field::kQuery, 1},
    {"gen_ai.retrieval.documents", Field::kDocuments, 0},
    {"gen_ai.system_instructions", Field::kSystem, 0},
    {"gen_ai.input.messages", Field::kInput, 0},
    {"ai.prompt.messages", Field::kInput, 1},
    {"gen_ai.prompt", Field::kInput, 2},
    {"ai.prompt", Field::kInput, 3},
    {"gen_ai.output.messages", Field::kOutput, 0},
    {"gen_ai.completion", Field::kOutput, 1},
    {"ai.response.text", Field::kAnswerText, 0},
    {"ai.response.object", Field::kAnswerText, 1},
    {"ai.response.toolCalls", Field::kAnswerCalls, 0},
    {"input.value", Field::kInputValue, 0},
    {"traceloop.entity.input", Field::kInputValue, 1},
    {"input", Field::kInputValue, 2},
    {"output.value", Field::kOutputValue, 0},
    {"traceloop.entity.output", Field::kOutputValue, 1},
    {"output", Field::kOutputValue, 2},
    {"error.type", Field::kErrorType, 0},
};

constexpr Name kFlat[] = {
    {"llm.input_messages.", Field::kFlatInput, 0},      {"llm.output_messages.", Field::kFlatOutput, 0},
    {"gen_ai.prompt.", Field::kFlatInput, 0},           {"gen_ai.completion.", Field::kFlatOutput, 0},
    {"retrieval.documents.", Field::kFlatDocuments, 0}, {"reranker.output_documents.", Field::kFlatDocuments, 0},
};

struct KindName {
  Field field;
  std::string_view name;
  SpanKind kind;
};

constexpr KindName kKinds[] = {
    {Field::kOperation, "chat", SpanKind::kLlm},
    {Field::kOperation, "generate_content", SpanKind::kLlm},
    {Field::kOperation, "text_completion", SpanKind::kLlm},
    {Field::kOperation, "completion", SpanKind::kLlm},
    {Field::kOperation, "embeddings", SpanKind::kEmbedding},
    {Field::kOperation, "embedding", SpanKind::kEmbedding},
    {Field::kOperation, "execute_tool", SpanKind::kTool},
    {Field::kOperation, "invoke_agent", SpanKind::kAgent},
    {Field::kOperation, "create_agent", SpanKind::kAgent},
    {Field::kOperation, "invoke_workflow", SpanKind::kWorkflow},
    {Field::kOperation, "retrieval", SpanKind::kRetrieval},
    {Field::kOperation, "plan", SpanKind::kPlan},
    {Field::kOpeninferenceKind, "LLM", SpanKind::kLlm},
    {Field::kOpeninferenceKind, "TOOL", SpanKind::kTool},
    {Field::kOpeninferenceKind, "AGENT", SpanKind::kAgent},
    {Field::kOpeninferenceKind, "CHAIN", SpanKind::kNode},
    {Field::kOpeninferenceKind, "RETRIEVER", SpanKind::kRetrieval},
    {Field::kOpeninferenceKind, "RERANKER", SpanKind::kRetrieval},
    {Field::kOpeninferenceKind, "EMBEDDING", SpanKind::kEmbedding},
    {Field::kOpeninferenceKind, "GUARDRAIL", SpanKind::kGuardrail},
    {Field::kOpeninferenceKind, "EVALUATOR", SpanKind::kEvaluator},
    {Field::kTraceloopKind, "workflow", SpanKind::kWorkflow},
    {Field::kTraceloopKind, "task", SpanKind::kNode},
    {Field::kTraceloopKind, "agent", SpanKind::kAgent},
    {Field::kTraceloopKind, "tool", SpanKind::kTool},
};

}  // namespace

std::span<const Name> attribute_names() { return kNames; }
std::span<const Name> attribute_prefixes() { return kFlat; }

SpanKind Rows::kind_of(const Row& one, bool outermost) const {
  for (const Field field : {Field::kOperation, Field::kOpeninferenceKind, Field::kTraceloopKind}) {
    const json::View value = get(one, field);
    if (!value.is_string()) continue;
    for (const KindName& kind : kKinds) {
      if (kind.field != field || !value.equals(kind.name)) continue;
      const bool root_chain = kind.kind == SpanKind::kNode && outermost;
      return root_chain ? SpanKind::kWorkflow : kind.kind;
    }
    if (field == Field::kOperation && one.reader->text(value).ends_with("memory")) return SpanKind::kMemory;
  }
  const json::View vercel = get(one, Field::kVercelOperation);
  if (vercel.is_string()) {
    const std::string_view name = one.reader->text(vercel);
    if (name == "ai.toolCall") return SpanKind::kTool;
    if (name.starts_with("ai.embed")) return SpanKind::kEmbedding;
    return name.ends_with(".doGenerate") || name.ends_with(".doStream") ? SpanKind::kLlm : SpanKind::kAgent;
  }
  if (one.is_log || get(one, Field::kInput) || get(one, Field::kOutputTokens)) return SpanKind::kLlm;
  return SpanKind::kEvent;
}

}  // namespace agentmend::otlp
