// Runs exported from LangSmith to a Trace.
#include <gtest/gtest.h>

#include "ingest/ingest.h"

namespace agentmend {
namespace {

Trace read(std::string_view text, std::string_view source = "") {
  auto ingested = ingest({{"runs", text}}, source);
  EXPECT_TRUE(ingested.has_value()) << ingested.error().message;
  if (!ingested) return {};
  EXPECT_EQ(ingested->trace.source, "langsmith");
  return std::move(ingested->trace);
}

// In the order of their ends, as an export may give them.
constexpr std::string_view kRuns = R"([
 {"id":"r3","trace_id":"r1","parent_run_id":"r1","dotted_order":"1.3","name":"search","run_type":"tool","start_time":"2026-01-01T00:00:02.000000","end_time":"2026-01-01T00:00:03.500000","inputs":{"input":"{\"q\":1}"},"outputs":{"output":{"type":"tool","content":"found","tool_call_id":"c1"}},"status":"success"},
 {"id":"r2","trace_id":"r1","parent_run_id":"r1","dotted_order":"1.2","name":"ChatModel","run_type":"llm","start_time":"2026-01-01T00:00:01","end_time":"2026-01-01T00:00:02","extra":{"invocation_params":{"model":"m-1"}},
  "inputs":{"messages":[[{"lc":1,"type":"constructor","id":["langchain","schema","messages","HumanMessage"],"kwargs":{"content":"Find it."}}]]},
  "outputs":{"generations":[[{"text":"","message":{"lc":1,"type":"constructor","id":["langchain","schema","messages","AIMessage"],"kwargs":{"id":"a","content":"","tool_calls":[{"id":"c1","name":"search","args":{"q":1}}]}}}]],"llm_output":{"token_usage":{"prompt_tokens":20,"completion_tokens":4}}},"status":"success"},
 {"id":"r4","trace_id":"r1","parent_run_id":"r1","dotted_order":"1.4","name":"docs","run_type":"retriever","start_time":1767225604000,"end_time":1767225605000,"inputs":{"query":"it"},"outputs":{"documents":[{"page_content":"text","metadata":{"source":"a.md","score":0.4}}]}},
 {"id":"r5","trace_id":"r1","parent_run_id":"r1","dotted_order":"1.5","name":"ChatModel","run_type":"llm","start_time":"2026-01-01T00:00:05","end_time":"2026-01-01T00:00:06","extra":{"metadata":{"ls_model_name":"m-2"}},
  "inputs":{"messages":[[{"type":"human","content":"Find it."},{"type":"ai","id":"a","content":"","tool_calls":[{"id":"c1","name":"search","args":{"q":1}}]},{"type":"tool","tool_call_id":"c1","content":"found"}]]},
  "outputs":{"generations":[[{"text":"Here."}]]},"prompt_tokens":30,"completion_tokens":2},
 {"id":"x","trace_id":"other","name":"y","run_type":"chain"},
 {"id":"r1","trace_id":"r1","dotted_order":"1","name":"Bot","run_type":"chain","start_time":"2026-01-01T00:00:00","end_time":"2026-01-01T00:00:07","inputs":{"input":"Find it."},"error":"ValueError: no\n  at line 1"},
 {"id":7,"run_type":"llm"}])";

TEST(LangsmithIngest, RunsBecomeSpansBelowTheirParents) {
  const Trace trace = read(kRuns);

  EXPECT_EQ(trace.framework, "langchain");
  EXPECT_EQ(trace.id, "r1");
  EXPECT_EQ(trace.task, "Find it.");
  EXPECT_EQ(trace.status, RunStatus::kError);
  ASSERT_EQ(trace.spans.size(), 5u);
  constexpr SpanKind kKinds[] = {SpanKind::kWorkflow, SpanKind::kLlm, SpanKind::kTool, SpanKind::kRetrieval,
                                 SpanKind::kLlm};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(trace.spans[i].kind, kKinds[i]);
    EXPECT_EQ(trace.spans[i].parent, i == 0 ? Span::kNone : 0u);
  }
  EXPECT_EQ(trace.spans[0].error, "ValueError: no");
  EXPECT_EQ(pointer_of(trace, trace.spans[0].place), "/5");
  EXPECT_EQ(trace.spans[1].model, "m-1");
  EXPECT_EQ(trace.spans[4].model, "m-2");
  EXPECT_EQ(trace.spans[2].status, SpanStatus::kOk);
  EXPECT_EQ(trace.spans[2].end_ns - trace.spans[2].start_ns, 1'500'000'000);
  EXPECT_EQ(trace.spans[3].start_ns, 1'767'225'604'000'000'000);
  EXPECT_EQ(trace.usage.input_tokens, 50);
  EXPECT_EQ(trace.usage.output_tokens, 6);
}

TEST(LangsmithIngest, ACallAndItsRunAreOneAndHistoryIsToldOnce) {
  const Trace trace = read(kRuns);

  ASSERT_EQ(trace.events.size(), 5u);
  EXPECT_EQ(trace.events[0].role, Role::kUser);
  EXPECT_EQ(trace.events[0].text, "Find it.");
  EXPECT_EQ(trace.events[1].kind, EventKind::kToolCall);
  EXPECT_EQ(trace.events[1].text, R"({"q":1})");
  EXPECT_EQ(trace.events[2].kind, EventKind::kToolResult);
  EXPECT_EQ(trace.events[2].text, "found");
  ASSERT_EQ(trace.events[3].documents.size(), 1u);
  EXPECT_EQ(trace.events[3].text, "it");
  EXPECT_EQ(trace.events[3].documents[0].title, "a.md");
  EXPECT_EQ(trace.events[4].text, "Here.");
  ASSERT_EQ(trace.losses.size(), 2u);
  EXPECT_EQ(trace.losses[0].code, "other_run");
  EXPECT_EQ(trace.losses[1].code, "unknown_part");
}

TEST(LangsmithIngest, ATreeOfChildRunsAndGraphsWithinGraphs) {
  const Trace trace = read(
      R"({"id":"1","name":"LangGraph","run_type":"chain","start_time":1,"end_time":9,"inputs":{"messages":[["user","Hi"]]},"child_runs":[
    {"id":"2","parent_run_id":"1","name":"team","run_type":"chain","start_time":2,"end_time":8,"extra":{"metadata":{"langgraph_node":"team","langgraph_step":1,"langgraph_triggers":["branch:to:team"],"langgraph_checkpoint_ns":"team:k"}},"child_runs":[
      {"id":"3","parent_run_id":"2","name":"write","run_type":"chain","start_time":3,"end_time":2,"extra":{"metadata":{"langgraph_node":"write","langgraph_checkpoint_ns":"team:k|write:l"}}}]},
    {"id":"4","parent_run_id":"4","name":"loop","run_type":"chain"}]})");

  EXPECT_EQ(trace.framework, "langgraph");
  EXPECT_EQ(trace.status, RunStatus::kOk);
  ASSERT_EQ(trace.agents.size(), 2u);
  EXPECT_EQ(trace.agents[1], "team");
  ASSERT_EQ(trace.spans.size(), 4u);
  EXPECT_TRUE(trace.graph.inferred);
  EXPECT_EQ(trace.graph.edges.size(), 1u);
  bool bad_time = false;
  for (const Loss& loss : trace.losses) bad_time = bad_time || loss.code == "bad_time";
  EXPECT_TRUE(bad_time);
}

}  // namespace
}  // namespace agentmend
