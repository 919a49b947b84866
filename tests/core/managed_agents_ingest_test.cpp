// Events of Managed Agents to a Trace: as a page, as lines, as a stream.
#include <gtest/gtest.h>

#include <string>

#include "ingest/ingest.h"

namespace agentmend {
namespace {

Trace read(std::string_view text) {
  auto ingested = ingest({{"events", text}}, "");
  EXPECT_TRUE(ingested.has_value()) << ingested.error().message;
  EXPECT_EQ(ingested->trace.source, "managed-agents");
  EXPECT_TRUE(ingest({{"events", text}}, "managed_agents").has_value());
  return std::move(ingested->trace);
}

constexpr std::string_view kEvents[] = {
    R"({"id":"sevt_1","type":"user.message","content":[{"type":"text","text":"Ship it"}],"processed_at":"2026-01-01T09:00:00Z"})",
    R"({"id":"sevt_2","type":"span.model_request_start","processed_at":"2026-01-01T09:00:01Z"})",
    R"({"id":"sevt_3","type":"agent.mcp_tool_use","mcp_server_name":"git","name":"push","input":{"to":"main"},"evaluated_permission":"ask","processed_at":"2026-01-01T09:00:02Z"})",
    R"({"id":"sevt_4","type":"span.model_request_end","model_request_start_id":"sevt_2","is_error":false,"model_usage":{"input_tokens":5,"output_tokens":2,"cache_read_input_tokens":7},"processed_at":"2026-01-01T09:00:03Z"})",
    R"({"id":"sevt_5","type":"user.tool_confirmation","tool_use_id":"sevt_3","result":"allow","processed_at":"2026-01-01T09:00:10Z"})",
    R"({"id":"sevt_6","type":"agent.mcp_tool_result","mcp_tool_use_id":"sevt_3","is_error":false,"content":[{"type":"text","text":"pushed"}],"processed_at":"2026-01-01T09:00:12Z"})",
    R"({"id":"sevt_7","type":"session.error","error":{"type":"model_overloaded_error","message":"busy","retry_status":{"type":"retrying"}},"processed_at":"2026-01-01T09:00:13Z"})",
    R"({"id":"sevt_8","type":"agent.message","content":[{"type":"text","text":"Shipped."}],"processed_at":"2026-01-01T09:00:14Z"})",
    R"({"id":"sevt_9","type":"session.status_idled","stop_reason":{"type":"end_turn"},"processed_at":"2026-01-01T09:00:15Z"})",
    R"({"id":"sevt_10","type":"agent.novelty","processed_at":null})",
};

std::string joined(std::string_view before, std::string_view after) {
  std::string text;
  for (const std::string_view event : kEvents) text += std::string(before) + std::string(event) + std::string(after);
  return text;
}

void check(const Trace& trace, std::string_view call_at) {
  EXPECT_EQ(trace.task, "Ship it");
  EXPECT_EQ(trace.status, RunStatus::kOk);
  ASSERT_EQ(trace.spans.size(), 3u);
  EXPECT_EQ(trace.spans[0].kind, SpanKind::kLlm);
  EXPECT_EQ(trace.spans[0].end_ns - trace.spans[0].start_ns, 2'000'000'000);
  EXPECT_EQ(trace.spans[1].name, "push");
  EXPECT_EQ(trace.spans[1].parent, 0u);
  EXPECT_EQ(trace.spans[1].status, SpanStatus::kOk);
  EXPECT_EQ(trace.spans[1].end_ns - trace.spans[1].start_ns, 10'000'000'000);
  EXPECT_EQ(pointer_of(trace, trace.spans[1].place), call_at);
  EXPECT_EQ(trace.spans[2].status, SpanStatus::kError);
  EXPECT_EQ(trace.spans[2].error, "busy");
  EXPECT_EQ(trace.usage.input_tokens, 12);
  ASSERT_EQ(trace.losses.size(), 1u);
  EXPECT_EQ(trace.losses[0].code, "unknown_event");
}

TEST(ManagedAgentsIngest, PagesLinesAndStreamsAreTheSameRun) {
  check(read(joined("", "\n")), "/2");
  std::string page = joined("", ",");
  page.pop_back();
  check(read("{\"data\":[" + page + "],\"next_page\":null}"), "/data/2");
  check(read(joined("event: x\ndata: ", "\n\n")), "/7");
}

TEST(ManagedAgentsIngest, AStreamCutBeforeTheDataOfAnEventSaysSo) {
  const Trace trace = read(joined("event: x\ndata: ", "\n\n") + "event: agent.mess");

  EXPECT_EQ(trace.losses.back().code, "partial_tail");
}

TEST(ManagedAgentsIngest, ThreadsAreAgentsAndTheirMessagesHandoffs) {
  const Trace trace = read(
      R"({"id":"sevt_1","type":"user.message","content":[{"type":"text","text":"Go"}],"processed_at":"2026-01-01T09:00:00Z"}
{"id":"sevt_2","type":"session.thread_created","session_thread_id":"th_1","agent_name":"writer","processed_at":"2026-01-01T09:00:01Z"}
{"id":"sevt_3","type":"agent.thread_message_sent","to_session_thread_id":"th_1","content":[{"type":"text","text":"Write"}],"processed_at":"2026-01-01T09:00:02Z"}
{"id":"sevt_4","type":"agent.message","session_thread_id":"th_1","content":[{"type":"text","text":"Written"}],"processed_at":"2026-01-01T09:00:03Z"}
{"id":"sevt_5","type":"agent.thread_message_received","from_session_thread_id":"th_1","content":[{"type":"text","text":"Written"}],"processed_at":"2026-01-01T09:00:04Z"}
{"id":"sevt_6","type":"user.interrupt","processed_at":"2026-01-01T09:00:05Z"}
{"id":"sevt_7","type":"session.status_idle","stop_reason":{"type":"end_turn"},"processed_at":"2026-01-01T09:00:06Z"}
)");

  ASSERT_EQ(trace.agents.size(), 2u);
  EXPECT_EQ(trace.agents[1], "writer");
  ASSERT_EQ(trace.events.size(), 4u);
  EXPECT_EQ(trace.events[1].kind, EventKind::kHandoff);
  EXPECT_EQ(trace.events[1].name, "main");
  EXPECT_EQ(trace.events[1].id, "writer");
  EXPECT_EQ(trace.events[2].agent, 1u);
  EXPECT_EQ(trace.events[3].name, "writer");
  EXPECT_EQ(trace.events[3].id, "main");
  EXPECT_EQ(trace.status, RunStatus::kInterrupted);
}

}  // namespace
}  // namespace agentmend
