// A session that is fed one event at a time finds what the whole trace has in it.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "agentmend/engine.h"
#include "random_run.h"
#include "session_run.h"

namespace agentmend {
namespace {

using test::json;

std::string lines_of(const std::vector<std::string>& events, std::size_t from, std::size_t to) {
  std::string text;
  for (std::size_t i = from; i < to; ++i) {
    json line = json::parse(events[i]);
    line["v"] = 1;
    text += line.dump() + "\n";
  }
  return text;
}

// A session has no document to point into.
void drop_places(json& detections) {
  for (json& detection : detections) {
    detection.erase("id");
    for (json& item : detection["evidence"]) item.erase("source");
  }
  std::sort(detections.begin(), detections.end());  // a report of a trace puts the surest first, a session the earliest
}

std::set<std::string> not_in_a_session(const json& report) {
  std::set<std::string> names;
  for (const json& item : report["skipped"]) {
    if (item["reason"] == "not_in_a_session") names.insert(item["detector"]);
  }
  return names;
}

json found_by_session(const std::vector<std::string>& events, std::set<std::string>& others) {
  Session session("{}");
  for (const std::string& event : events) static_cast<void>(session.event(event));
  json report = json::parse(session.result(Session::kReport));
  others = not_in_a_session(report);
  drop_places(report["detections"]);
  return report["detections"];
}

json found_in_whole(const std::string& lines, const std::set<std::string>& others) {
  const json header{{"documents", {{{"name", "run.jsonl"}, {"bytes", lines.size()}}}}, {"source", "agentmend"}};
  json report = json::parse(call("detect", header.dump() + "\n" + lines));
  json found = json::array();
  for (json& detection : report["detections"]) {
    if (others.count(detection["detector"]) == 0) found.push_back(std::move(detection));
  }
  drop_places(found);
  return found;
}

TEST(SessionWhole, FindingsAreThoseOfTheWholeTrace) {
  std::size_t findings = 0;
  for (std::uint64_t seed = 0; seed < 80; ++seed) {
    auto events = test::random_run(seed, 5 + seed, false);
    events.push_back(R"({"type":"run.end"})");
    std::set<std::string> others;
    const json in_session = found_by_session(events, others);
    const json in_whole = found_in_whole(lines_of(events, 0, events.size()), others);
    EXPECT_EQ(in_session, in_whole) << "seed " << seed << json::diff(in_session, in_whole);
    findings += in_session.size();
  }
  EXPECT_GT(findings, 80u) << "else nothing was compared";
}

// Sooner or later a long run has said more than a session keeps; what holds calls must not change with that.
TEST(SessionWhole, AMillionEventsAreJudgedAsIfEverythingWereKept) {
  const auto options = [](std::int64_t bytes) {
    return json{
        {"policy", {{"schema", "agentmend.policy/1"}, {"rev", "r"}, {"input_limits", {{"session_bytes", bytes}}}}}}
        .dump();
  };
  Session usual(options(2 << 20));
  Session keeping(options(1ll << 50));
  std::size_t said = 0;
  std::size_t events = 0;
  const auto feed = [&](const std::string& event) {
    const std::uint32_t code = usual.event(event);
    ASSERT_EQ(code, keeping.event(event)) << event;
    said += code == 1 ? 1 : 0;
    if (code == 1) {
      ASSERT_EQ(usual.result(Session::kIntervention), keeping.result(Session::kIntervention));
    }
    ++events;
  };
  for (std::uint64_t round = 0; events < 1'000'000; ++round) {
    for (const std::string& event : test::random_run(round, 2)) feed(event);
    for (int i = 0; i < 2000; ++i) {
      const std::string number = std::to_string(round * 2000 + static_cast<std::uint64_t>(i));
      feed(R"({"type":"tool.start","name":"list","call_id":")" + number + R"(","input":{"page":)" + number + "}}");
      feed(R"({"type":"tool.end","call_id":")" + number + R"(","output":"row )" + number + "\"}");
    }
  }
  EXPECT_GT(said, 100u);
  const json report = json::parse(usual.result(Session::kReport));
  EXPECT_EQ(report["truncated"]["what"], "session_bytes");
  EXPECT_LE(report["truncated"]["kept"], 2 << 20);
  EXPECT_GT(report["truncated"]["seen"], 2 << 20);
  EXPECT_EQ(report["detections"], json::parse(keeping.result(Session::kReport))["detections"]);
  EXPECT_LT(usual.snapshot().size(), 2u << 20);
}

}  // namespace
}  // namespace agentmend
