// OpenAI's APIs and the Agents SDK to a Trace.
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

TEST(OpenaiIngest, ExportedSpansComeInOrderOfTheirEndAndAreNested) {
  constexpr std::string_view kText = R"({"object":"trace","id":"trace_1","workflow_name":"w"}
{"object":"trace.span","id":"f","parent_id":"a","started_at":"2026-01-01T00:00:02Z","ended_at":"2026-01-01T00:00:03Z","error":null,"span_data":{"type":"function","name":"refund","input":"{\"id\":1}","output":"done"}}
{"object":"trace.span","id":"g","parent_id":"a","started_at":"2026-01-01T00:00:01Z","ended_at":"2026-01-01T00:00:02Z","error":null,"span_data":{"type":"generation","model":"m","input":[{"role":"user","content":"refund 1"}],"output":[{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"refund","arguments":"{\"id\":1}"}}]}],"usage":{"input_tokens":10,"output_tokens":2}}}
{"object":"trace.span","id":"h","parent_id":"a","started_at":"2026-01-01T00:00:04Z","ended_at":"2026-01-01T00:00:05Z","error":null,"span_data":{"type":"handoff","from_agent":"A","to_agent":"B"}}
{"object":"trace.span","id":"k","parent_id":"a","started_at":"2026-01-01T00:00:05Z","ended_at":"2026-01-01T00:00:06Z","error":null,"span_data":{"type":"guardrail","name":"pii","triggered":true}}
{"object":"trace.span","id":"a","parent_id":null,"started_at":"2026-01-01T00:00:00Z","ended_at":"2026-01-01T00:00:07Z","error":{"message":"Max turns exceeded"},"span_data":{"type":"agent","name":"A"}}
)";
  const Trace trace = read(kText, "openai-agents");

  EXPECT_EQ(trace.id, "trace_1");
  EXPECT_EQ(trace.status, RunStatus::kError);
  ASSERT_EQ(trace.spans.size(), 5u);
  EXPECT_EQ(trace.spans[0].kind, SpanKind::kAgent);
  EXPECT_EQ(trace.spans[0].error, "Max turns exceeded");
  EXPECT_EQ(trace.spans[1].model, "m");
  EXPECT_EQ(trace.spans[2].kind, SpanKind::kTool);
  EXPECT_EQ(trace.spans[2].parent, 0u);
  EXPECT_EQ(trace.spans[2].start_ns, 1767225602000000000);
  EXPECT_EQ(trace.spans[4].status, SpanStatus::kBlocked);
  EXPECT_EQ(trace.usage.input_tokens, 10);
  ASSERT_EQ(trace.events.size(), 4u);
  EXPECT_EQ(trace.events[0].text, "refund 1");
  EXPECT_EQ(trace.events[1].id, "c");  // told by the model, done by the span without an id
  EXPECT_EQ(trace.events[2].text, "done");
  EXPECT_EQ(trace.events[3].kind, EventKind::kHandoff);
  EXPECT_EQ(trace.events[3].id, "B");
  EXPECT_EQ(pointer_of(trace, trace.spans[2].place), "/1");
}

TEST(OpenaiIngest, ResponsesPairByCallIdAndSayHowTheyEnded) {
  const Trace trace = read(R"({"object":"response","id":"r","status":"incomplete","model":"m","created_at":1767258000,
    "incomplete_details":{"reason":"max_output_tokens"},"output":[
    {"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{bad"},
    {"type":"function_call_output","id":"fo_1","call_id":"c1","output":"1"},
    {"type":"mcp_call","id":"m1","name":"q","arguments":"{}","server_label":"s","error":"denied","output":null},
    {"type":"file_search_call","id":"s1","queries":["where"],"results":[{"file_id":"d1","filename":"a.md","score":0.5,"text":"here"}]},
    {"type":"reasoning","id":"x","summary":[],"encrypted_content":"abc"},{"type":"new_kind"},
    {"type":"message","role":"assistant","content":[{"type":"output_text","text":"one"},{"type":"refusal","refusal":"no"}]}],
    "usage":{"input_tokens":9,"output_tokens":3,"input_tokens_details":{"cached_tokens":4}}})",
                           "openai-responses");

  EXPECT_EQ(trace.status, RunStatus::kLimit);
  EXPECT_EQ(trace.usage.cache_read_tokens, 4);
  EXPECT_EQ(trace.spans[0].start_ns, 1767258000000000000);
  ASSERT_EQ(trace.events.size(), 7u);
  EXPECT_EQ(trace.events[1].name, "f");
  EXPECT_EQ(trace.events[3].status, CallStatus::kError);
  EXPECT_EQ(trace.events[3].error, "denied");
  EXPECT_EQ(trace.events[4].kind, EventKind::kRetrieval);
  EXPECT_EQ(trace.events[4].documents[0].title, "a.md");
  EXPECT_EQ(trace.events[5].text, "one");
  EXPECT_EQ(trace.events[6].text, "no");
  EXPECT_EQ(lost(trace, "stringified_json_failed"), 1u);
  EXPECT_EQ(lost(trace, "encrypted_reasoning"), 1u);
  EXPECT_EQ(lost(trace, "unknown_part"), 1u);
}

TEST(OpenaiIngest, StreamedPiecesAreOneMessage) {
  constexpr std::string_view kText =
      R"(data: {"object":"chat.completion.chunk","id":"x","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"Hel"}}]}

data: {"object":"chat.completion.chunk","id":"x","choices":[{"index":0,"delta":{"content":"lo","tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{\"a\""}}]}}]}

data: {"object":"chat.completion.chunk","id":"x","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}},{"index":1,"delta":{"content":"other"}}]}

data: {"object":"chat.completion.chunk","id":"x","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":6}}

data: [DONE]
)";
  const Trace trace = read(kText, "openai-chat");
  ASSERT_EQ(trace.events.size(), 2u);
  EXPECT_EQ(trace.events[0].text, "Hello");
  EXPECT_EQ(trace.events[1].text, "{\"a\":1}");
  EXPECT_EQ(trace.usage.output_tokens, 6);
  EXPECT_EQ(trace.spans[0].model, "m");
  EXPECT_EQ(lost(trace, "unknown_part"), 1u);
}

TEST(OpenaiIngest, AStreamThatBreaksOffTellsWhatWasFinished) {
  const Trace whole = read(
      "data: "
      "{\"type\":\"response.output_item.done\",\"item\":{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{"
      "\"type\":\"output_text\",\"text\":\"hi\"}]}}\n\n"
      "data: "
      "{\"type\":\"response.completed\",\"response\":{\"object\":\"response\",\"status\":\"completed\",\"output\":[{"
      "\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"hi\"}]}]}}\n\n",
      "openai-responses");
  ASSERT_EQ(whole.events.size(), 1u);
  EXPECT_EQ(whole.status, RunStatus::kOk);

  const Trace cut = read(
      "data: {\"type\":\"response.created\"}\n\n"
      "data: "
      "{\"type\":\"response.output_item.done\",\"item\":{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{"
      "\"type\":\"output_text\",\"text\":\"hi\"}]}}\n\n",
      "openai-responses");
  ASSERT_EQ(cut.events.size(), 1u);
  EXPECT_EQ(cut.events[0].text, "hi");
  EXPECT_EQ(lost(cut, "partial_tail"), 1u);
}

TEST(OpenaiIngest, RecordedExchangesAndBatchLinesAreUnwrapped) {
  const Trace cassette = read(R"({"interactions":[
    {"request":{"method":"POST","body":"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"add\"}]}"},
     "response":{"status":{"code":200},"body":{"string":"{\"object\":\"chat.completion\",\"model\":\"m-1\",\"choices\":[{\"message\":{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"add\",\"arguments\":\"{}\"}}]}}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1}}"}}},
    {"request":{"body":"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"add\"},{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"add\",\"arguments\":\"{}\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"c\",\"content\":\"2\"}]}"},
     "response":{"body":{"string":"{\"object\":\"chat.completion\",\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"It is 2.\"}}]}"}}}]})",
                              "openai-chat");
  ASSERT_EQ(cassette.events.size(), 4u);
  EXPECT_EQ(cassette.task, "add");
  EXPECT_EQ(cassette.events[2].text, "2");
  EXPECT_EQ(cassette.events[3].text, "It is 2.");
  EXPECT_EQ(cassette.usage.input_tokens, 3);
  EXPECT_EQ(pointer_of(cassette, cassette.events[3].place), "/interactions/1/response/body/string");

  const Trace batch = read(
      "{\"custom_id\":\"1\",\"response\":{\"status_code\":200,\"body\":{\"object\":\"chat.completion\",\"choices\":[{"
      "\"message\":{\"role\":\"assistant\",\"content\":\"a\"}}]}}}\n"
      "{\"custom_id\":\"2\",\"response\":{\"status_code\":400,\"body\":{\"error\":{\"message\":\"too long\"}}}}\n",
      "openai-chat");
  ASSERT_EQ(batch.spans.size(), 2u);
  EXPECT_EQ(batch.spans[1].status, SpanStatus::kError);
  EXPECT_EQ(batch.spans[1].error, "too long");
  EXPECT_EQ(batch.failed_steps, 1u);
}

TEST(OpenaiIngest, WrongTypesCostTheirRecordOnly) {
  const Trace trace = read(R"([{"object":"trace.span","id":7,"parent_id":{},"started_at":[],"span_data":{"type":9}},
    null,5,{"object":"trace.span","span_data":"x"},
    {"object":"trace.span","id":"a","parent_id":"b","span_data":{"type":"agent","name":3}},
    {"object":"trace.span","id":"b","parent_id":"a","span_data":{"type":"generation","input":{},"output":7}}])",
                           "openai-agents");
  EXPECT_EQ(trace.spans.size(), 3u);
  EXPECT_EQ(lost(trace, "bad_line"), 3u);  // and an output that is a number
  EXPECT_EQ(lost(trace, "parent_cycle"), 1u);

  for (
      const std::string_view odd :
      {R"({"object":"response","output":{"a":1},"usage":7,"error":[]})",
       R"({"$schemaVersion":"1.9","modelResponses":7})",
       R"({"object":"chat.completion","choices":[7,{"message":[]}],"usage":[]})",
       R"({"$schemaVersion":"1.22","modelResponses":[7,{}],"generatedItems":[7,{"rawItem":[]},{"type":"handoff_output_item","rawItem":{}}]})"}) {
    EXPECT_TRUE(ingest({{"odd.json", odd}}, "").has_value()) << odd;
  }
}

}  // namespace
}  // namespace agentmend
