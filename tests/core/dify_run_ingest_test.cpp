// Runs of Dify apps to a Trace, alone and beside the definition of the app.
#include <gtest/gtest.h>

#include "ingest/ingest.h"

namespace agentmend {
namespace {

constexpr std::string_view kRun = R"({"workflow_run":{"workflow_run_id":"r","status":"failed","nodes":[
 {"node_id":"a","node_type":"knowledge_retrieval","title":"Find","status":"succeeded","inputs":{"query":"q"},"outputs":"{\"documents\":[{\"content\":\"c\",\"title\":\"t\",\"relevance_score\":0.8}]}"},
 {"node_id":"b","node_type":"iteration","title":"Each","status":"succeeded"},
 {"node_id":"c","node_type":"http_request","title":"Get","status":"failed","error":"timeout","inputs":{"url":"u"},"outputs":{},"parent_node_id":"b","elapsed_time":1.5,"created_at":1767225600},
 {"node_id":"d","node_type":"llm","title":"Say","status":"exception","inputs":{"model":"m"},"outputs":{"text":"Hi"},"token_count":9,"outputs_truncated":true},
 7]}})";

TEST(DifyRunIngest, NodesBecomeSpansCallsAndRetrievals) {
  const auto read = ingest({{"run", kRun}}, "");
  ASSERT_TRUE(read.has_value()) << read.error().message;
  const Trace& trace = read->trace;
  EXPECT_EQ(trace.source, "dify-run");
  EXPECT_EQ(trace.status, RunStatus::kError);
  ASSERT_EQ(trace.spans.size(), 5u);
  EXPECT_EQ(trace.spans[1].kind, SpanKind::kRetrieval);
  EXPECT_EQ(trace.spans[3].parent, 2u);
  EXPECT_EQ(trace.spans[3].error, "timeout");
  EXPECT_EQ(trace.spans[3].end_ns - trace.spans[3].start_ns, 1'500'000'000);
  EXPECT_EQ(trace.spans[4].model, "m");
  EXPECT_EQ(trace.spans[4].status, SpanStatus::kError);
  EXPECT_EQ(pointer_of(trace, trace.spans[4].place), "/workflow_run/nodes/3");
  EXPECT_EQ(trace.usage.input_tokens, 9);
  ASSERT_EQ(trace.events.size(), 4u);
  EXPECT_EQ(trace.events[0].documents[0].score, 0.8);
  EXPECT_EQ(trace.events[2].status, CallStatus::kError);
}

TEST(DifyRunIngest, TheDefinitionBesideARunIsItsGraph) {
  constexpr std::string_view kApp = R"({"kind":"app","workflow":{"graph":{"nodes":[{"id":"a","data":{"type":"start"}},
   {"id":"b","data":{"type":"llm","title":"B"}}],"edges":[{"source":"a","target":"b","sourceHandle":"true"}]}}})";
  const auto read = ingest({{"app", kApp}, {"run", kRun}}, "");
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_FALSE(read->trace.graph.inferred);
  ASSERT_EQ(read->trace.graph.edges.size(), 1u);
  EXPECT_EQ(read->trace.graph.edges[0].condition, "true");
  EXPECT_EQ(read->trace.spans.size(), 5u);
}

}  // namespace
}  // namespace agentmend
