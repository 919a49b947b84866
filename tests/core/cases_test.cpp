// Runs the labelled cases of every detector, and asks that each working detector brings enough of them.
#include <gtest/gtest.h>

#include <map>

#include "detector_cases.h"

namespace agentmend::test {
namespace {

// House rule (style 2.4): a detector brings at least this many cases of each kind.
const std::map<std::string, int> kAtLeast{{"fires", 5}, {"quiet", 5}, {"near_miss", 3}, {"hostile", 2}};

class Cases : public ::testing::TestWithParam<const Entry*> {
 protected:
  [[nodiscard]] std::string_view name() const { return GetParam()->descriptor->name; }
};

void check_evidence(const json& answer, const json& pointer) {
  bool found = false;
  for (const json& item : answer.value("evidence", json::array()))
    found = found || item.value("path", "") == pointer || item.value("source", "") == pointer;
  EXPECT_TRUE(found) << "no evidence at " << pointer;
}

void check(const Case& item, const json& answer) {
  const json& expect = item.line["expect"];
  ASSERT_TRUE(answer.is_null() || !answer.contains("error")) << answer.dump();
  const bool fires = !answer.is_null() && answer["detected"].get<bool>();
  const double confidence = answer.is_null() ? 0.0 : answer["confidence"].get<double>();
  EXPECT_EQ(fires, expect["fires"].get<bool>()) << "confidence " << confidence;
  if (expect.contains("min")) {
    EXPECT_GE(confidence, expect["min"].get<double>());
  }
  if (expect.contains("max")) {
    EXPECT_LE(confidence, expect["max"].get<double>());
  }
  if (expect.contains("pointer")) check_evidence(answer, expect["pointer"]);
  for (const char* key : {"subtype", "severity", "status"}) {
    if (expect.contains(key)) {
      EXPECT_EQ(answer.value(key, json()), expect[key]) << key;
    }
  }
}

TEST_P(Cases, AnswerAsLabelled) {
  for (const Case& item : read_cases(name())) {
    ASSERT_TRUE(item.line.is_object()) << item.place << " is not a JSON object";
    SCOPED_TRACE(item.place + " " + item.line.value("id", "(no id)") + ": " + item.line.value("why", "(no why)"));
    ASSERT_TRUE(item.line.contains("input") != item.line.contains("trace")) << "give either input or trace";
    ASSERT_TRUE(item.line.contains("expect") && item.line["expect"].contains("fires"));
    const json answer = item.line.contains("input")
                            ? ask(name(), item.line["input"], item.line.value("context", json()))
                            : find(name(), item);
    check(item, answer);
    if (HasFatalFailure()) return;
  }
}

TEST_P(Cases, AreEnough) {
  std::map<std::string, int> count;
  std::map<std::string, int> ids;
  for (const Case& item : read_cases(name())) {
    ASSERT_TRUE(item.line.is_object()) << item.place;
    ++count[item.line.value("kind", "(no kind)")];
    EXPECT_EQ(++ids[item.line.value("id", "")], 1) << item.place << ": the id is missing or used twice";
    EXPECT_FALSE(item.line.value("why", "").empty()) << item.place << ": say why";
  }
  for (const auto& [kind, number] : count) EXPECT_TRUE(kAtLeast.count(kind) == 1) << "unknown kind " << kind;
  if (!GetParam()->works()) return;  // a planned detector may have cases, but need not
  for (const auto& [kind, number] : kAtLeast)
    EXPECT_GE(count[kind], number) << case_file(name()) << " has too few cases of kind " << kind;
}

TEST_P(Cases, ReadinessSaysWhetherItWorks) {
  EXPECT_EQ(GetParam()->works(), GetParam()->descriptor->readiness != Readiness::kPlanned);
}

INSTANTIATE_TEST_SUITE_P(All, Cases, ::testing::ValuesIn(all_detectors().begin(), all_detectors().end()),
                         [](const auto& each) { return std::string(each.param->descriptor->name); });

}  // namespace
}  // namespace agentmend::test
