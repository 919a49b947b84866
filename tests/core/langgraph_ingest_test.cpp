// Runs of LangGraph to a Trace: streams, histories, checkpoints, single records, and graphs given beside them.
#include <gtest/gtest.h>

#include <string>

#include "ingest/ingest.h"

namespace agentmend {
namespace {

Trace read(const std::vector<Document>& documents, std::string_view source = "") {
  auto ingested = ingest(documents, source);
  EXPECT_TRUE(ingested.has_value()) << ingested.error().message;
  if (!ingested) return {};
  EXPECT_EQ(ingested->trace.source, "langgraph");
  return std::move(ingested->trace);
}
Trace read(std::string_view text, std::string_view source = "") { return read({{"run", text}}, source); }

std::vector<const Span*> spans_of(const Trace& trace, SpanKind kind) {
  std::vector<const Span*> out;
  for (const Span& span : trace.spans) {
    if (span.kind == kind) out.push_back(&span);
  }
  return out;
}
std::size_t turns_of(const Trace& trace) {
  std::size_t count = 0;
  for (const Event& event : trace.events) count += event.kind == EventKind::kTurn ? 1 : 0;
  return count;
}

constexpr std::string_view kDebug =
    R"({"step":0,"type":"checkpoint","timestamp":"2026-01-01T00:00:00Z","payload":{"config":{"configurable":{"thread_id":"t1","checkpoint_ns":""}},"values":{"messages":[{"lc":1,"type":"constructor","id":["langchain_core","messages","HumanMessage"],"kwargs":{"id":"h","content":"Where is it?"}}]},"metadata":{"step":0},"next":["agent"]}}
{"step":1,"type":"task","timestamp":"2026-01-01T00:00:01Z","payload":{"id":"k1","name":"agent","input":{"messages":[{"lc":1,"type":"constructor","id":["langchain_core","messages","HumanMessage"],"kwargs":{"id":"h","content":"Where is it?"}}]},"triggers":["branch:to:agent"]}}
{"step":1,"type":"task_result","timestamp":"2026-01-01T00:00:03Z","payload":{"id":"k1","name":"agent","error":null,"interrupts":[],"result":{"messages":{"$writes":[{"type":"ai","id":"a1","content":"","tool_calls":[{"id":"c1","name":"find","args":{"q":1}},{"id":"c2","name":"look","args":{}}],"usage_metadata":{"input_tokens":40,"output_tokens":5,"input_token_details":{"cache_read":30}},"response_metadata":{"model_name":"m-1"}}]}}}}
{"step":2,"type":"task","timestamp":"2026-01-01T00:00:04Z","payload":{"id":"k2","name":"tools","input":{},"triggers":["branch:to:tools"]}}
{"step":2,"type":"task_result","timestamp":"2026-01-01T00:00:06Z","payload":{"id":"k2","name":"tools","error":null,"interrupts":[],"result":[["messages",[{"type":"tool","tool_call_id":"c2","content":"none","status":"error"},{"type":"tool","tool_call_id":"c1","content":"here"}]]]}}
{"step":2,"type":"checkpoint","timestamp":"2026-01-01T00:00:07Z","payload":{"config":{"configurable":{"thread_id":"t1","checkpoint_ns":""}},"values":{"messages":[{"type":"human","id":"h","content":"Where is it?"},{"type":"ai","id":"a1","content":"","tool_calls":[{"id":"c1","name":"find","args":{"q":1}},{"id":"c2","name":"look","args":{}}]},{"type":"tool","id":"new-id","tool_call_id":"c2","content":"none","status":"error"},{"type":"tool","id":"newer","tool_call_id":"c1","content":"here"}]},"metadata":{"step":2},"next":[]}}
)";

TEST(LanggraphIngest, ADebugStreamTellsEachMessageOnceAndPairsCalls) {
  const Trace trace = read(kDebug);

  EXPECT_EQ(trace.framework, "langgraph");
  EXPECT_EQ(trace.id, "t1");
  EXPECT_EQ(trace.task, "Where is it?");
  EXPECT_EQ(trace.status, RunStatus::kOk);
  EXPECT_EQ(turns_of(trace), 1u);
  EXPECT_EQ(trace.states.size(), 2u);
  EXPECT_EQ(trace.states[1].step, 2);
  EXPECT_EQ(trace.agents.size(), 1u);
  ASSERT_EQ(trace.spans.size(), 6u);  // the run, agent, its model call, two calls, tools
  const auto nodes = spans_of(trace, SpanKind::kNode);
  ASSERT_EQ(nodes.size(), 2u);
  EXPECT_EQ(nodes[0]->start_ns, 1'767'225'601'000'000'000);
  EXPECT_EQ(nodes[0]->end_ns, 1'767'225'603'000'000'000);
  EXPECT_EQ(pointer_of(trace, nodes[0]->place), "/1/payload");
  EXPECT_EQ(pointer_of(trace, nodes[0]->result), "/2/payload");
  const auto models = spans_of(trace, SpanKind::kLlm);
  ASSERT_EQ(models.size(), 1u);
  EXPECT_EQ(models[0]->model, "m-1");
  EXPECT_EQ(models[0]->parent, 1u);
  EXPECT_EQ(trace.usage.input_tokens, 40);
  EXPECT_EQ(trace.usage.cache_read_tokens, 30);
  const auto calls = spans_of(trace, SpanKind::kTool);
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0]->name, "find");
  EXPECT_EQ(calls[0]->status, SpanStatus::kOk);
  EXPECT_EQ(pointer_of(trace, calls[0]->result), "/4/payload/result/0/1/1");
  EXPECT_EQ(calls[1]->status, SpanStatus::kError);
  EXPECT_EQ(calls[1]->error, "none");
}

TEST(LanggraphIngest, AGraphIsInferredUnlessItIsGiven) {
  const Trace alone = read(kDebug);
  EXPECT_TRUE(alone.graph.inferred);
  EXPECT_EQ(alone.graph.nodes.size(), 3u);
  ASSERT_EQ(alone.graph.edges.size(), 2u);
  EXPECT_EQ(alone.graph.nodes[alone.graph.edges[1].to].name, "tools");

  constexpr std::string_view kGraph = R"({"nodes":[{"id":"__start__"},{"id":"agent"},{"id":"tools"},{"id":"__end__"}],
    "edges":[{"source":"__start__","target":"agent"},{"source":"agent","target":"tools","conditional":true,"data":"call"},
    {"source":"agent","target":"__end__","conditional":true},{"source":"tools","target":"agent"},{"source":"x","target":"agent"}]})";
  const std::string_view texts[2][2] = {{kGraph, kDebug}, {kDebug, kGraph}};
  for (const auto& pair : texts) {
    const Trace both = read({{"a", pair[0]}, {"b", pair[1]}});
    EXPECT_FALSE(both.graph.inferred);
    EXPECT_EQ(both.graph.nodes.size(), 4u);
    ASSERT_EQ(both.graph.edges.size(), 4u);
    EXPECT_EQ(both.graph.edges[1].condition, "call");
    EXPECT_EQ(both.graph.edges[2].condition, "conditional");
    EXPECT_EQ(spans_of(both, SpanKind::kNode).size(), 2u);
  }
}

TEST(LanggraphIngest, AHistoryIsReadFromItsOldestSnapshot) {
  const Trace trace = read(R"([
   {"values":{"n":2},"next":[],"tasks":[],"metadata":{"source":"loop","step":2},"config":{"configurable":{"thread_id":"t"}},"created_at":"2026-01-01T00:00:05+00:00"},
   {"values":{"n":1},"next":["b"],"tasks":[{"id":"y","name":"b","result":{"n":2}}],"metadata":{"source":"loop","step":1},"config":{"configurable":{"thread_id":"t"}},"created_at":"2026-01-01T00:00:03+00:00"},
   {"values":{"n":0},"next":["a"],"tasks":[{"id":"x","name":"a","error":"ValueError: bad"}],"metadata":{"source":"loop","step":0},"config":{"configurable":{"thread_id":"t"}},"created_at":"2026-01-01T00:00:01+00:00"}])");

  ASSERT_EQ(trace.states.size(), 3u);
  EXPECT_EQ(trace.states[0].values, R"({"n":0})");
  EXPECT_EQ(trace.states[2].node, "b");
  EXPECT_EQ(pointer_of(trace, trace.states[0].place), "/2/values");
  const auto nodes = spans_of(trace, SpanKind::kNode);
  ASSERT_EQ(nodes.size(), 2u);
  EXPECT_EQ(nodes[0]->name, "a");
  EXPECT_EQ(nodes[0]->error, "ValueError: bad");
  EXPECT_EQ(nodes[1]->end_ns - nodes[1]->start_ns, 2'000'000'000);
  EXPECT_EQ(trace.failed_steps, 1u);
  EXPECT_EQ(trace.status, RunStatus::kOk);
}

TEST(LanggraphIngest, StreamsOfUpdatesAndValuesWithNamespaces) {
  const Trace trace = read(R"([[],"values",{"messages":[["user","Go."]]}]
[["team:k9"],"updates",{"research":{"messages":[{"type":"ai","content":"Found.","id":"a"}]}}]
[[],"updates",{"team":{"messages":[{"type":"ai","content":"Found.","id":"a"}],"docs":[{"page_content":"P","metadata":{"title":"T","score":0.5}}]}}]
[[],"values",{"messages":[["user","Go."],{"type":"ai","content":"Found.","id":"a"}]}]
[[],"updates",{"__interrupt__":[{"value":"ok?"}]}]
[[],"nonsense",{}]
)");

  EXPECT_EQ(turns_of(trace), 2u);
  ASSERT_EQ(trace.agents.size(), 2u);
  EXPECT_EQ(trace.agents[1], "team");
  EXPECT_EQ(trace.states.size(), 2u);
  EXPECT_EQ(trace.states[1].node, "team");
  EXPECT_EQ(trace.status, RunStatus::kInterrupted);
  EXPECT_EQ(spans_of(trace, SpanKind::kNode).size(), 2u);
  ASSERT_EQ(spans_of(trace, SpanKind::kRetrieval).size(), 1u);
  std::size_t unknown = 0;
  for (const Loss& loss : trace.losses) unknown += loss.code == "unknown_event" ? loss.count : 0;
  EXPECT_EQ(unknown, 1u);
}

TEST(LanggraphIngest, PiecesOfAMessageAreOneTurnAndTransfersAreHandoffs) {
  const Trace trace = read(
      R"(["messages",[{"type":"AIMessageChunk","id":"m","content":"I pass ","name":"boss","tool_call_chunks":[]},{"langgraph_node":"boss","langgraph_checkpoint_ns":"boss:1","ls_model_name":"m-2"}]]
["messages",[{"type":"AIMessageChunk","id":"m","content":"this on.","tool_call_chunks":[{"id":"c","name":"transfer_to_lawyer","args":"{\"a\"","index":0}]},{"langgraph_node":"boss"}]]
["messages",[{"type":"AIMessageChunk","id":"m","content":"","tool_call_chunks":[{"args":":1}","index":0}],"usage_metadata":{"input_tokens":7,"output_tokens":3}},{"langgraph_node":"boss"}]]
["messages",[{"type":"tool","tool_call_id":"c","content":"transferred"},{"langgraph_node":"tools"}]]
)");

  const auto models = spans_of(trace, SpanKind::kLlm);
  ASSERT_EQ(models.size(), 1u);
  EXPECT_EQ(models[0]->model, "m-2");
  EXPECT_EQ(trace.usage.input_tokens, 7);
  ASSERT_EQ(trace.events.size(), 4u);
  EXPECT_EQ(trace.events[0].text, "I pass this on.");
  EXPECT_EQ(trace.events[1].text, R"({"a":1})");
  EXPECT_EQ(trace.events[2].kind, EventKind::kHandoff);
  EXPECT_EQ(trace.events[2].id, "lawyer");
  EXPECT_EQ(trace.events[3].status, CallStatus::kOk);
}

TEST(LanggraphIngest, ErrorsSayHowARunEnded) {
  const std::string start(kDebug.substr(0, kDebug.find('\n') + 1));
  const std::string over =  // a trace holds views of its text
      start +
      R"({"type":"error","error":{"name":"GraphRecursionError","message":"too many","lc_error_code":"GRAPH_RECURSION_LIMIT"}})" +
      "\n";
  const Trace limit = read(over);
  EXPECT_EQ(limit.status, RunStatus::kLimit);
  EXPECT_EQ(limit.spans[0].error, "too many");
  const std::string broken = start + R"({"type":"error","error":"boom"})" + "\n";
  const Trace failed = read(broken);
  EXPECT_EQ(failed.status, RunStatus::kError);
  EXPECT_EQ(failed.failed_steps, 1u);
}

TEST(LanggraphIngest, ARunAsOneRecord) {
  const Trace trace = read(R"({"graph_execution":{"graph_id":"g","thread_id":"t","status":"recursion_limit","nodes":[
    {"node_id":"n2","node_type":"tool","title":"Look up","superstep":1,"status":"failed","inputs":{"q":1},"outputs":{},"error":"timeout","token_count":0},
    {"node_id":"n1","node_type":"llm","title":"Think","superstep":0,"status":"succeeded","inputs":{"messages":[{"role":"user","content":"Hi"}]},
     "outputs":{"answer":"Hello"},"token_count":12,"metadata":{"model":"m"},"started_at":"2026-01-01T00:00:00Z","finished_at":"2026-01-01T00:00:02Z"}],
    "edges":[{"source":"n1","target":"n2","edge_type":"conditional","condition":"c"}],
    "state_snapshots":[{"superstep":0,"state":{"a":1}},{"superstep":1,"state":7}]}})");

  EXPECT_EQ(trace.status, RunStatus::kLimit);
  EXPECT_EQ(trace.task, "Hi");
  ASSERT_EQ(trace.spans.size(), 3u);
  EXPECT_EQ(trace.spans[1].kind, SpanKind::kLlm);
  EXPECT_EQ(trace.spans[1].end_ns - trace.spans[1].start_ns, 2'000'000'000);
  EXPECT_EQ(pointer_of(trace, trace.spans[1].place), "/graph_execution/nodes/1");
  EXPECT_EQ(trace.spans[2].status, SpanStatus::kError);
  EXPECT_EQ(trace.spans[2].error, "timeout");
  EXPECT_EQ(trace.usage.input_tokens, 12);
  EXPECT_EQ(trace.states.size(), 1u);
  ASSERT_EQ(trace.losses.size(), 1u);
  EXPECT_EQ(trace.losses[0].code, "unknown_part");
  EXPECT_EQ(trace.graph.edges[0].condition, "c");
}

TEST(LanggraphIngest, DumpsOfACheckpointer) {
  const Trace trace = read(R"({"checkpoints":[
    {"checkpoint":{"id":"2","ts":"2026-01-01T00:00:02Z","channel_values":{"messages":[["human","a"],["ai","b"]]},"channel_versions":{}},"metadata":{"step":1},"config":{"configurable":{"thread_id":"t"}}},
    {"checkpoint":{"id":"1","ts":"2026-01-01T00:00:01Z","channel_values":{"x":1},"channel_versions":{}},"metadata":{"step":0},"config":{"configurable":{"thread_id":"other"}}},
    {"checkpoint":{"id":"1","ts":"2026-01-01T00:00:01Z","channel_values":{"messages":[["human","a"]]},"channel_versions":{}},"metadata":{"step":0},"config":{"configurable":{"thread_id":"t"}}}]})");

  EXPECT_EQ(turns_of(trace), 2u);
  EXPECT_EQ(trace.id, "t");
  EXPECT_EQ(trace.states.size(), 2u);
  EXPECT_EQ(trace.states[0].step, 0);
  ASSERT_EQ(trace.losses.size(), 2u);
  EXPECT_EQ(trace.losses[0].code, "other_run");
}

TEST(LanggraphIngest, OddPartsAreCountedAndNeverATrap) {
  const Trace trace = read(R"({"step":1,"type":"task","payload":{"id":7,"name":null}}
{"step":1,"type":"task_result","payload":{"id":"u","name":"late","result":[1,[],["k"],{"$writes":[null,{"messages":[3,{"type":"ai"}]}]}],"error":{"x":1}}}
{"step":"x","type":"checkpoint","payload":{"values":3}}
{"step":2,"type":"checkpoint","payload":{"values":3}}
{"step":2,"type":"surprise","payload":{}}
["updates",5]
["messages",[]]
[]
7
)");

  EXPECT_EQ(spans_of(trace, SpanKind::kNode).size(), 1u);
  EXPECT_EQ(spans_of(trace, SpanKind::kNode)[0]->status, SpanStatus::kError);
  EXPECT_GE(trace.losses.size(), 2u);
}

TEST(LanggraphIngest, IsReadWhenNamedAndRefusedWithoutItsMarks) {
  EXPECT_EQ(read(kDebug, "langgraph").states.size(), 2u);
  const auto chat = ingest({{"chat", R"([{"role":"user","content":"Hi"}])"}}, "langgraph");
  ASSERT_FALSE(chat.has_value());
  EXPECT_EQ(chat.error().code, ErrorCode::kDetectMismatch);
}

}  // namespace
}  // namespace agentmend
