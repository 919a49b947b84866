// The patch linter: one rule, one code. What the renderers write passes; what an attacker writes does not.
#include "fix/lint.h"

#include "fix/render/generic.h"
#include "healing.h"

namespace agentmend::fix {
namespace {

using test::parse;

constexpr std::string_view kConfig =
    R"({"limits":{"retry":{"search":{"max_retries":2,"on_exhausted":"fail"}},"timeouts":{"search":1000},)"
    R"("execution_timeout_seconds":300},"guards":{},"prompt":{"system":"You help."},)"
    R"("nodes":[{"id":"n1","name":"Fetch","maxTries":3},{"id":"n2","name":"Send"}]})";

std::string_view code_of(std::string_view fix_type, std::string_view patch_text, std::string_view framework = "generic",
                         std::string_view config_text = kConfig) {
  const auto config = parse(config_text);
  const auto document = parse(patch_text);
  const auto patch = json::read_patch(document->root);
  EXPECT_TRUE(patch.has_value()) << patch_text;
  const auto ok = lint_patch(*patch, *find_fix_type(fix_type), framework, config->root);
  return ok ? std::string_view("ok") : name_of(ok.error().code);
}

TEST(Lint, EachRuleHasItsCode) {
  struct Rule {
    std::string_view code, fix_type, patch;
  };
  const std::string deep = [] {
    std::string value = "1";
    for (int i = 0; i < 17; ++i) value = "{\"a\":" + value + "}";
    return R"([{"op":"add","path":"/guards/loop","value":)" + value + "}]";
  }();
  const std::string many = [] {
    std::string text = "[";
    for (int i = 0; i < 65; ++i)
      text += std::string(i == 0 ? "" : ",") + R"({"op":"test","path":"/guards","value":{}})";
    return text + "]";
  }();
  const std::string big = R"([{"op":"add","path":"/guards/loop","value":{"a":[)" + [] {
    std::string items = "0";
    for (int i = 0; i < 40000; ++i) items += ",0";
    return items;
  }() + "]}}]";
  const std::string long_token = R"([{"op":"add","path":"/limits/retry/)" + std::string(257, 'x') + R"(","value":{}}])";
  const std::string long_text = R"([{"op":"add","path":"/guards/loop","value":")" + std::string(4097, 'x') + R"("}])";
  const Rule kRules[] = {
      {"ok", "loop_breaker", R"([{"op":"add","path":"/guards/loop","value":{"window":4}}])"},
      {"ok", "circuit_breaker",
       R"([{"op":"add","path":"/guards/circuit_breakers","value":{}},{"op":"add","path":"/guards/circuit_breakers/search","value":{"failure_threshold":2}}])"},
      {"patch_unguarded", "retry_limit",
       R"([{"op":"replace","path":"/limits/retry/search","value":{"max_retries":1}}])"},
      {"patch_unguarded", "retry_limit", R"([{"op":"remove","path":"/limits/retry/search"}])"},
      {"patch_unguarded", "retry_limit", R"([{"op":"add","path":"/limits/retry/search","value":{"max_retries":1}}])"},
      {"patch_out_of_bounds", "retry_limit", R"([{"op":"add","path":"/prompt/extra","value":"obey"}])"},
      {"patch_out_of_bounds", "retry_limit", R"([{"op":"add","path":"/guards/loop","value":{"window":4}}])"},
      {"patch_out_of_bounds", "loop_breaker", R"([{"op":"add","path":"/guards/loop/deeper","value":1}])"},
      {"patch_out_of_bounds", "loop_breaker", R"([{"op":"add","path":"/limits","value":{}}])"},
      {"patch_out_of_bounds", "circuit_breaker", R"([{"op":"add","path":"/guards/circuit_breakers","value":{"x":1}}])"},
      {"patch_out_of_bounds", "prompt_modification", R"([{"op":"add","path":"/prompt/more","value":"x"}])"},
      {"patch_bad_token", "retry_limit", R"([{"op":"add","path":"/limits/retry/__proto__","value":{}}])"},
      {"patch_bad_token", "retry_limit", R"([{"op":"add","path":"/limits/retry/constructor","value":{}}])"},
      {"patch_bad_token", "retry_limit", R"([{"op":"add","path":"/limits/retry/%5f%5fproto%5F%5F","value":{}}])"},
      {"patch_bad_token", "retry_limit", R"([{"op":"add","path":"/limits//retry","value":{}}])"},
      {"patch_bad_token", "retry_limit", R"([{"op":"add","path":"limits/retry/x","value":{}}])"},
      {"patch_bad_token", "retry_limit", R"([{"op":"test","path":"","value":{}}])"},
      {"patch_bad_token", "retry_limit", long_token},
      {"patch_bad_token", "retry_limit", R"([{"op":"test","path":"/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q","value":1}])"},
      {"patch_bad_token", "loop_breaker", R"([{"op":"add","path":"/guards/loop","value":{"a":{"prototype":1}}}])"},
      {"patch_too_big", "loop_breaker", deep},
      {"patch_too_big", "loop_breaker", many},
      {"patch_too_big", "loop_breaker", big},
      {"patch_bad_value", "loop_breaker", long_text},
      {"patch_bad_value", "loop_breaker", R"([{"op":"add","path":"/guards/loop","value":"a\u0007b"}])"},
      {"patch_bad_value", "loop_breaker",
       R"([{"op":"add","path":"/guards/loop","value":{"window":9007199254740993}}])"},
      {"patch_touches_secret", "retry_limit", R"([{"op":"add","path":"/limits/retry/apiKey","value":{}}])"},
      {"patch_touches_secret", "retry_limit", R"([{"op":"add","path":"/limits/retry/credentials","value":{}}])"},
      {"patch_op_not_allowed", "retry_limit", R"([{"op":"move","from":"/limits/retry/search","path":"/prompt/x"}])"},
      {"patch_op_not_allowed", "retry_limit", R"([{"op":"copy","from":"/prompt","path":"/limits/retry/x"}])"},
      {"governance_has_no_apply", "governance_escalation", R"([])"},
  };
  for (const Rule& rule : kRules) EXPECT_EQ(code_of(rule.fix_type, rule.patch), rule.code) << rule.patch.substr(0, 150);
}

TEST(Lint, ASafeFixOnlyTightens) {
  struct Case {
    std::string_view code, fix_type, path, before, after;
  };
  const Case kCases[] = {
      {"ok", "retry_limit", "/limits/retry/search", R"({"max_retries":2,"on_exhausted":"fail"})",
       R"({"max_retries":1})"},
      {"patch_loosens", "retry_limit", "/limits/retry/search", R"({"max_retries":2,"on_exhausted":"fail"})",
       R"({"max_retries":3})"},
      {"patch_loosens", "retry_limit", "/limits/retry/search", R"({"max_retries":2,"on_exhausted":"fail"})", R"({})"},
      {"patch_loosens", "retry_limit", "/limits/retry/search", R"({"max_retries":2,"on_exhausted":"fail"})",
       R"({"max_retries":null})"},
      {"ok", "execution_timeout", "/limits/execution_timeout_seconds", "300", "299"},
      {"patch_loosens", "execution_timeout", "/limits/execution_timeout_seconds", "300", "301"},
      {"patch_loosens", "execution_timeout", "/limits/execution_timeout_seconds", "300", "null"},
      {"ok", "timeout_adjustment", "/limits/timeouts/search", "1000", "2000"},
      {"patch_loosens", "timeout_adjustment", "/limits/timeouts/search", "1000", "2001"},
  };
  for (const Case& item : kCases) {
    const std::string path(item.path);
    const std::string patch = R"([{"op":"test","path":")" + path + R"(","value":)" + std::string(item.before) +
                              R"(},{"op":"replace","path":")" + path + R"(","value":)" + std::string(item.after) + "}]";
    EXPECT_EQ(code_of(item.fix_type, patch), item.code) << patch;
  }
}

TEST(Lint, ATimeoutIsNeverRaisedBeyondTwoMinutes) {
  constexpr std::string_view kSlow = R"({"limits":{"timeouts":{"search":100000}}})";
  const auto patch = [](std::string_view after) {
    return R"([{"op":"test","path":"/limits/timeouts/search","value":100000},)"
           R"({"op":"replace","path":"/limits/timeouts/search","value":)" +
           std::string(after) + "}]";
  };
  EXPECT_EQ(code_of("timeout_adjustment", patch("120000"), "generic", kSlow), "ok");
  EXPECT_EQ(code_of("timeout_adjustment", patch("120001"), "generic", kSlow), "patch_loosens");
}

TEST(Lint, PathsThroughArraysAreAnchored) {
  EXPECT_EQ(
      code_of("circuit_breaker", R"([{"op":"add","path":"/nodes/0/onError","value":"continueErrorOutput"}])", "n8n"),
      "patch_unanchored");
  EXPECT_EQ(
      code_of("circuit_breaker",
              R"([{"op":"test","path":"/nodes/1/id","value":"n2"},{"op":"add","path":"/nodes/0/onError","value":"x"}])",
              "n8n"),
      "patch_unanchored");
  EXPECT_EQ(
      code_of("circuit_breaker",
              R"([{"op":"test","path":"/nodes/0/id","value":"n1"},{"op":"add","path":"/nodes/0/onError","value":"x"}])",
              "n8n"),
      "ok");
  EXPECT_EQ(
      code_of(
          "circuit_breaker",
          R"([{"op":"test","path":"/nodes/0/id","value":"n1"},{"op":"add","path":"/nodes/00/onError","value":"x"}])",
          "n8n"),
      "patch_bad_index");
  EXPECT_EQ(
      code_of("retry_limit",
              R"([{"op":"test","path":"/nodes/0/id","value":"n1"},{"op":"test","path":"/nodes/0/maxTries","value":3},)"
              R"({"op":"replace","path":"/nodes/0/maxTries","value":5}])",
              "n8n"),
      "patch_loosens");
}

TEST(Lint, EveryTypeButThoseForPromptsWritesOnePath) {
  int without = 0;
  for (const FixType& type : all_fix_types()) {
    const std::vector<std::string> path = generic_path(type);
    const bool none = type.name == "governance_escalation" || path.empty() || path.front() == "system_message";
    without += none ? 1 : 0;
    EXPECT_TRUE(!none || type.risk == Risk::kDangerous) << type.name;
  }
  EXPECT_EQ(without, 13);  // 12 texts for a prompt, and the hand-off
}

}  // namespace
}  // namespace agentmend::fix
