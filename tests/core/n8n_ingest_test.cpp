// n8n workflows and executions to a Trace: every shape in which n8n hands them out, and the graph toolkit below.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "ingest/ingest.h"
#include "json/flatted.h"
#include "text/time.h"
#include "trace/n8n_run.h"
#include "trace/workflow_graph.h"

namespace agentmend {
namespace {

std::string read_file(const std::string& name) {
  std::ifstream file(std::string(AGENTMEND_SOURCE_DIR "/tests/data/n8n/executions/") + name, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << name << " is missing";
  return text.str();
}

const N8nNodeRun* run_of(const Trace& trace, std::string_view node) {
  for (const N8nNodeRun& run : trace.n8n->execution->runs) {
    if (run.node == node) return &run;
  }
  return nullptr;
}

std::string failed_place(const Trace& trace, std::string_view node) {
  const N8nNodeRun* run = run_of(trace, node);
  return run == nullptr ? "no such run" : pointer_of(trace, run->error_place);
}

constexpr std::string_view kWorkflow = R"({"id":"w1","name":"W","nodes":[
  {"id":"a","name":"Start","type":"n8n-nodes-base.manualTrigger","typeVersion":1,"position":[0,0],"parameters":{}},
  {"id":"b","name":"Off","type":"n8n-nodes-base.if","typeVersion":2,"position":[1,0],"parameters":{},"disabled":true},
  {"id":"c","name":"Get","type":"n8n-nodes-base.httpRequest","typeVersion":4.2,"position":[2,0],"parameters":{"url":"x"},
   "onError":"continueErrorOutput","retryOnFail":true,"maxTries":4},
  {"id":"d","name":"Drop","type":"n8n-nodes-base.noOp","typeVersion":1,"position":[3,0],"parameters":{}},
  {"id":"e","name":"Note","type":"n8n-nodes-base.stickyNote","typeVersion":1,"position":[4,0],"parameters":{}}],
 "connections":{"Start":{"main":[[{"node":"Off","type":"main","index":0}]]},
  "Off":{"main":[[{"node":"c","type":"main","index":0}],[{"node":"Drop","type":"main","index":0}]]},
  "Get":{"main":[[],[{"node":"Drop","type":"main","index":0}, {"node":"Gone","type":"main","index":0}]]}},
 "settings":{"executionTimeout":60,"errorWorkflow":"w9"}})";

TEST(N8nIngest, AWorkflowBecomesAGraphInWhichDisabledNodesPassThrough) {
  auto read = ingest({{"w.json", kWorkflow}}, "");
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->trace.source, "n8n-workflow");
  EXPECT_EQ(read->trace.framework, "n8n");
  const N8nRun& run = *read->trace.n8n;
  ASSERT_EQ(run.nodes.size(), 5u);
  EXPECT_EQ(run.edges.size(), 4u);
  EXPECT_EQ(run.dangling, 1u);
  EXPECT_EQ(run.by_id, 1u);  // "c" is an id
  ASSERT_EQ(run.flow.edges().size(), 3u);  // the false output of the disabled If is gone
  const std::uint32_t start[] = {run.find("Start")};
  EXPECT_TRUE(run.flow.reach(start, WorkflowGraph::Direction::kForward)[run.find("Get")]);
  const N8nNode& get = run.nodes[run.find("Get")];
  EXPECT_EQ(get.on_error, N8nOnError::kContinueErrorOutput);
  EXPECT_TRUE(get.retry);
  EXPECT_EQ(get.outputs, 1u);
  EXPECT_TRUE(get.is(kN8nRead));
  EXPECT_EQ(pointer_of(read->trace, get.place), "/nodes/2");
  EXPECT_EQ(run.error_workflow, "w9");
  EXPECT_TRUE(run.nodes[run.find("Note")].is(kN8nNote));
}

TEST(N8nIngest, TheLabelledDialectKeepsErrorSettingsUnderSettings) {
  auto read = ingest({{"w.json", R"({"workflow_json":{"nodes":[{"id":"1","name":"A","type":"n8n-nodes-base.httpRequest",
    "parameters":{},"settings":{"continueOnFail":true}}],"connections":{}},
    "execution_data":{"status":"error","finished":false,"node_results":{"A":{"status":"error","error":"boom"}}}})"}},
                     "");
  ASSERT_TRUE(read.has_value()) << read.error().message;
  const N8nRun& run = *read->trace.n8n;
  EXPECT_EQ(run.nodes[0].on_error, N8nOnError::kContinueRegular);
  ASSERT_TRUE(run.execution.has_value());
  EXPECT_TRUE(run.execution->failed());
  EXPECT_EQ(failed_place(read->trace, "A"), "/execution_data/node_results/A/error");
  EXPECT_EQ(run.execution_path(run.execution->runs[0].error), "/execution_data/node_results/A/error");
}

TEST(N8nIngest, AFailedExecutionSaysWhichNodeAndWhy) {
  const std::string text = read_file("public-api-error-403.json");
  auto read = ingest({{"e.json", text}}, "");
  ASSERT_TRUE(read.has_value()) << read.error().message;
  const N8nNodeRun* run = run_of(read->trace, "Get order");
  ASSERT_NE(run, nullptr);
  EXPECT_TRUE(run->failed);
  EXPECT_EQ(run->http_code, 403);
  EXPECT_EQ(run->ms, 310);
  EXPECT_EQ(run->position, 1u);
  EXPECT_EQ(n8n_error_class(run->error_name, run->error_message, run->http_code), "auth");
  EXPECT_EQ(failed_place(read->trace, "Get order"), "/data/resultData/runData/Get order/0/error");
  EXPECT_EQ(read->trace.n8n->execution_path(run->error), "/execution_data/data/resultData/runData/Get order/0/error");
  EXPECT_EQ(read->trace.id, "4712");
}

TEST(N8nIngest, ErrorItemsOfAContinuedNodeAreCounted) {
  const std::string text = read_file("public-api-hidden-error.json");
  auto read = ingest({{"e.json", text}}, "");
  ASSERT_TRUE(read.has_value()) << read.error().message;
  const N8nNodeRun* run = run_of(read->trace, "Get order");
  ASSERT_NE(run, nullptr);
  EXPECT_FALSE(run->failed);
  EXPECT_EQ(run->error_items, 1u);
  EXPECT_EQ(read->trace.usage.input_tokens, 41);
  EXPECT_EQ(read->trace.usage.output_tokens, 8);
}

TEST(N8nIngest, FlattedAndPlainRunDataReadTheSame) {
  const std::string plain = read_file("public-api-hidden-error.json");
  for (const char* name : {"rest-flatted.json", "database-flatted-data-column.json"}) {
    const std::string text = read_file(name);
    auto expected = ingest({{"e.json", plain}}, "");
    auto read = ingest({{"e.json", text}}, "");
    ASSERT_TRUE(read.has_value()) << name << ": " << read.error().message;
    const auto& a = expected->trace.n8n->execution->runs;
    const auto& b = read->trace.n8n->execution->runs;
    ASSERT_EQ(a.size(), b.size()) << name;
    for (std::size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].node, b[i].node);
      EXPECT_EQ(a[i].ms, b[i].ms);
      EXPECT_EQ(a[i].items, b[i].items);
      EXPECT_EQ(a[i].error_items, b[i].error_items);
      ASSERT_EQ(a[i].sources.size(), b[i].sources.size());
    }
    EXPECT_EQ(read->trace.events.size(), expected->trace.events.size());
  }
}

TEST(N8nIngest, PlacesPointIntoTheUnflattenedForm) {
  const std::string text = read_file("rest-flatted.json");
  auto read = ingest({{"e.json", text}}, "");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(pointer_of(read->trace, run_of(read->trace, "Get order")->place),
            "/data/data/resultData/runData/Get order/0");
  EXPECT_EQ(pointer_of(read->trace, read->trace.n8n->nodes[1].place), "/data/workflowData/nodes/1");
}

TEST(N8nIngest, AWorkflowAndItsExecutionAreJoinedInEitherOrder) {
  const std::string execution = R"({"id":"7","workflowId":"w1","status":"success","data":{"resultData":{"runData":{
    "Start":[{"startTime":1767258000000,"executionTime":1,"executionStatus":"success","source":[]}]}}}})";
  for (const bool first : {true, false}) {
    const std::vector<Document> documents = first ? std::vector<Document>{{"w", kWorkflow}, {"e", execution}}
                                                  : std::vector<Document>{{"e", execution}, {"w", kWorkflow}};
    auto read = ingest(documents, "");
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_EQ(read->trace.n8n->execution->runs[0].position, 0u);
    EXPECT_EQ(read->trace.n8n->document, first ? 0u : 1u);
    EXPECT_EQ(read->trace.source, "n8n-execution");
  }
  const std::string other = R"({"id":"8","workflowId":"zz","status":"success","data":{"resultData":{"runData":{
    "Elsewhere":[{"startTime":1767258000000,"executionTime":1,"executionStatus":"success","source":[]}]}}}})";
  auto read = ingest({{"w", kWorkflow}, {"e", other}}, "");
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::kDetectMismatch);
}

TEST(N8nIngest, AListPageWithoutRunDataSaysSo) {
  const std::string text = read_file("list-page.json");
  auto read = ingest({{"e.json", text}}, "n8n-execution");
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::kInputNoRunData);
}

TEST(N8nIngest, AToolThatFailsInsideAnAgentIsAFailedCall) {
  const std::string text = R"({"id":"1","status":"success","startedAt":"2026-01-01T00:00:00Z","workflowData":{"nodes":[
    {"id":"1","name":"Agent","type":"@n8n/n8n-nodes-langchain.agent","parameters":{}},
    {"id":"2","name":"lookup","type":"@n8n/n8n-nodes-langchain.toolHttpRequest","parameters":{}}],
    "connections":{"lookup":{"ai_tool":[[{"node":"Agent","type":"ai_tool","index":0}]]}}},
    "data":{"resultData":{"runData":{
     "lookup":[{"startTime":5,"executionTime":1,"executionIndex":1,"executionStatus":"success","source":[{"previousNode":"Agent"}],
       "inputOverride":{"ai_tool":[[{"json":{"query":"x"}}]]},"data":{"ai_tool":[[{"json":{"response":{"error":"no route"}}}]]}}],
     "Agent":[{"startTime":1,"executionTime":9,"executionIndex":0,"executionStatus":"success","source":[],
       "data":{"main":[[{"json":{"output":"I could not look it up."}}]]}}]}}}})";
  auto read = ingest({{"e", text}}, "");
  ASSERT_TRUE(read.has_value()) << read.error().message;
  ASSERT_EQ(read->trace.events.size(), 3u);
  EXPECT_EQ(read->trace.events[0].text, "I could not look it up.");
  EXPECT_EQ(read->trace.events[1].kind, EventKind::kToolCall);
  EXPECT_EQ(read->trace.events[1].name, "lookup");
  EXPECT_EQ(read->trace.events[1].text, R"({"query":"x"})");
  EXPECT_EQ(read->trace.events[2].status, CallStatus::kError);
  EXPECT_EQ(read->trace.events[2].error, "no route");
}

TEST(N8nIngest, TooManyNodesAreAnError) {
  std::string text = R"({"nodes":[)";
  for (int i = 0; i <= 5000; ++i)
    text += (i == 0 ? "" : ",") + std::string(R"({"id":")") + std::to_string(i) + R"(","name":"n)" + std::to_string(i) +
            R"(","type":"n8n-nodes-base.noOp","position":[0,0],"parameters":{}})";
  text += R"(],"connections":{}})";
  auto read = ingest({{"w", text}}, "n8n-workflow");
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::kLimitGraph);
}

Result<json::Unflattened> unflatten(std::string_view text, json::Index& index) {
  EXPECT_TRUE(index.read(text).has_value());
  json::Limits limits;
  limits.max_bytes = 100'000;
  return json::unflatten(json::View::root(index), limits);
}

TEST(Flatted, IndexesAreFollowedAndCyclesAreCut) {
  json::Index index;
  auto out = unflatten(R"([{"a":"1","n":1,"s":"2"},["2","0"],"text \"x\""])", index);
  ASSERT_TRUE(out.has_value());
  EXPECT_EQ(out->text, R"({"a":["text \"x\"",null],"n":1,"s":"text \"x\""})");
  EXPECT_EQ(out->cycles, 1u);
}

TEST(Flatted, ABadIndexAndABombAreErrors) {
  json::Index index;
  EXPECT_EQ(unflatten(R"([{"a":"9"}])", index).error().code, ErrorCode::kFlattedIndex);
  EXPECT_EQ(unflatten(R"([{"a":"x"}])", index).error().code, ErrorCode::kFlattedIndex);
  std::string bomb = "[";  // each level doubles the text
  for (int i = 1; i < 60; ++i) bomb += "[\"" + std::to_string(i) + "\",\"" + std::to_string(i) + "\"],";
  bomb += "1]";
  EXPECT_EQ(unflatten(bomb, index).error().code, ErrorCode::kLimitBytes);
}

TEST(Time, IsoTextsAndNumbersBecomeMilliseconds) {
  EXPECT_EQ(text::iso_to_ms("2026-01-01T09:00:00.000Z"), 1767258000000);
  EXPECT_EQ(text::iso_to_ms("2026-01-01T11:00:00+02:00"), 1767258000000);
  EXPECT_EQ(text::iso_to_ms("2026-01-01"), 1767225600000);
  EXPECT_EQ(text::iso_to_ms("yesterday"), -1);
  EXPECT_EQ(text::iso_to_ms("1969-12-31T23:59:59Z"), -1);
  EXPECT_EQ(text::number_to_ms(1767258000), 1767258000000);
  EXPECT_EQ(text::number_to_ms(1767258000000.0), 1767258000000);
}

WorkflowGraph graph(std::size_t nodes, std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs) {
  std::vector<GraphEdge> edges;
  for (const auto& [from, to] : pairs) edges.push_back({from, to, 0, 0});
  return WorkflowGraph(nodes, std::move(edges));
}

TEST(WorkflowGraph, StrongComponentsAreNumberedAgainstTheEdges) {
  const WorkflowGraph g = graph(5, {{0, 1}, {1, 2}, {2, 1}, {2, 3}, {3, 4}});
  const auto component = g.strong_components();
  EXPECT_EQ(component[1], component[2]);
  EXPECT_GT(component[0], component[1]);
  EXPECT_GT(component[2], component[3]);
  EXPECT_GT(component[3], component[4]);
}

TEST(WorkflowGraph, BridgesAreTheEdgesThatHoldItTogether) {
  const WorkflowGraph g = graph(5, {{0, 1}, {1, 2}, {2, 0}, {2, 3}, {3, 4}, {3, 4}});
  const auto bridge = g.bridges();
  EXPECT_EQ(bridge, (std::vector<bool>{false, false, false, true, false, false}));
}

TEST(WorkflowGraph, BranchDepthEndsAtJoinsAndSurvivesALongChain) {
  // 0 -> 1 -> 2 with branches 0, 1, 2: depth 3; a join at 3 starts anew.
  const WorkflowGraph g = graph(5, {{0, 1}, {1, 2}, {2, 3}, {0, 3}, {3, 4}});
  EXPECT_EQ(g.branch_depth({true, true, true, true, true}, std::vector<bool>(5, false)), 3u);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> chain;
  for (std::uint32_t i = 0; i + 1 < 4000; ++i) chain.push_back({i, i + 1});
  const WorkflowGraph long_chain = graph(4000, chain);
  EXPECT_EQ(long_chain.branch_depth(std::vector<bool>(4000, true), std::vector<bool>(chain.size(), false)), 4000u);
  EXPECT_EQ(long_chain.strong_components()[0], 3999u);
  EXPECT_EQ(long_chain.bridges(), std::vector<bool>(chain.size(), true));
}

TEST(WorkflowGraph, WeakComponentsLeaveOutWhatIsToldTo) {
  const WorkflowGraph g = graph(5, {{0, 1}, {0, 2}, {2, 3}});
  std::vector<bool> without(5, false);
  without[0] = true;
  const auto component = g.weak_components(&without);
  EXPECT_EQ(component[0], WorkflowGraph::kNone);
  EXPECT_EQ(component[2], component[3]);
  EXPECT_NE(component[1], component[2]);
  EXPECT_NE(component[4], component[1]);
}

}  // namespace
}  // namespace agentmend
