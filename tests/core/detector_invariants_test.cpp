// What holds for every working detector, whatever it looks for: tried on its own cases and on broken ones.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "agentmend/engine.h"
#include "detector_cases.h"

namespace agentmend::test {
namespace {

using nlohmann::ordered_json;

class Invariants : public ::testing::TestWithParam<const Entry*> {
 protected:
  [[nodiscard]] std::string_view name() const { return GetParam()->descriptor->name; }
  [[nodiscard]] std::vector<json> inputs() const {
    std::vector<json> found;
    for (const Case& item : read_cases(name())) {
      if (item.line.is_object() && item.line.contains("input")) found.push_back(item.line["input"]);
    }
    return found;
  }
  [[nodiscard]] json answer(const json& input) const { return ask(name(), input); }
};

// Every answer, also to nonsense: a status, and a confidence that fits the verdict.
void expect_sound(const json& answer) {
  ASSERT_TRUE(answer.is_object()) << answer.dump();
  ASSERT_FALSE(answer.contains("error")) << answer.dump();
  const double confidence = answer["confidence"].get<double>();
  EXPECT_GE(confidence, 0.0);
  EXPECT_LE(confidence, 1.0);
  EXPECT_FALSE(answer["summary"].get<std::string>().empty());
  if (answer["status"] != "ok") {
    EXPECT_FALSE(answer["detected"].get<bool>());
    EXPECT_EQ(confidence, 0.0);
  } else if (answer["detected"].get<bool>()) {
    EXPECT_FALSE(answer["evidence"].empty()) << "a finding without evidence";
  }
}

// The verdict without what may depend on the order of members (order of evidence).
json verdict(const json& answer) {
  return {answer["status"], answer["detected"], answer["confidence"], answer["severity"], answer["subtype"]};
}

ordered_json reversed(const ordered_json& value) {
  if (value.is_array()) {
    ordered_json out = ordered_json::array();
    for (const ordered_json& item : value) out.push_back(reversed(item));
    return out;
  }
  if (!value.is_object()) return value;
  ordered_json out = ordered_json::object();
  for (auto member = value.rbegin(); member != value.rend(); ++member) out[member.key()] = reversed(member.value());
  return out;
}

// Each string becomes `change(string)`.
template <typename F>
json with_strings(const json& value, const F& change) {
  if (value.is_string()) return change(value.get<std::string>());
  json out = value;
  if (value.is_structured()) {
    for (auto& item : out) item = with_strings(item, change);
  }
  return out;
}

TEST_P(Invariants, SameInputSameBytes) {
  for (const json& input : inputs()) EXPECT_EQ(answer(input).dump(), answer(input).dump());
}

TEST_P(Invariants, AnswersAreSound) {
  for (const json& input : inputs()) expect_sound(answer(input));
}

TEST_P(Invariants, KeyOrderChangesNothing) {
  for (const json& input : inputs()) {
    const std::string turned = reversed(ordered_json::parse(input.dump())).dump();
    const std::string request = R"({"detector":")" + std::string(name()) + R"(","input":)" + turned + "}";
    EXPECT_EQ(verdict(json::parse(call("detect_one", request))), verdict(answer(input))) << turned;
  }
}

TEST_P(Invariants, ExtraKeysChangeNothing) {
  for (json input : inputs()) {
    if (!input.is_object()) continue;
    const json before = answer(input);
    input["x_unknown_key"] = {{"loop", "error"}, {"list", {1, 2, 3}}};
    EXPECT_EQ(answer(input).dump(), before.dump());
  }
}

TEST_P(Invariants, ANullIsAMissingKey) {
  const auto& keys = GetParam()->descriptor->inputs;
  bool required = false;
  json nulls = json::object();
  for (const InputKey& key : keys) {
    required = required || !key.optional;
    nulls[std::string(key.name)] = nullptr;
  }
  if (!required) return;
  EXPECT_EQ(answer(json::object())["status"], "insufficient_input");
  EXPECT_EQ(answer(nulls)["status"], "insufficient_input");
}

TEST_P(Invariants, WrongTypesAreInvalidNotACrash) {
  std::ifstream file(AGENTMEND_SOURCE_DIR "/tests/data/catalogue/detectors.json");
  const json catalogue = json::parse(file, nullptr, false);
  ASSERT_TRUE(catalogue.is_array()) << "the frozen catalogue is missing";
  json described = json::object();
  for (const json& item : catalogue) {
    if (item["name"] == name()) described = item["input"];
  }
  const json wrong[] = {7, "x", true, json::array({7, nullptr, "x"}), {{"x", 7}}};
  json base = json::object();
  for (const json& input : inputs()) {
    if (answer(input)["status"] == "ok") base = input;
  }
  for (const InputKey& key : GetParam()->descriptor->inputs) {
    json input = base;
    for (const json& value : wrong) {
      input[std::string(key.name)] = value;
      SCOPED_TRACE(input.dump().substr(0, 200));
      expect_sound(answer(input));
    }
    const json type = described.value(std::string(key.name), json::object()).value("type", "");
    if (key.optional || !type.is_string()) continue;
    const std::string text = type.get<std::string>();
    input[std::string(key.name)] = 7;
    if (text.rfind("array", 0) == 0 || text == "object" || text == "string") {
      EXPECT_EQ(answer(input)["status"], "invalid_input") << key.name << " = 7, documented as " << text;
    }
  }
  EXPECT_EQ(ask(name(), json::array({1}))["status"], "invalid_input");
}

TEST_P(Invariants, LongTextsAreAnswered) {
  for (const json& input : inputs()) {
    const std::size_t times = 200'000 / (input.dump().size() + 1) + 1;
    const json grown = with_strings(input, [times](const std::string& text) {
      std::string out;
      for (std::size_t i = 0; i < times; ++i) out += text + " ";
      return out;
    });
    expect_sound(answer(grown));
  }
}

TEST_P(Invariants, LongListsAreAnswered) {
  for (json input : inputs()) {
    if (!input.is_object()) continue;
    for (json& value : input) {
      if (!value.is_array() || value.empty()) continue;
      const json once = value;
      const std::size_t times = std::min(200'000 / (once.dump().size() + 1), 5'000 / once.size());
      for (std::size_t i = 0; i < times; ++i) value.insert(value.end(), once.begin(), once.end());
    }
    expect_sound(answer(input));
  }
}

TEST_P(Invariants, StrangeTextIsAnswered) {
  const std::string strange[] = {"",
                                 " ",
                                 std::string("\0\x01\x7f", 3),
                                 "\xf0\x9f\x98\x80\xe2\x80\x8b\xef\xbb\xbf",
                                 "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xe2\x80\xae abc",
                                 "{\"a\":[",
                                 "((((((((",
                                 "%s%n$1~/../..",
                                 std::string(3000, '9')};
  for (const json& input : inputs()) {
    for (const std::string& text : strange)
      expect_sound(answer(with_strings(input, [&text](const std::string&) { return text; })));
  }
}

TEST_P(Invariants, DeepInputIsAnswered) {
  json deep = "x";
  for (int i = 0; i < 200; ++i) deep = i % 2 == 0 ? json::array({deep}) : json{{"a", deep}};
  for (const InputKey& key : GetParam()->descriptor->inputs) {
    json input = json::object();
    for (const InputKey& each : GetParam()->descriptor->inputs) input[std::string(each.name)] = deep;
    input[std::string(key.name)] = json::array({deep, deep});
    expect_sound(answer(input));
  }
}

std::vector<const Entry*> working() {
  std::vector<const Entry*> found;
  for (const Entry* entry : all_detectors()) {
    if (entry->works()) found.push_back(entry);
  }
  return found;
}

// As long as no detector works there is nothing to instantiate.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Invariants);
INSTANTIATE_TEST_SUITE_P(Working, Invariants, ::testing::ValuesIn(working()),
                         [](const auto& each) { return std::string(each.param->descriptor->name); });

}  // namespace
}  // namespace agentmend::test
