// What the tests of fix/ and heal/ share: findings of any detector, policies from text, targets from text.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agentmend/engine.h"
#include "detectors/registry.h"
#include "fix/finding.h"
#include "fix/target_view.h"
#include "heal/policy.h"
#include "json/view.h"
#include "json/writer.h"

namespace agentmend::test {

// A document that keeps its text alive.
struct Parsed {
  std::string text;
  json::Index index;
  json::View root;
};
inline std::unique_ptr<Parsed> parse(std::string_view text) {
  auto out = std::make_unique<Parsed>();
  out->text = std::string(text);
  EXPECT_TRUE(out->index.read(out->text).has_value()) << text;
  out->root = json::View::root(out->index);
  return out;
}

inline Detection detection_of(std::string_view detector, double confidence = 0.95) {
  Detection detection;
  const Entry* entry = find_detector(detector);
  EXPECT_NE(entry, nullptr) << detector;
  detection.descriptor = entry->descriptor;
  detection.detected = true;
  detection.confidence = confidence;
  detection.severity = entry->descriptor->severity;
  detection.summary = "seen in a test";
  return detection;
}

inline heal::Policy policy_of(std::string_view text) {
  const auto document = parse(text);
  auto policy = heal::read_policy(document->root);
  EXPECT_TRUE(policy.has_value()) << text << (policy ? "" : ": " + policy.error().message);
  return policy ? *policy : heal::Policy{};
}

// Ten policies that a careless or hostile owner could write. All are valid documents.
inline const std::vector<std::string>& ten_policies() {
  static const std::vector<std::string> kPolicies = {
      R"({"schema":"agentmend.policy/1","rev":"default"})",
      R"({"schema":"agentmend.policy/1","rev":"a","mode":"enforce","max_auto_risk":"medium"})",
      R"({"schema":"agentmend.policy/1","rev":"b","mode":"observe"})",
      R"({"schema":"agentmend.policy/1","rev":"c","mode":"recommend"})",
      R"({"schema":"agentmend.policy/1","rev":"d","max_auto_risk":"none"})",
      R"({"schema":"agentmend.policy/1","rev":"e","fix_types":{"governance_escalation":{"action":"auto"}}})",
      R"({"schema":"agentmend.policy/1","rev":"f","detectors":{
           "authority_gradient":{"action":"auto"},"role_usurpation":{"action":"auto"},
           "role_usurpation_canonical":{"action":"auto"},"role_usurpation_exec":{"action":"auto"},
           "approval_bypass":{"action":"auto"},"exploration_safety":{"action":"auto"},
           "reward_hacking":{"action":"auto"},"cowork_safety":{"action":"auto"},"subagent_boundary":{"action":"auto"}}})",
      R"({"schema":"agentmend.policy/1","rev":"g","require_verification":true,"require_cleared":true})",
      R"({"schema":"agentmend.policy/1","rev":"h","min_confidence":{"auto":0,"in_loop":0},"plan":"enterprise"})",
      R"({"schema":"agentmend.policy/1","rev":"i","plan":"free","capabilities":{"governance_handoff":true}})",
  };
  return kPolicies;
}

// The answer of an operation.
inline std::unique_ptr<Parsed> call_op(std::string_view operation, std::string_view header) {
  std::string line(header);
  for (char& c : line) c = c == '\n' ? ' ' : c;
  return parse(call(operation, line));
}

}  // namespace agentmend::test
