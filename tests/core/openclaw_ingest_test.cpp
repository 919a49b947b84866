// OpenClaw transcripts, labelled sessions, config and table of sessions to a Trace.
#include <gtest/gtest.h>

#include <string>

#include "ingest/ingest.h"

namespace agentmend {
namespace {

Trace read(const std::vector<Document>& documents) {
  auto ingested = ingest(documents, "");
  EXPECT_TRUE(ingested.has_value()) << ingested.error().message;
  EXPECT_EQ(ingested->trace.source, "openclaw");
  EXPECT_TRUE(ingest(documents, "openclaw").has_value());
  return std::move(ingested->trace);
}

std::uint32_t lost(const Trace& trace, std::string_view code) {
  for (const Loss& loss : trace.losses) {
    if (loss.code == code) return loss.count;
  }
  return 0;
}

std::vector<std::string> said(const Trace& trace) {
  std::vector<std::string> texts;
  for (const Event& event : trace.events) {
    if (event.kind == EventKind::kTurn) texts.emplace_back(event.text);
  }
  return texts;
}

constexpr std::string_view kHead =
    R"({"type":"session","version":3,"id":"S1","timestamp":"2026-01-01T09:00:00Z","cwd":"/w"})"
    "\n";

std::string entry(std::string_view id, std::string_view parent, std::string_view message) {
  return R"({"type":"message","id":")" + std::string(id) + R"(","parentId":)" +
         (parent.empty() ? "null" : "\"" + std::string(parent) + "\"") +
         R"(,"timestamp":"2026-01-01T09:00:05Z","message":)" + std::string(message) + "}\n";
}

TEST(OpenclawIngest, OnlyTheBranchOfTheLastEntryIsTheRun) {
  const std::string text =
      std::string(kHead) + entry("a", "", R"({"role":"user","content":"Start"})") +
      entry("b", "a", R"({"role":"assistant","content":[{"type":"text","text":"Dropped."}],"stopReason":"stop"})") +
      entry(
          "c", "a",
          R"({"role":"assistant","content":[{"type":"text","text":"[[reply_to_current]] Kept."}],"stopReason":"stop"})") +
      entry("d", "c", R"({"role":"assistant","content":[{"type":"text","text":"NO_REPLY"}],"stopReason":"length"})");
  const Trace trace = read({{"S1.jsonl", text}});

  const std::vector<std::string> expected = {"Start", "Kept."};
  EXPECT_EQ(said(trace), expected);
  EXPECT_EQ(lost(trace, "abandoned_branch"), 1u);
  EXPECT_EQ(trace.id, "S1");
  EXPECT_EQ(trace.status, RunStatus::kLimit);
}

TEST(OpenclawIngest, ARingOfParentsAndAMissingOneEnd) {
  const std::string text = std::string(kHead) + entry("a", "b", R"({"role":"user","content":"One"})") +
                           entry("b", "a", R"({"role":"user","content":"Two"})") +
                           entry("c", "lost", R"({"role":"user","content":"Three"})");
  const std::vector<std::string> expected = {"One", "Two", "Three"};  // its parent is not there: file order

  EXPECT_EQ(said(read({{"S1.jsonl", text}})), expected);
}

TEST(OpenclawIngest, AResultSaysItselfThatItFailed) {
  struct Case {
    std::string_view rest;
    SpanStatus status;
    std::string_view error;
  };
  constexpr Case kCases[] = {
      {R"("content":[{"type":"text","text":"all errors are fixed"}],"isError":false)", SpanStatus::kOk, ""},
      {R"("content":[{"type":"text","text":"x"}],"isError":true)", SpanStatus::kError, "x"},
      {R"("content":[{"type":"text","text":"x"}],"details":{"status":"failed","error":"gone"},"isError":false)",
       SpanStatus::kError, "gone"},
      {R"("content":[{"type":"text","text":"x"}],"details":{"exitCode":2},"isError":false)", SpanStatus::kError, "x"},
      {R"("content":[{"type":"text","text":"x"}],"details":{"exitCode":0,"status":"completed"},"isError":false)",
       SpanStatus::kOk, ""},
      {R"("content":[{"type":"text","text":"{\"status\":\"timeout\",\"error\":\"late\"}"}],"isError":false)",
       SpanStatus::kError, "late"},
      {R"("content":[{"type":"text","text":"{\"status\":\"accepted\"}"}],"isError":false)", SpanStatus::kOk, ""},
  };
  for (const Case& c : kCases) {
    const std::string text =
        std::string(kHead) +
        entry(
            "a", "",
            R"({"role":"assistant","timestamp":1767258008000,"content":[{"type":"toolCall","id":"c|1","name":"exec","arguments":{"command":"ls"}}],"usage":{"input":10,"output":4,"cacheRead":5,"cacheWrite":1,"cost":{"total":0.002}},"stopReason":"toolUse"})") +
        entry("b", "a",
              R"({"role":"toolResult","toolCallId":"c|1","toolName":"exec","timestamp":1767258012500,)" +
                  std::string(c.rest) + "}");
    const Trace trace = read({{"S1.jsonl", text}});

    ASSERT_EQ(trace.spans.size(), 3u);  // session, model, call
    EXPECT_EQ(trace.spans[2].status, c.status) << c.rest;
    EXPECT_EQ(trace.spans[2].error, c.error) << c.rest;
    EXPECT_EQ(trace.spans[2].end_ns - trace.spans[2].start_ns, 4'500'000'000);  // of messages, not of entries
    EXPECT_EQ(pointer_of(trace, trace.spans[2].place), "/1/message/content/0");
    EXPECT_EQ(pointer_of(trace, trace.spans[2].result), "/2/message");
    EXPECT_EQ(trace.usage.input_tokens, 16);
    EXPECT_EQ(trace.usage.cost_micro_usd, 2'000);
  }
}

TEST(OpenclawIngest, WhatTheGatewayWritesAboveAUsersWordsIsNotTheirs) {
  const std::string text =
      std::string(kHead) +
      entry(
          "a", "",
          R"({"role":"user","content":[{"type":"text","text":"Sender (untrusted metadata):\n```json\n{\"id\":\"1\"}\n```\n\n[Thu 2026-01-01 10:00 GMT+1] Is it up?"},{"type":"image","data":"x"}]})") +
      entry("b", "a", R"({"role":"user","content":"[draft] keep the mark"})") +
      R"({"type":"compaction","id":"c","parentId":"b","summary":"Asked twice.","firstKeptEntryId":"b","tokensBefore":9})"
      "\n" +
      R"({"type":"novelty","id":"d","parentId":"c"})"
      "\n" +
      R"({"type":"message","id":"e","parentId":"d","message":7})"
      "\n";
  const Trace trace = read({{"S1.jsonl", text}});

  const std::vector<std::string> expected = {"Is it up?", "[draft] keep the mark", "Asked twice."};
  EXPECT_EQ(said(trace), expected);
  EXPECT_EQ(trace.task, "Is it up?");
  EXPECT_EQ(trace.events.back().role, Role::kDeveloper);
  EXPECT_EQ(lost(trace, "media_dropped"), 1u);
  EXPECT_EQ(lost(trace, "unknown_event"), 1u);
  EXPECT_EQ(lost(trace, "bad_line"), 1u);
}

TEST(OpenclawIngest, TheTableOfSessionsNamesTheAgentAndAConfigHoldsNoRun) {
  const std::string text = std::string(kHead) + entry("a", "", R"({"role":"user","content":"Hi"})");
  const Trace trace = read({{"openclaw.json", R"({"agents":{"defaults":{}},"tools":{}})"},
                            {"sessions.json", R"({"agent:ops:telegram:group:7":{"sessionId":"S1","updatedAt":1}})"},
                            {"S1.jsonl", text}});

  EXPECT_EQ(trace.agents[0], "ops");
  EXPECT_EQ(said(trace).size(), 1u);
}

TEST(OpenclawIngest, LabelledSessionsPairByTheNameOfTheTool) {
  const Trace trace = read({{"s.json", R"({"session_id":"L","agent_name":"desk","status":"completed","events":[
    {"type":"message.received","timestamp":"2026-01-01T09:00:00Z","data":{"text":"Look it up"}},
    {"type":"tool.call","tool_name":"find","tool_input":{"q":"a"}},
    {"type":"tool.result","tool_name":"find","tool_result":{"status":"failed"}},
    {"type":"session.spawn","data":{"target_agent":"helper","message":"Find a"}},
    {"type":"message.sent","data":{"content":"Nothing."}},
    {"type":"strange"}]})"}});

  EXPECT_EQ(trace.id, "L");
  EXPECT_EQ(trace.status, RunStatus::kOk);
  ASSERT_EQ(trace.spans.size(), 2u);
  EXPECT_EQ(trace.spans[0].status, SpanStatus::kError);
  EXPECT_EQ(trace.events[3].id, "helper");
  EXPECT_EQ(pointer_of(trace, trace.spans[0].result), "/events/2");
  EXPECT_EQ(lost(trace, "unknown_event"), 1u);
}

}  // namespace
}  // namespace agentmend
