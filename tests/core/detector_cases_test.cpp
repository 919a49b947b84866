// Helpers of detector_cases.h, and a test that they see what they should.
#include "detector_cases.h"

#include <gtest/gtest.h>

#include <fstream>

#include "agentmend/engine.h"

namespace agentmend::test {

std::string case_file(std::string_view detector) {
  return std::string(AGENTMEND_SOURCE_DIR "/tests/data/detectors/") + std::string(detector) + ".jsonl";
}

std::vector<Case> read_cases(std::string_view detector) {
  std::vector<Case> cases;
  std::ifstream file(case_file(detector), std::ios::binary);
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    cases.push_back({std::string(detector) + ".jsonl:" + std::to_string(number), json::parse(line, nullptr, false)});
  }
  return cases;
}

json ask(std::string_view detector, const json& input, const json& context) {
  json header{{"detector", detector}, {"input", input}};
  if (!context.is_null()) header["context"] = context;
  return json::parse(call("detect_one", header.dump()), nullptr, false);
}

json find(std::string_view detector, const Case& item) {
  const json& trace = item.line["trace"];
  const std::string text = trace.is_string() ? trace.get<std::string>() : trace.dump();
  json header{{"documents", json::array({{{"name", "trace"}, {"bytes", text.size()}}})},
              {"only", json::array({detector})}};
  for (const char* key : {"context", "source"}) {
    if (item.line.contains(key)) header[key] = item.line[key];
  }
  const json report = json::parse(call("detect", header.dump() + "\n" + text), nullptr, false);
  if (report.contains("error")) return report;
  return report["detections"].empty() ? json(nullptr) : report["detections"][0];
}

namespace {

TEST(DetectorCases, AMissingFileHasNoCases) { EXPECT_TRUE(read_cases("no_such_detector").empty()); }

TEST(DetectorCases, AskingWhatDoesNotExistIsAnError) {
  EXPECT_EQ(ask("no_such_detector", json::object())["error"]["code"], "unknown_detector");
}

TEST(DetectorCases, ATraceThatCannotBeReadIsAnError) {
  const Case broken{"here", json{{"trace", "not a trace"}}};
  EXPECT_TRUE(find("loop", broken).contains("error"));
}

}  // namespace
}  // namespace agentmend::test
