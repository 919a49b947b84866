// Claude Code transcripts, Agent SDK messages and exchanges with the Messages API to a Trace.
#include <gtest/gtest.h>

#include <string>

#include "ingest/ingest.h"

namespace agentmend {
namespace {

Trace read(const std::vector<Document>& documents, std::string_view source) {
  auto ingested = ingest(documents, "");
  EXPECT_TRUE(ingested.has_value()) << ingested.error().message;
  EXPECT_EQ(ingested->trace.source, source);
  auto named = ingest(documents, source);
  EXPECT_TRUE(named.has_value());
  EXPECT_EQ(named->trace.spans.size(), ingested->trace.spans.size());
  return std::move(ingested->trace);
}

std::uint32_t lost(const Trace& trace, std::string_view code) {
  for (const Loss& loss : trace.losses) {
    if (loss.code == code) return loss.count;
  }
  return 0;
}

// One message in four lines, its calls answered in the other order, one refused; then a command, and an interruption.
constexpr std::string_view kTranscript =
    R"({"type":"file-history-snapshot","messageId":"m","snapshot":{}}
{"parentUuid":null,"isSidechain":false,"sessionId":"s-1","version":"2.1","type":"user","message":{"role":"user","content":"Fix the test"},"uuid":"a","timestamp":"2026-02-10T10:00:00.000Z"}
{"parentUuid":"a","sessionId":"s-1","type":"assistant","message":{"id":"m1","model":"claude-x","role":"assistant","content":[{"type":"text","text":"\n\n"}],"usage":{"input_tokens":3,"cache_creation_input_tokens":20,"cache_read_input_tokens":100,"output_tokens":1}},"timestamp":"2026-02-10T10:00:01.000Z"}
{"parentUuid":"b","sessionId":"s-1","type":"assistant","message":{"id":"m1","model":"claude-x","role":"assistant","content":[{"type":"text","text":"I look."}],"usage":{"input_tokens":3,"cache_creation_input_tokens":20,"cache_read_input_tokens":100,"output_tokens":5}},"timestamp":"2026-02-10T10:00:02.000Z"}
{"parentUuid":"c","sessionId":"s-1","type":"assistant","message":{"id":"m1","role":"assistant","content":[{"type":"tool_use","id":"t1","name":"Read","input":{"file_path":"a.py"}}],"usage":{"input_tokens":3,"cache_creation_input_tokens":20,"cache_read_input_tokens":100,"output_tokens":9}},"timestamp":"2026-02-10T10:00:03.000Z"}
{"parentUuid":"d","sessionId":"s-1","type":"assistant","message":{"id":"m1","role":"assistant","content":[{"type":"tool_use","id":"t2","name":"Bash","input":{"command":"pytest"}},{"type":"text","text":"Then I run it."}]},"timestamp":"2026-02-10T10:00:04.000Z"}
{"parentUuid":"e","sessionId":"s-1","type":"user","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t2","is_error":true,"content":"The user doesn't want to proceed with this tool use. STOP."}]},"toolUseResult":"User rejected tool use","timestamp":"2026-02-10T10:00:05.000Z"}
{"parentUuid":"f","sessionId":"s-1","type":"user","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"def f(): pass"},{"type":"image","source":{}}]}]},"timestamp":"2026-02-10T10:00:06.500Z"}
{"parentUuid":"g","sessionId":"s-1","type":"user","message":{"role":"user","content":"<command-name>/model</command-name>"},"timestamp":"2026-02-10T10:00:07.000Z"}
{"parentUuid":"h","sessionId":"s-1","type":"novelty","timestamp":"2026-02-10T10:00:07.000Z"}
{"parentUuid":"i","sessionId":"s-1","type":"assistant","message":7,"timestamp":"2026-02-10T10:00:07.000Z"}
{"parentUuid":"j","sessionId":"s-1","type":"user","message":{"role":"user","content":[{"type":"text","text":"[Request interrupted by user]"}]},"timestamp":"2026-02-10T10:00:08.000Z"}
)";

TEST(ClaudeIngest, PiecesOfAMessageAreOneModelCallAndOneTurn) {
  const Trace trace = read({{"t.jsonl", kTranscript}}, "claude-code");

  EXPECT_EQ(trace.id, "s-1");
  EXPECT_EQ(trace.task, "Fix the test");
  EXPECT_EQ(trace.status, RunStatus::kInterrupted);
  EXPECT_EQ(trace.usage.input_tokens, 123);
  EXPECT_EQ(trace.usage.output_tokens, 9);
  ASSERT_EQ(trace.spans.size(), 3u);
  EXPECT_EQ(trace.spans[0].kind, SpanKind::kLlm);
  EXPECT_EQ(trace.spans[0].model, "claude-x");
  EXPECT_EQ(trace.spans[0].end_ns - trace.spans[0].start_ns, 3'000'000'000);
  EXPECT_EQ(trace.events[1].text, "I look.\nThen I run it.");
  EXPECT_EQ(lost(trace, "unknown_event"), 1u);
  EXPECT_EQ(lost(trace, "bad_line"), 1u);
  EXPECT_EQ(lost(trace, "media_dropped"), 1u);
  EXPECT_EQ(lost(trace, "result_lost"), 0u);
}

TEST(ClaudeIngest, ResultsFindTheirCallsAndARefusalIsNoError) {
  const Trace trace = read({{"t.jsonl", kTranscript}}, "claude-code");

  const Span& first = trace.spans[1];
  EXPECT_EQ(first.name, "Read");
  EXPECT_EQ(first.status, SpanStatus::kOk);
  EXPECT_EQ(first.parent, 0u);
  EXPECT_EQ(first.end_ns - first.start_ns, 3'500'000'000);
  EXPECT_EQ(pointer_of(trace, first.place), "/4/message/content/0");
  EXPECT_EQ(pointer_of(trace, first.result), "/7/message/content/0");
  EXPECT_EQ(trace.spans[2].status, SpanStatus::kBlocked);
  for (const Event& event : trace.events) {
    if (event.kind == EventKind::kToolResult && event.id == "t2") {
      EXPECT_EQ(event.text, "");  // the tool said nothing
      EXPECT_EQ(event.status, CallStatus::kBlocked);
    }
  }
}

TEST(ClaudeIngest, WhatTheClientInsertsIsNotSaidByTheUser) {
  const Trace trace = read({{"t.jsonl", kTranscript}}, "claude-code");

  std::size_t users = 0;
  std::size_t inserted = 0;
  for (const Event& event : trace.events) {
    users += event.kind == EventKind::kTurn && event.role == Role::kUser ? 1 : 0;
    inserted += event.kind == EventKind::kTurn && event.role == Role::kDeveloper ? 1 : 0;
  }
  EXPECT_EQ(users, 1u);
  EXPECT_EQ(inserted, 2u);  // the command, the interruption
}

constexpr std::string_view kMain =
    R"({"parentUuid":null,"isSidechain":false,"sessionId":"s","type":"user","message":{"role":"user","content":"Plan it"},"timestamp":"2026-02-10T10:00:00Z"}
{"parentUuid":"a","isSidechain":false,"sessionId":"s","type":"assistant","message":{"id":"m1","role":"assistant","content":[{"type":"tool_use","id":"t1","name":"Task","input":{"subagent_type":"Plan","prompt":"Make a plan"}}]},"timestamp":"2026-02-10T10:00:01Z"}
{"parentUuid":"b","isSidechain":false,"sessionId":"s","type":"progress","parentToolUseID":"t1","data":{"type":"agent_progress","agentId":"ag7","message":{"type":"user","message":{"role":"user","content":"Make a plan"},"timestamp":"2026-02-10T10:00:02Z"}},"timestamp":"2026-02-10T10:00:02Z"}
{"parentUuid":"c","isSidechain":false,"sessionId":"s","type":"user","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"One step."}]},"toolUseResult":{"agentId":"ag7"},"timestamp":"2026-02-10T10:00:09Z"}
{"parentUuid":"d","isSidechain":false,"sessionId":"s","type":"assistant","message":{"id":"m2","role":"assistant","content":[{"type":"text","text":"Planned."}],"stop_reason":"end_turn"},"timestamp":"2026-02-10T10:00:10Z"}
)";
constexpr std::string_view kSub =
    R"({"parentUuid":null,"isSidechain":true,"agentId":"ag7","sessionId":"s","type":"user","message":{"role":"user","content":"Make a plan"},"timestamp":"2026-02-10T10:00:02Z"}
{"parentUuid":"x","isSidechain":true,"agentId":"ag7","sessionId":"s","type":"assistant","message":{"id":"n1","role":"assistant","content":[{"type":"text","text":"One step."}]},"timestamp":"2026-02-10T10:00:08Z"}
)";

TEST(ClaudeIngest, ATranscriptOfASubAgentHangsAtTheCallThatStartedIt) {
  const std::vector<Document> sub_first = {{"agent-ag7.jsonl", kSub}, {"s.jsonl", kMain}};
  const Trace trace = read(sub_first, "claude-code");

  ASSERT_EQ(trace.agents.size(), 2u);
  EXPECT_EQ(trace.agents[0], "main");
  EXPECT_EQ(trace.agents[1], "ag7");
  EXPECT_EQ(trace.task, "Plan it");
  EXPECT_EQ(trace.status, RunStatus::kOk);
  std::vector<std::string> tree;
  for (const Span& span : trace.spans)
    tree.push_back(std::string(name_of(span.kind)) + (span.parent == Span::kNone ? "" : std::to_string(span.parent)));
  const std::vector<std::string> expected = {"llm", "tool0", "llm", "handoff1", "agent1", "llm4"};
  EXPECT_EQ(tree, expected);
  EXPECT_EQ(trace.spans[4].name, "Plan");
  std::vector<std::string> said;
  for (const Event& event : trace.events) {
    if (event.kind == EventKind::kTurn) said.emplace_back(event.text);
  }
  const std::vector<std::string> in_time = {"Plan it", "Make a plan", "One step.", "Planned."};
  EXPECT_EQ(said, in_time);
}

TEST(ClaudeIngest, WithoutItsTranscriptTheProgressOfASubAgentIsRead) {
  const Trace trace = read({{"s.jsonl", kMain}}, "claude-code");

  ASSERT_EQ(trace.agents.size(), 2u);
  ASSERT_EQ(trace.events.size(), 6u);
  EXPECT_EQ(trace.events[2].kind, EventKind::kHandoff);
  EXPECT_EQ(trace.events[3].text, "Make a plan");
  EXPECT_EQ(trace.events[3].agent, 1u);
  EXPECT_EQ(pointer_of(trace, trace.events[3].place), "/2/data/message/message");
}

TEST(ClaudeIngest, AResultOfTheSdkSaysHowTheRunEndedAndWhatWasDenied) {
  constexpr std::string_view kRun =
      R"({"type":"system","subtype":"init","session_id":"z","model":"claude-x","tools":["Bash"]}
{"type":"assistant","session_id":"z","parent_tool_use_id":null,"message":{"id":"m","role":"assistant","content":[{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"rm x"}}],"usage":{"input_tokens":10,"output_tokens":2}}}
{"type":"user","session_id":"z","parent_tool_use_id":null,"message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"no","is_error":true}]}}
{"type":"assistant","session_id":"z","parent_tool_use_id":"t1","message":{"id":"n","role":"assistant","content":[{"type":"text","text":"Inner."}]}}
{"type":"result","subtype":"error_max_turns","session_id":"z","is_error":true,"num_turns":1,"total_cost_usd":0.5,"usage":{"input_tokens":99,"output_tokens":9},"permission_denials":[{"tool_name":"Bash","tool_use_id":"t1","tool_input":{}},{"tool_name":"Edit","tool_use_id":"t2","tool_input":{"a":1}}]}
)";
  const Trace trace = read({{"r.jsonl", kRun}}, "claude-agent-sdk");

  EXPECT_EQ(trace.status, RunStatus::kLimit);
  EXPECT_EQ(trace.usage.input_tokens, 10);  // of model calls; the run's own sum is not added
  EXPECT_EQ(trace.usage.cost_micro_usd, 500'000);
  ASSERT_EQ(trace.agents.size(), 2u);
  EXPECT_EQ(trace.agents[1], "t1");
  std::size_t blocked = 0;
  for (const Span& span : trace.spans) blocked += span.status == SpanStatus::kBlocked ? 1 : 0;
  EXPECT_EQ(blocked, 2u);
  EXPECT_EQ(pointer_of(trace, trace.spans.back().place), "/4/permission_denials/1");
}

TEST(ClaudeIngest, ARecordedExchangeIsReadThroughItsStrings) {
  constexpr std::string_view kTape =
      R"([{"request":{"body":"{\"system\":\"Be kind.\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"},
 "response":{"status":200,"body":"{\"type\":\"message\",\"id\":\"m1\",\"role\":\"assistant\",\"model\":\"c\",\"content\":[{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{}}],\"stop_reason\":\"tool_use\",\"usage\":{\"input_tokens\":5,\"output_tokens\":2}}"}},
{"request":{"body":"{\"system\":\"Be kind.\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{}}]},{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"t\",\"content\":\"ok\"}]}]}"},
 "response":{"status":200,"body":"{\"type\":\"message\",\"id\":\"m2\",\"role\":\"assistant\",\"model\":\"c\",\"content\":[{\"type\":\"text\",\"text\":\"Done.\"}],\"stop_reason\":\"max_tokens\",\"usage\":{\"input_tokens\":9,\"output_tokens\":3}}"}}])";
  const Trace trace = read({{"tape.json", kTape}}, "claude-agent-sdk");

  EXPECT_EQ(trace.usage.input_tokens, 14);
  EXPECT_EQ(trace.status, RunStatus::kLimit);
  ASSERT_EQ(trace.spans.size(), 3u);  // two answers and a call: what the second request repeats is not told again
  EXPECT_EQ(trace.spans[1].status, SpanStatus::kOk);
  ASSERT_EQ(trace.events.size(), 5u);
  EXPECT_EQ(trace.events[0].role, Role::kSystem);
  EXPECT_EQ(pointer_of(trace, trace.spans[1].result), "/1/request/body");
}

TEST(ClaudeIngest, ATranscriptOfNothingButOnePieceIsRead) {
  std::string many;  // pieces of one message, more than any model writes: linear all the same
  for (int i = 0; i < 20'000; ++i)
    many +=
        R"({"parentUuid":"a","sessionId":"s","type":"assistant","message":{"id":"m","role":"assistant","content":[{"type":"text","text":"word"}]}})"
        "\n";
  const Trace trace = read({{"t.jsonl", many}}, "claude-code");

  ASSERT_EQ(trace.events.size(), 1u);
  EXPECT_EQ(trace.events[0].text.size(), 20'000u * 5 - 1);
}

}  // namespace
}  // namespace agentmend
