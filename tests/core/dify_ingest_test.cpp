// Definitions of Dify apps to a Trace: steps and instructions, no run.
#include <gtest/gtest.h>

#include "ingest/ingest.h"

namespace agentmend {
namespace {

constexpr std::string_view kGraph = R"({"kind":"app","version":"0.3.1","app":{"mode":"workflow","name":"A"},
 "workflow":{"graph":{"edges":[],"nodes":[
  {"id":"1","type":"custom","data":{"type":"start"}},
  {"id":"2","type":"custom","data":{"type":"llm","prompt_template":[
    {"role":"system","text":"Be short."},{"role":"user","edition_type":"jinja2","jinja2_text":"{{ q }}","text":"old"}]}},
  {"id":"3","type":"custom","data":{"type":"llm","prompt_template":{"text":"One prompt."}}},
  {"id":"4","type":"custom","data":{"type":"parameter-extractor","instruction":"Take the city."}},
  {"id":"5","type":"custom","data":{"type":"agent","agent_parameters":{"instruction":{"type":"constant","value":"Plan."}}}},
  {"id":"6","type":"custom-note","data":{"type":"","text":"a note"}},
  {"id":"7","type":"custom"}]}}})";

Trace read(std::string_view text, std::string_view source = "") {
  auto ingested = ingest({{"app.json", text}}, source);
  EXPECT_TRUE(ingested.has_value()) << ingested.error().message;
  EXPECT_EQ(ingested->trace.source, "dify-dsl");
  return std::move(ingested->trace);
}

TEST(DifyIngest, NodesAreStepsAndTheirPromptsAreInstructions) {
  const Trace trace = read(kGraph);

  EXPECT_EQ(trace.framework, "dify");
  EXPECT_EQ(trace.steps, 5u);
  ASSERT_EQ(trace.events.size(), 5u);
  constexpr std::string_view kTexts[] = {"Be short.", "{{ q }}", "One prompt.", "Take the city.", "Plan."};
  constexpr std::uint32_t kSteps[] = {1, 1, 2, 3, 4};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(trace.events[i].text, kTexts[i]);
    EXPECT_EQ(trace.events[i].step, kSteps[i]);
    EXPECT_EQ(trace.events[i].role, Role::kSystem);
  }
  EXPECT_EQ(pointer_of(trace, trace.events[1].place), "/workflow/graph/nodes/1/data/prompt_template/1");
  ASSERT_EQ(trace.losses.size(), 1u);  // node 7 says nothing about itself; the note is no step
  EXPECT_EQ(trace.losses[0].code, "unknown_part");
}

TEST(DifyIngest, AnAppOfOnePromptHasNoGraph) {
  const Trace trace = read(R"({"kind":"app","version":"0.1.5","app":{"mode":"chat"},"model_config":{
    "pre_prompt":"You are a guide.","chat_prompt_config":{"prompt":[{"role":"system","text":"Stay kind."}]}}})");

  EXPECT_EQ(trace.steps, 1u);
  ASSERT_EQ(trace.events.size(), 2u);
  EXPECT_EQ(trace.events[1].text, "Stay kind.");
  ASSERT_EQ(trace.losses.size(), 1u);
  EXPECT_EQ(trace.losses[0].code, "no_graph");
}

TEST(DifyIngest, IsReadWhenNamedAndRefusedWhenItHoldsNothing) {
  read(kGraph, "dify_dsl");

  for (const std::string_view empty : {R"({"kind":"app","workflow":{}})", R"({"kind":"app","workflow":{"graph":7}})",
                                       R"({"kind":"app","model_config":[],"workflow":null})"}) {
    const auto refused = ingest({{"app.json", empty}}, "");
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::kSchemaType);
    EXPECT_EQ(refused.error().at, "/workflow/graph/nodes");
  }
}

TEST(DifyIngest, OddPartsAreCountedAndNeverATrap) {
  const Trace trace = read(R"({"kind":"app","workflow":{"graph":{"nodes":[null,7,"x",[],{"data":{"type":3}},
    {"data":{"type":"llm","prompt_template":[null,{"text":5},[["deep"]],{"jinja2_text":"no"}]}}]}}})");

  EXPECT_EQ(trace.steps, 1u);
  ASSERT_EQ(trace.events.size(), 1u);
  EXPECT_EQ(trace.events[0].text, "deep");
  EXPECT_EQ(trace.losses[0].count, 5u);
}

}  // namespace
}  // namespace agentmend
