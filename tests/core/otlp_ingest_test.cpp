// OTLP and in-memory spans of every dialect to a Trace: spans, pairing, times, and what never changes the result.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <sstream>

#include "ingest/ingest.h"

namespace agentmend {
namespace {

// A Trace has views into its texts: they live as long as it does.
struct Kept {
  std::unique_ptr<std::vector<std::string>> texts;
  Result<Ingested> read;
  [[nodiscard]] bool has_value() const { return read.has_value(); }
  [[nodiscard]] const Error& error() const { return read.error(); }
  [[nodiscard]] const Ingested* operator->() const { return &*read; }
};

Kept read_all(std::vector<std::string> given) {
  Kept kept{std::make_unique<std::vector<std::string>>(std::move(given)), {}};
  std::vector<Document> documents;
  for (const std::string& text : *kept.texts) documents.push_back({"spans.json", text});
  kept.read = ingest(documents, "");
  return kept;
}

// What a Trace says, without places: equal for equal runs, however they are written down.
std::string story(const std::vector<std::string>& texts) {
  const Kept read = read_all(texts);
  if (!read.has_value()) return read.error().message;
  const Trace& trace = read->trace;
  std::ostringstream out;
  out << trace.source << ' ' << trace.id << ' ' << name_of(trace.status) << ' ' << trace.task << ' ' << trace.steps
      << ' ' << trace.usage.input_tokens << ' ' << trace.usage.output_tokens << '\n';
  for (const Span& span : trace.spans) {
    out << name_of(span.kind) << ' ' << span.name << ' ' << span.id << ' ' << static_cast<int>(span.parent) << ' '
        << trace.agents[span.agent] << ' ' << name_of(span.status) << ' ' << span.start_ns << ' ' << span.end_ns << ' '
        << span.model << ' ' << span.error << '\n';
  }
  for (const Event& event : trace.events) {
    out << static_cast<int>(event.kind) << ' ' << static_cast<int>(event.role) << ' ' << static_cast<int>(event.status)
        << ' ' << event.step << ' ' << event.name << ' ' << event.id << ' ' << event.text << ' ' << event.error << ' '
        << event.at_ms << ' ' << event.documents.size() << '\n';
  }
  for (const Loss& loss : trace.losses) out << loss.code << ' ' << loss.count << '\n';
  return out.str();
}

std::string attribute(const std::string& key, const std::string& value) {
  std::string escaped;
  for (const char c : value) (c == '"' || c == '\\' ? escaped += '\\' : escaped) += c;
  return R"({"key":")" + key + R"(","value":{"stringValue":")" + escaped + R"("}})";
}

struct SpanText {
  std::string id;
  std::string parent;
  std::string name;
  int start = 0;  // seconds after 1767258000
  int end = 0;
  std::vector<std::string> attributes;
  int status = 0;
};

std::string join(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : ",") + item;
  return out;
}

// `form`: 0 as usual; 1 other key order; 2 with fields nobody knows.
std::string text_of(const SpanText& span, int form = 0) {
  const auto at = [](int seconds) { return "\"" + std::to_string(1767258000 + seconds) + "000000001\""; };
  std::vector<std::string> attributes = span.attributes;
  std::vector<std::string> members = {
      R"("traceId":"0af7651916cd43dd8448eb211c80319c")",
      R"("spanId":")" + span.id + "\"",
      R"("parentSpanId":")" + span.parent + "\"",
      R"("name":")" + span.name + "\"",
      R"("startTimeUnixNano":)" + at(span.start),
      R"("endTimeUnixNano":)" + at(span.end),
      R"("status":{"code":)" + std::to_string(span.status) + (span.status == 2 ? R"(,"message":"timed out"})" : "}"),
  };
  if (form == 1) {
    std::reverse(attributes.begin(), attributes.end());
    std::reverse(members.begin(), members.end());
  } else if (form == 2) {
    attributes.push_back(attribute("vendor.note", "nothing"));
    attributes.push_back(R"({"key":"vendor.list","value":{"arrayValue":{"values":[{"intValue":"1"}]}}})");
    members.push_back(R"("vendorField":{"spanId":"x","attributes":[1]})");
  }
  members.insert(form == 1 ? members.begin() : members.end(), "\"attributes\":[" + join(attributes) + "]");
  return "{" + join(members) + "}";
}

std::string file_of(const std::vector<std::string>& spans) {
  return R"({"resourceSpans":[{"scopeSpans":[{"spans":[)" + join(spans) + "]}]}]}";
}

const std::string kQuestion = R"({"role":"user","parts":[{"type":"text","content":"Where is A-77?"}]})";
const std::string kCall =
    R"({"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"get_order","arguments":{"id":"A-77"}}]})";
const std::string kResponse =
    R"({"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":"{\"status\":\"sent\"}"}]})";
const std::string kAnswer = R"({"role":"assistant","parts":[{"type":"text","content":"It was sent."}]})";

std::vector<SpanText> run() {
  const auto model = [](const std::string& id, int start, const std::string& in, const std::string& out) {
    return SpanText{
        id,
        "aa",
        "chat m",
        start,
        start + 1,
        {attribute("gen_ai.operation.name", "chat"), attribute("gen_ai.request.model", "m"),
         R"({"key":"gen_ai.usage.input_tokens","value":{"intValue":"100"}})",
         R"({"key":"gen_ai.usage.output_tokens","value":{"intValue":7}})",
         attribute("gen_ai.input.messages", "[" + in + "]"), attribute("gen_ai.output.messages", "[" + out + "]")}};
  };
  return {
      {"aa",
       "",
       "invoke_agent Support",
       0,
       9,
       {attribute("gen_ai.operation.name", "invoke_agent"), attribute("gen_ai.agent.name", "Support")}},
      model("b1", 1, kQuestion, kCall),
      {"b2",
       "aa",
       "execute_tool get_order",
       3,
       4,
       {attribute("gen_ai.operation.name", "execute_tool"), attribute("gen_ai.tool.name", "get_order"),
        attribute("gen_ai.tool.call.id", "c1"), attribute("gen_ai.tool.call.arguments", R"({"id":"A-77"})"),
        attribute("gen_ai.tool.call.result", R"({"status":"sent"})")}},
      model("b3", 5, kQuestion + "," + kCall + "," + kResponse, kAnswer),
  };
}

std::vector<std::string> texts_of(const std::vector<SpanText>& spans, int form = 0) {
  std::vector<std::string> out;
  for (const SpanText& span : spans) out.push_back(text_of(span, form));
  return out;
}

TEST(OtlpIngest, TellsARunOnceWithItsSpansAndPlaces) {
  const std::string text = file_of(texts_of(run()));
  const auto read = read_all({text});
  ASSERT_TRUE(read.has_value()) << read.error().message;
  const Trace& trace = read->trace;

  EXPECT_EQ(trace.source, "otlp");
  EXPECT_EQ(trace.id, "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(trace.status, RunStatus::kOk);
  EXPECT_EQ(trace.task, "Where is A-77?");
  EXPECT_EQ(trace.usage.input_tokens, 200);
  EXPECT_EQ(trace.usage.output_tokens, 14);
  EXPECT_TRUE(trace.losses.empty());
  ASSERT_EQ(trace.spans.size(), 4u);
  EXPECT_EQ(trace.spans[2].kind, SpanKind::kTool);
  EXPECT_EQ(trace.spans[2].name, "get_order");
  EXPECT_EQ(trace.spans[2].parent, 0u);
  EXPECT_EQ(trace.spans[2].start_ns, 1767258003000000001);
  EXPECT_EQ(trace.spans[2].end_ns, 1767258004000000001);
  ASSERT_EQ(trace.events.size(), 4u);
  EXPECT_EQ(trace.events[0].text, "Where is A-77?");
  EXPECT_EQ(trace.events[1].kind, EventKind::kToolCall);
  EXPECT_EQ(trace.events[1].text, R"({"id":"A-77"})");
  EXPECT_EQ(trace.events[2].kind, EventKind::kToolResult);
  EXPECT_EQ(trace.events[2].text, R"({"status":"sent"})");
  EXPECT_EQ(trace.events[2].step, 2u);
  EXPECT_EQ(trace.events[3].text, "It was sent.");
  EXPECT_EQ(pointer_of(trace, trace.events[3].place),
            "/resourceSpans/0/scopeSpans/0/spans/3/attributes/5/value/stringValue");
}

TEST(OtlpIngest, OrderOfSpansFilesKeysAndUnknownFieldsChangeNothing) {
  const std::vector<std::string> spans = texts_of(run());
  const std::string wanted = story({file_of(spans)});
  ASSERT_NE(wanted.find("It was sent."), std::string::npos);

  std::vector<std::size_t> order = {0, 1, 2, 3};
  do {
    std::vector<std::string> shuffled;
    for (const std::size_t at : order) shuffled.push_back(spans[at]);
    EXPECT_EQ(story({file_of(shuffled)}), wanted);
    for (std::size_t cut = 1; cut < 4; ++cut) {
      const std::vector<std::string> head(shuffled.begin(), shuffled.begin() + static_cast<std::ptrdiff_t>(cut));
      const std::vector<std::string> tail(shuffled.begin() + static_cast<std::ptrdiff_t>(cut), shuffled.end());
      EXPECT_EQ(story({file_of(head), file_of(tail)}), wanted);
      EXPECT_EQ(story({file_of(head) + "\n" + file_of(tail) + "\n"}), wanted);
    }
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(story({file_of(texts_of(run(), 1))}), wanted);
  EXPECT_EQ(story({file_of(texts_of(run(), 2))}), wanted);
}

TEST(OtlpIngest, AFailedToolSpanDecidesWhatItsMessageCallsAResult) {
  std::vector<SpanText> spans = run();
  spans[2].status = 2;
  spans[2].attributes.pop_back();
  const std::string text = file_of(texts_of(spans));
  const auto read = read_all({text});
  ASSERT_TRUE(read.has_value());

  EXPECT_EQ(read->trace.spans[2].status, SpanStatus::kError);
  EXPECT_EQ(read->trace.spans[2].error, "timed out");
  EXPECT_EQ(read->trace.events[2].status, CallStatus::kError);
  EXPECT_EQ(read->trace.status, RunStatus::kOk);
}

TEST(OtlpIngest, AnOutputThatOnlyTheNextMessageHasIsFound) {
  std::vector<SpanText> spans = run();
  spans[2].attributes.pop_back();
  const std::string text = file_of(texts_of(spans));
  const auto read = read_all({text});
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->trace.events[2].text, R"({"status":"sent"})");
  EXPECT_TRUE(read->trace.losses.empty());

  spans.pop_back();  // and where no message has it, it is lost
  const std::string alone = file_of(texts_of(spans));
  const auto lost = read_all({alone});
  ASSERT_TRUE(lost.has_value());
  ASSERT_EQ(lost->trace.losses.size(), 1u);
  EXPECT_EQ(lost->trace.losses[0].code, "no_tool_results");
}

TEST(OtlpIngest, WithoutContentCountersAndToolNamesRemain) {
  std::vector<SpanText> spans = run();
  for (const std::size_t model : {1u, 3u}) spans[model].attributes.resize(4);
  spans[2].attributes.resize(2);
  const std::string text = file_of(texts_of(spans));
  const auto read = read_all({text});
  ASSERT_TRUE(read.has_value());

  EXPECT_EQ(read->trace.usage.input_tokens, 200);
  ASSERT_EQ(read->trace.events.size(), 2u);
  EXPECT_EQ(read->trace.events[0].name, "get_order");
  std::string codes;
  for (const Loss& loss : read->trace.losses) codes += std::string(loss.code) + " ";
  EXPECT_EQ(codes, "no_tool_results redacted ");
}

TEST(OtlpIngest, OpeninferenceAttributesAreGatheredByIndex) {
  const std::string text = R"([{"name":"llm","spanContext":{"traceId":"t","spanId":"s1"},"parentSpanId":"s0",
    "startTime":[1767258001,500],"endTime":[1767258002,0],"status":{"code":1},"attributes":{
    "llm.output_messages.0.message.tool_calls.0.tool_call.function.name":"find","openinference.span.kind":"LLM",
    "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments":"{\"q\":1}",
    "llm.output_messages.0.message.role":"assistant","llm.input_messages.10.message.content":"third",
    "llm.input_messages.10.message.role":"user","llm.input_messages.2.message.content":"second",
    "llm.input_messages.2.message.role":"assistant","llm.input_messages.0.message.role":"user",
    "llm.input_messages.0.message.contents.1.message_content.text":"b",
    "llm.input_messages.0.message.contents.0.message_content.text":"a","llm.token_count.prompt":9,"llm.cost.total":0.5}},
   {"name":"find","spanContext":{"traceId":"t","spanId":"s2"},"parentSpanId":"s0","startTime":[1767258003,0],
    "endTime":[1767258004,0],"attributes":{"openinference.span.kind":"TOOL","tool.name":"find",
    "input.value":"{\"q\":1}","output.value":"nothing"}},
   {"name":"search","spanContext":{"traceId":"t","spanId":"s3"},"parentSpanId":"s0","startTime":[1767258005,0],
    "endTime":[1767258006,0],"attributes":{"openinference.span.kind":"RETRIEVER","input.value":"where",
    "retrieval.documents.1.document.content":"two","retrieval.documents.0.document.content":"one",
    "retrieval.documents.0.document.id":"d1","retrieval.documents.0.document.score":0.25}},
   {"name":"chain","spanContext":{"traceId":"t","spanId":"s0"},"startTime":[1767258000,0],"endTime":[1767258009,0],
    "attributes":{"openinference.span.kind":"CHAIN","input.value":"a\nb","output.value":"third"}}])";
  const auto read = read_all({text});
  ASSERT_TRUE(read.has_value()) << read.error().message;
  const Trace& trace = read->trace;

  ASSERT_EQ(trace.spans.size(), 4u);
  EXPECT_EQ(trace.spans[0].kind, SpanKind::kWorkflow);
  EXPECT_EQ(trace.spans[1].start_ns, 1767258001000000500);
  EXPECT_EQ(trace.usage.input_tokens, 9);
  EXPECT_EQ(trace.usage.cost_micro_usd, 500'000);
  ASSERT_EQ(trace.events.size(), 6u);
  EXPECT_EQ(trace.events[0].text, "a\nb");
  EXPECT_EQ(trace.events[1].text, "second");
  EXPECT_EQ(trace.events[2].text, "third");
  EXPECT_EQ(trace.events[3].kind, EventKind::kToolCall);
  EXPECT_EQ(trace.events[4].text, "nothing");  // the only span of that name answers the call without an id
  EXPECT_EQ(trace.spans[2].status, SpanStatus::kOk);
  ASSERT_EQ(trace.events[5].documents.size(), 2u);
  EXPECT_EQ(trace.events[5].documents[0].id, "d1");
  EXPECT_EQ(trace.events[5].documents[0].text, "one");
  EXPECT_EQ(trace.events[5].documents[0].score, 0.25);
}

TEST(OtlpIngest, OlderFormsOfMessagesAreRead) {
  const std::string events = R"({"resource_spans":[{"scope_spans":[{"spans":[{"trace_id":"t","span_id":"1",
    "start_time_unix_nano":"1767258000000000000","attributes":[{"key":"gen_ai.operation.name","value":{"string_value":"chat"}}],
    "events":[{"name":"gen_ai.user.message","attributes":[{"key":"content","value":{"string_value":"hi"}}]},
      {"name":"gen_ai.assistant.message","attributes":[{"key":"tool_calls","value":{"string_value":
        "[{\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]"}}]},
      {"name":"gen_ai.tool.message","attributes":[{"key":"id","value":{"string_value":"c"}},{"key":"content","value":{"string_value":"42"}}]},
      {"name":"gen_ai.choice","attributes":[{"key":"message","value":{"string_value":"{\"content\":\"done\"}"}}]}]}]}]}]})";
  const std::string logs = R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[
    {"timeUnixNano":"1767258000000000000","traceId":"t","spanId":"1","eventName":"gen_ai.user.message",
     "body":{"kvlistValue":{"values":[{"key":"content","value":{"stringValue":"hi"}}]}}},
    {"timeUnixNano":"1767258001000000000","traceId":"t","spanId":"1","attributes":[{"key":"event.name","value":{"stringValue":"gen_ai.choice"}}],
     "body":{"kvlistValue":{"values":[{"key":"message","value":{"kvlistValue":{"values":[{"key":"content","value":{"stringValue":"done"}}]}}}]}}},
    {"timeUnixNano":"1767258001000000000","eventName":"app.started"}]}]}]})";
  const std::string flat = R"({"gen_ai.prompt.0.role":"user","gen_ai.prompt.0.content":"hi","llm.request.type":"chat",
    "gen_ai.completion.0.role":"assistant","gen_ai.completion.0.content":"done","gen_ai.request.model":"m",
    "gen_ai.completion.0.tool_calls.0.name":"f","gen_ai.completion.0.tool_calls.0.arguments":"{}"})";

  const auto first = read_all({events});
  ASSERT_TRUE(first.has_value()) << first.error().message;
  ASSERT_EQ(first->trace.events.size(), 4u);
  EXPECT_EQ(first->trace.events[1].name, "f");
  EXPECT_EQ(first->trace.events[2].text, "42");
  EXPECT_EQ(first->trace.events[3].text, "done");
  EXPECT_EQ(first->trace.events[3].role, Role::kAssistant);

  const auto second = read_all({logs});
  ASSERT_TRUE(second.has_value()) << second.error().message;
  ASSERT_EQ(second->trace.events.size(), 2u);
  EXPECT_EQ(second->trace.events[0].role, Role::kUser);
  EXPECT_EQ(second->trace.events[1].text, "done");
  EXPECT_EQ(second->trace.losses[0].code, "unknown_event");

  const auto third = read_all({flat});
  ASSERT_TRUE(third.has_value()) << third.error().message;
  ASSERT_EQ(third->trace.events.size(), 3u);
  EXPECT_EQ(third->trace.events[1].text, "done");
  EXPECT_EQ(third->trace.events[2].name, "f");
}

TEST(OtlpIngest, LogsOfASpanAndStructuredMessagesGoWithIt) {
  const std::string spans = R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"t","spanId":"q83vEjRWeJA=",
    "startTimeUnixNano":"1767258000000000000","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}}]}]}]}],
    "resourceLogs":[{"scopeLogs":[{"logRecords":[{"spanId":"abcdef1234567890",
     "eventName":"gen_ai.client.inference.operation.details","attributes":[
     {"key":"gen_ai.input.messages","value":{"arrayValue":{"values":[{"kvlistValue":{"values":[
       {"key":"role","value":{"stringValue":"user"}},{"key":"parts","value":{"arrayValue":{"values":[{"kvlistValue":{"values":[
         {"key":"type","value":{"stringValue":"text"}},{"key":"content","value":{"stringValue":"hi"}}]}}]}}}]}}]}}}]}]}]}]})";
  const auto read = read_all({spans});
  ASSERT_TRUE(read.has_value()) << read.error().message;

  ASSERT_EQ(read->trace.spans.size(), 1u);
  EXPECT_EQ(read->trace.spans[0].id, "abcdef1234567890");
  ASSERT_EQ(read->trace.events.size(), 1u);
  EXPECT_EQ(read->trace.events[0].text, "hi");
  EXPECT_TRUE(read->trace.losses.empty());
}

TEST(OtlpIngest, AModelCallSeenByTwoLibrariesCountsOnce) {
  std::vector<SpanText> spans = run();
  SpanText inner = spans[3];
  inner.id = "b4";
  inner.parent = "b3";
  spans.push_back(inner);
  const std::string text = file_of(texts_of(spans));
  const auto read = read_all({text});
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->trace.usage.input_tokens, 200);
  EXPECT_EQ(read->trace.events.size(), 4u);
}

TEST(OtlpIngest, SubAgentsHaveTheirOwnNameAndAHandOff) {
  std::vector<SpanText> spans = run();
  spans.push_back({"c0",
                   "b2",
                   "invoke_agent Billing",
                   3,
                   4,
                   {attribute("gen_ai.operation.name", "invoke_agent"), attribute("gen_ai.agent.name", "Billing"),
                    attribute("gen_ai.input.messages", "[" + kQuestion + "]"),
                    attribute("gen_ai.output.messages", "[" + kAnswer + "]")}});
  const std::string text = file_of(texts_of(spans));
  const auto read = read_all({text});
  ASSERT_TRUE(read.has_value());
  const Trace& trace = read->trace;
  ASSERT_EQ(trace.agents.size(), 2u);
  bool handed = false;
  for (const Event& event : trace.events)
    handed = handed || (event.kind == EventKind::kHandoff && event.name == "Support" && event.id == "Billing");
  EXPECT_TRUE(handed);
}

TEST(OtlpIngest, BrokenSpansCostThemselvesOnly) {
  const std::string ring =
      R"([{"traceId":"t","spanId":"1","parentSpanId":"2","attributes":{"gen_ai.operation.name":"chat"}},
    {"traceId":"t","spanId":"2","parentSpanId":"1","attributes":{"gen_ai.operation.name":"invoke_agent"}},
    {"traceId":"t","spanId":"3","parentSpanId":"3","attributes":[7,{"key":1},{"value":{}}]},null,7,
    {"traceId":"t","spanId":"4","startTimeUnixNano":"1967258000000000000","endTimeUnixNano":"1767258000000000000",
     "attributes":{"gen_ai.operation.name":"chat","gen_ai.input.messages":"[{\"role\":","gen_ai.usage.input_tokens":{}}}])";
  const auto read = read_all({ring});
  ASSERT_TRUE(read.has_value()) << read.error().message;
  std::string codes;
  for (const Loss& loss : read->trace.losses) codes += std::string(loss.code) + " ";
  EXPECT_NE(codes.find("bad_line"), std::string::npos);
  EXPECT_NE(codes.find("bad_time"), std::string::npos);
  EXPECT_NE(codes.find("parent_cycle"), std::string::npos);
  EXPECT_NE(codes.find("stringified_json_failed"), std::string::npos);
  for (std::size_t i = 0; i < read->trace.spans.size(); ++i) {
    const std::uint32_t parent = read->trace.spans[i].parent;
    EXPECT_TRUE(parent == Span::kNone || parent < i);
  }

  const auto wrong = read_all({R"({"resourceSpans":{"scopeSpans":[]}})"});
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().code, ErrorCode::kSchemaType);
  EXPECT_EQ(wrong.error().at, "/resourceSpans");
}

}  // namespace
}  // namespace agentmend
