// Vercel AI SDK, ATIF and plain chats to a Trace.
#include <gtest/gtest.h>

#include "ingest/ingest.h"

namespace agentmend {
namespace {

Trace read(std::string_view text, std::string_view source) {
  auto ingested = ingest({{"run.json", text}}, "");
  EXPECT_TRUE(ingested.has_value()) << ingested.error().message;
  if (!ingested) return {};
  EXPECT_EQ(ingested->trace.source, source);
  return std::move(ingested->trace);
}

std::uint32_t lost(const Trace& trace, std::string_view code) {
  for (const Loss& loss : trace.losses) {
    if (loss.code == code) return loss.count;
  }
  return 0;
}

TEST(VercelIngest, StepsOfBothVersionsAndErrorsThatAreEmptyInJson) {
  const Trace trace = read(R"({"finishReason":"length","usage":{"inputTokens":99},"steps":[
    {"text":"Let me look.","toolCalls":[{"toolCallId":"a","toolName":"get","args":{"id":1}}],
     "toolResults":[{"toolCallId":"a","toolName":"get","args":{"id":1},"result":{"ok":true}}],"finishReason":"tool-calls",
     "usage":{"promptTokens":5,"completionTokens":2},"response":{"modelId":"m","timestamp":"2026-01-01T00:00:00.000Z"}},
    {"content":[{"type":"tool-call","toolCallId":"b","toolName":"get","input":{"id":2}},
      {"type":"tool-error","toolCallId":"b","toolName":"get","error":{}},
      {"type":"tool-call","toolCallId":"c","toolName":"get","input":{"id":3}},
      {"type":"tool-error","toolCallId":"c","toolName":"get","error":{}}],
     "finishReason":{"unified":"length","raw":"max"},"usage":{"inputTokens":7,"outputTokens":1},
     "response":{"messages":[{"role":"tool","content":[{"type":"tool-result","toolCallId":"b","output":{"type":"error-text","value":"timeout"}}]}]}}]})",
                           "vercel-ai-sdk");

  EXPECT_EQ(trace.status, RunStatus::kLimit);
  EXPECT_EQ(trace.usage.input_tokens, 12);  // of the steps, not of the total
  ASSERT_EQ(trace.events.size(), 7u);
  EXPECT_EQ(trace.events[0].text, "Let me look.");
  EXPECT_EQ(trace.events[2].text, R"({"ok":true})");
  EXPECT_EQ(trace.events[2].status, CallStatus::kOk);
  EXPECT_EQ(trace.events[4].status, CallStatus::kError);
  EXPECT_EQ(trace.events[4].error, "timeout");
  EXPECT_EQ(trace.events[6].status, CallStatus::kError);
  EXPECT_EQ(lost(trace, "redacted"), 1u);
  EXPECT_EQ(trace.spans[0].start_ns, 1767225600000000000);
  EXPECT_EQ(pointer_of(trace, trace.events[4].place), "/steps/1/content/1");
}

TEST(VercelIngest, PartsOfUiMessagesHaveStates) {
  const Trace trace = read(R"([{"id":"1","role":"user","parts":[{"type":"text","text":"weather?"}]},
    {"id":"2","role":"assistant","parts":[{"type":"step-start"},
      {"type":"tool-weather","toolCallId":"a","state":"output-available","input":{"c":"Rome"},"output":"sunny"},
      {"type":"dynamic-tool","toolName":"mail","toolCallId":"b","state":"output-error","input":{},"errorText":"no server"},
      {"type":"tool-pay","toolCallId":"d","state":"output-denied","input":{}},
      {"type":"tool-wait","toolCallId":"e","state":"input-available","input":{}},{"type":"data-x","data":1},
      {"type":"file","url":"x"},{"type":"step-start"},{"type":"text","text":"Sunny."}]}])",
                           "vercel-ai-sdk");

  std::size_t models = 0;
  for (const Span& span : trace.spans) models += span.kind == SpanKind::kLlm ? 1 : 0;
  EXPECT_EQ(models, 2u);
  ASSERT_EQ(trace.events.size(), 9u);
  EXPECT_EQ(trace.events[1].name, "weather");
  EXPECT_EQ(trace.events[2].text, "sunny");
  EXPECT_EQ(trace.events[4].error, "no server");
  EXPECT_EQ(trace.events[6].status, CallStatus::kBlocked);
  EXPECT_EQ(trace.events[8].text, "Sunny.");
  EXPECT_EQ(lost(trace, "media_dropped"), 1u);
}

TEST(AtifIngest, ObservationsBelongToTheirStep) {
  const Trace trace =
      read(R"({"schema_version":"ATIF-v1.4","session_id":"s","agent":{"name":"coder","model_name":"m"},"steps":[
    {"step_id":1,"source":"user","message":[{"type":"text","text":"old"}],"is_copied_context":true},
    {"step_id":2,"source":"user","message":"fix it","timestamp":"2026-01-01T00:00:00Z"},
    {"step_id":3,"source":"agent","message":"I run it.","timestamp":"2026-01-01T00:00:02+00:00",
     "tool_calls":[{"tool_call_id":"a","function_name":"bash","arguments":{"cmd":"make"}}],
     "observation":{"results":[{"content":"cc: error\n[exit code 2]"}]
}
, "metrics" : { "prompt_tokens" : 10, "completion_tokens" : 4, "cached_tokens" : 6, "cost_usd" : 0.001 }
},
    {"step_id":4,"source":"agent","message":"","llm_call_count":0,
     "tool_calls":[{"tool_call_id":"b","function_name":"x","arguments":{}},{"tool_call_id":"c","function_name":"y","arguments":{}}],
     "observation":{"results":[{"source_call_id":"c","content":"fine"},{"source_call_id":"b","content":"no","extra":{"success":false}},{"content":"the screen changed"}]}}],
    "final_metrics":{
  "total_prompt_tokens" : 10, "total_cost_usd" : 0.001
}
})",
           "atif");

  EXPECT_EQ(trace.id, "s");
  EXPECT_EQ(trace.task, "fix it");
  EXPECT_EQ(trace.usage.input_tokens, 10);
  EXPECT_EQ(trace.usage.cache_read_tokens, 6);
  EXPECT_EQ(trace.usage.cost_micro_usd, 1000);
  ASSERT_EQ(trace.events.size(), 9u);
  EXPECT_EQ(trace.events[3].status, CallStatus::kError);  // the terminal says so
  EXPECT_EQ(trace.events[6].name, "y");
  EXPECT_EQ(trace.events[6].status, CallStatus::kOk);
  EXPECT_EQ(trace.events[7].status, CallStatus::kError);
  EXPECT_EQ(trace.events[8].role, Role::kSystem);
  EXPECT_EQ(trace.spans[1].model, "m");
  EXPECT_EQ(trace.spans[0].end_ns, 1767225602000000000);
  EXPECT_EQ(pointer_of(trace, trace.events[7].place), "/steps/3/observation/results/1");
}

TEST(AtifIngest, TrajectoriesOfSubAgentsAreToldWhereTheyAreReferredTo) {
  const Trace trace = read(R"({"schema_version":"ATIF-v1.7","agent":{"name":"lead"},"steps":[
    {"step_id":1,"source":"agent","message":"Delegating.","tool_calls":[{"tool_call_id":"a","function_name":"spawn","arguments":{}}],
     "observation":{"results":[{"source_call_id":"a","content":"ok","subagent_trajectory_ref":[{"trajectory_id":"t2"}]}]}},
    {"step_id":2,"source":"agent","message":"Done."}],
    "subagent_trajectories":[{"trajectory_id":"t2","agent":{"name":"helper"},"steps":[{"step_id":1,"source":"user","message":"look"},
      {"step_id":2,"source":"agent","message":"found"}]}]})",
                           "atif");

  ASSERT_EQ(trace.agents.size(), 2u);
  ASSERT_EQ(trace.events.size(), 7u);
  EXPECT_EQ(trace.events[2].kind, EventKind::kHandoff);
  EXPECT_EQ(trace.events[2].text, "look");
  EXPECT_EQ(trace.events[4].text, "found");
  EXPECT_EQ(trace.events[4].agent, 1u);
  EXPECT_EQ(trace.events[5].kind, EventKind::kToolResult);
  EXPECT_EQ(trace.events[6].agent, 0u);
}

TEST(ChatIngest, ConversationsInsideConversationsKeepTheirOrder) {
  const Trace arrays =
      read(R"([[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],[{"role":"user","content":"c"}]])",
           "plain-chat");
  ASSERT_EQ(arrays.events.size(), 3u);
  EXPECT_EQ(arrays.events[2].text, "c");
  EXPECT_EQ(pointer_of(arrays, arrays.events[2].place), "/1/0");

  const Trace lines = read(
      "{\"conversations\":[{\"from\":\"human\",\"value\":\"a\"},{\"from\":\"gpt\",\"value\":\"b\"}]}\n"
      "{\"conversations\":[{\"from\":\"human\",\"value\":\"c\"}]}\n",
      "plain-chat");
  ASSERT_EQ(lines.events.size(), 3u);
  EXPECT_EQ(lines.events[1].role, Role::kAssistant);
}

TEST(AgentsIngest, WrongTypesAreNeverATrap) {
  for (
      const std::string_view odd :
      {R"({"steps":[{"finishReason":7,"content":[7,null,{"type":"tool-error","error":{}}],"usage":[],"response":7}]})",
       R"({"steps":[{"finishReason":"stop","toolCalls":[7],"toolResults":[{}]},7]})",
       R"({"schema_version":"ATIF-v1.7","steps":[7,{},{"source":"agent","message":{},"tool_calls":[7],"observation":{"results":[7]}}],"subagent_trajectories":[7,{"steps":7}]})",
       R"([{"role":"user","parts":[{"type":"text","text":5},7,{"type":"tool-x","state":9},{"type":"tool-invocation"}]},{"role":"user","parts":[]},7])"}) {
    EXPECT_TRUE(ingest({{"odd.json", odd}}, "").has_value()) << odd;
  }
  const auto wrong = ingest({{"odd.json", R"({"schema_version":"ATIF-v1.7","steps":{}})"}}, "");
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().code, ErrorCode::kSchemaType);
}

}  // namespace
}  // namespace agentmend
