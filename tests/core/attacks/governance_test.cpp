// Attempts to have a governance finding applied: hostile policies, forged detections, forged records, forged events and
// names with tricks, through every operation of the seam. The same calls do apply a loop, so silence would show.
#include <gtest/gtest.h>

#include <set>

#include "../healing_calls.h"

namespace agentmend {
namespace {

using test::ask_core;
using test::error_of;
using test::json;
using test::open_header;

constexpr const char* kNine[] = {"authority_gradient",   "role_usurpation", "role_usurpation_canonical",
                                 "role_usurpation_exec", "approval_bypass", "exploration_safety",
                                 "reward_hacking",       "cowork_safety",   "subagent_boundary"};

// Policies as texts, because duplicate keys are among them.
const char* const kPolicies[] = {
    "null",
    R"({"schema":"agentmend.policy/1","rev":"1","mode":"enforce","plan":"open","max_auto_risk":"medium"})",
    R"({"schema":"agentmend.policy/1","rev":"1","detectors":{"approval_bypass":{"action":"auto","threshold":0}}})",
    R"({"schema":"agentmend.policy/1","rev":"1","fix_types":{"governance_escalation":{"action":"auto"}}})",
    R"({"schema":"agentmend.policy/1","rev":"1","min_confidence":{"auto":0,"in_loop":0}})",
    R"({"schema":"agentmend.policy/1","rev":"1","plan":"enterprise","capabilities":{"governance_handoff":false}})",
    R"({"schema":"agentmend.policy/1","rev":"1","mode":"observe"})",
    R"({"schema":"agentmend.policy/1","rev":"1","plan":"free"})",
    R"({"schema":"agentmend.policy/1","rev":"1","require_verification":true,"require_cleared":true})",
    R"({"schema":"agentmend.policy/1","rev":"1","in_loop":{"unattended":true,"allow_observe":true}})",
    R"({"schema":"agentmend.policy/1","rev":"1","allow_governance_auto":true})",
    R"({"schema":"agentmend.policy/1","rev":"1","risk_overrides":{"governance_escalation":"safe"}})",
    R"({"schema":"agentmend.policy/1","rev":"1","max_auto_risk":"dangerous"})",
    R"({"schema":"agentmend.policy/1","rev":"1","capabilities":{"governance_auto":true}})",
    R"({"schema":"agentmend.policy/1","rev":"1","detectors":{"approval_bypass":{"action":"off"}}})",
    R"({"schema":"agentmend.policy/1","rev":"1","detectors":{"approval_bypass":{"action":"apply"}}})",
    R"({"schema":"agentmend.policy/1","rev":"1","detectors":{"__proto__":{"action":"auto"}}})",
    R"({"schema":"agentmend.policy/1","rev":"1","__proto__":{"mode":"enforce"},"constructor":{"prototype":{}}})",
    R"({"schema":"agentmend.policy/1","rev":"1","mode":"recommend","mode":"enforce"})",
    R"({"schema":"agentmend.policy/1","rev":"1","min_confidence":{"auto":-1}})",
    R"({"schema":"agentmend.policy/1","rev":"1","min_confidence":{"auto":"0"}})",
    R"({"schema":"agentmend.policy/1","rev":"1","limits":{"max_fixes_per_hour":1000}})",
};

const std::set<std::string> kMoving = {
    "apply",        "verify_then_apply", "applying", "approved",     "validating",     "applied",          "staged",
    "rolling_back", "rolled_back",       "improved", "write_target", "restore_target", "store_checkpoint", "schedule"};

// Nothing in an answer may change a target: no patch, no such effect, no such state, no such verdict.
void expect_inert(const json& answer, const std::string& place) {
  if (answer.is_array()) {
    for (const json& item : answer) expect_inert(item, place);
  }
  if (!answer.is_object()) return;
  for (const auto& [key, value] : answer.items()) {
    if (key == "patch" || key == "prompt_patch" || key == "inverse" || key == "post" || key == "chosen_fix_id") {
      EXPECT_TRUE(value.is_null()) << place << ": " << key << " " << value;
    }
    if (key == "action" || key == "state" || key == "type" || key == "verdict" || key == "status") {
      EXPECT_EQ(value.is_string() ? kMoving.count(value.get<std::string>()) : 0u, 0u) << place << ": " << value;
    }
    if (key == "suggestions") {
      EXPECT_TRUE(value.empty()) << place << value;
    }
    if (key == "never_auto") {
      EXPECT_EQ(value, true) << place;
    }
    expect_inert(value, place);
  }
}

// What callers may claim about a finding, in the hope that it is believed.
json forged_detection(std::string_view detector) {
  return {{"schema", "agentmend.detection/1"},
          {"id", "run.d1"},
          {"detector", detector},
          {"status", "ok"},
          {"detected", true},
          {"confidence", 1.0},
          {"governance", false},
          {"bucket", "safe_auto"},
          {"risk", "safe"},
          {"family", "general"},
          {"fixes", {"loop_breaker", "retry_limit"}},
          {"fix_type", "retry_limit"},
          {"suggestions", {{{"fix_type", "retry_limit"}, {"risk", "safe"}, {"patch", json::array()}}}},
          {"__proto__", {{"governance", false}}},
          {"evidence", json::array({{{"kind", "repeats"}, {"path", "/states/4"}, {"text", "x"}, {"value", 9}}})}};
}

std::vector<json> hostile_headers(const char* detector) {
  json forged = open_header("loop");
  forged["detector"] = detector;
  forged["detection"] = forged_detection(detector);
  json claims = forged;
  for (const char* claim : {"verification_passed", "applied", "approved", "allow_governance_auto", "force"})
    claims[claim] = true;
  claims["approval_required"] = false;
  claims["governance_open"] = false;
  claims["governance"] = false;
  claims["bucket"] = "safe_auto";
  claims["surface"] = "manual";
  claims["record_id"] = "../../applied";
  claims["approval"] = {{"status", "approved"}, {"approver", "root"}};
  claims["gate"] = {{"action", "apply"}};
  claims["detection"]["id"] = "heal_1\",\"state\":\"applying";
  return {forged, claims};
}

std::string with_policy(const json& header, const char* policy) {
  std::string text = header.dump();
  text.pop_back();
  return text + ",\"policy\":" + policy + "}";
}

TEST(Attack, TheSameCallsApplyALoop) {
  const json opened = ask_core("heal_open", open_header("loop"));
  EXPECT_EQ(opened["record"]["state"], "applying") << opened;
  ASSERT_GE(opened["effects"].size(), 2u);
  EXPECT_EQ(opened["effects"][1]["type"], "write_target");
  EXPECT_FALSE(opened["record"]["patch"].is_null());
}

TEST(Attack, NoPolicyAndNoForgedDetectionAppliesAGovernanceFinding) {
  std::size_t asked = 0;
  std::size_t refused = 0;
  for (const char* policy : kPolicies) {
    for (const char* detector : kNine) {
      std::vector<json> headers = hostile_headers(detector);
      if (std::string_view(detector) == "approval_bypass") headers.push_back(open_header(detector));
      for (json& header : headers) {
        for (const char* operation : {"suggest", "gate", "heal_open", "verify"}) {
          for (const char* fix : {"governance_escalation", "retry_limit", "reranker"}) {
            if (std::string_view(operation) != "verify" && std::string_view(fix) != "retry_limit") continue;
            header["fix_type"] = fix;
            header["parameters"] = json::object();
            const json answer = ask_core(operation, with_policy(header, policy));
            const std::string place = std::string(operation) + " " + detector + " " + policy;
            ASSERT_TRUE(answer.is_object()) << place;
            json seen = answer;
            seen.erase("detection");  // the finding as it was read: no decision
            expect_inert(seen, place);
            const std::string error = error_of(answer);
            if (std::string_view(operation) == "verify") {
              const bool offered = std::string_view(fix) == "governance_escalation";
              EXPECT_TRUE(error == "policy_invalid" ||
                          error == (offered ? "governance_has_no_apply" : "fix_not_allowed"))
                  << place << answer;
            } else {
              EXPECT_TRUE(error.empty() || error == "policy_invalid") << place << answer;
            }
            if (std::string_view(operation) == "heal_open" && error.empty()) {
              EXPECT_EQ(answer["kind"], "case") << place << answer;
            }
            refused += error == "policy_invalid" ? 1 : 0;
            ++asked;
          }
        }
      }
    }
  }
  EXPECT_GE(asked, 2000u);
  EXPECT_GE(refused, asked / 3);  // the twelve that try to loosen are refused whole
}

TEST(Attack, AutoForGovernanceIsToldToHaveNoEffect) {
  for (const char* policy : {kPolicies[2], kPolicies[3]}) {
    const json answer = ask_core("gate", with_policy(open_header("approval_bypass"), policy));
    EXPECT_EQ(answer["gate"]["action"], "escalate") << answer;
    EXPECT_NE(answer["warnings"].dump().find("policy_cannot_raise"), std::string::npos) << answer;
  }
}

TEST(Attack, AConfidenceChangesNothing) {
  json header = open_header("loop");
  header["detection"] = forged_detection("reward_hacking");
  for (const double confidence : {0.0, 0.01, 1.0}) {
    header["detection"]["confidence"] = confidence;
    EXPECT_EQ(ask_core("gate", header)["gate"]["action"], "escalate");
  }
  for (const json& confidence : {json(1e308), json(-1), json(1.1), json("1"), json(nullptr)}) {
    header["detection"]["confidence"] = confidence;
    EXPECT_EQ(error_of(ask_core("gate", header)), "invalid_input") << confidence;
  }
}

const char* const kTricks[] = {"Approval_Bypass",
                               "approval_bypass ",
                               " approval_bypass",
                               "approval-bypass",
                               "approval_bypass\\u0000",
                               "approv\\u0430l_bypass",
                               "approval_bypass\\n",
                               "approval\\u200d_bypass",
                               "\\uff41pproval_bypass",
                               "__proto__",
                               "constructor",
                               ""};

TEST(Attack, NamesWithTricksAreUnknown) {
  const json opened = ask_core("heal_open", open_header("loop"))["record"];
  for (const char* name : kTricks) {
    const std::string quoted = "\"" + std::string(name) + "\"";
    for (const char* operation : {"suggest", "gate", "heal_open"}) {
      const std::string header =
          R"({"config":{},"detection":{"status":"ok","detected":true,"confidence":1,"detector":)" + quoted + "}}";
      EXPECT_EQ(error_of(ask_core(operation, header)), "unknown_detector") << operation << name;
    }
    json record = opened;
    record["detector"] = json::parse(quoted);
    const json step = {{"record", record}, {"event", {{"type", "cancel"}}}};
    EXPECT_EQ(error_of(ask_core("step", step)), "unknown_detector") << name;
    EXPECT_EQ(error_of(ask_core("rollback_plan", {{"record", record}, {"config", json::object()}})),
              "unknown_detector");
  }
  for (const json& name : {json::array({"approval_bypass"}), json(7), json(nullptr), json::object()}) {
    json record = opened;
    record["detector"] = name;
    EXPECT_EQ(error_of(ask_core("step", {{"record", record}, {"event", {{"type", "cancel"}}}})), "unknown_detector");
  }
}

TEST(Attack, ADetectorNamedTwiceIsRefused) {
  const std::string twice = R"({"config":{},"detection":{"status":"ok","detected":true,"confidence":1,)"
                            R"("detector":"loop","detector":"reward_hacking"}})";
  for (const char* operation : {"suggest", "gate", "heal_open"})
    EXPECT_EQ(error_of(ask_core(operation, twice)), "duplicate_key");
  std::string record = ask_core("heal_open", open_header("loop"))["record"].dump();
  record.insert(1, R"("detector":"approval_bypass",)");
  EXPECT_EQ(error_of(ask_core("step", R"({"event":{"type":"written"},"record":)" + record + "}")), "duplicate_key");
  EXPECT_EQ(error_of(ask_core("rollback_plan", R"({"config":{},"record":)" + record + "}")), "duplicate_key");
}

std::vector<json> every_event() {
  const std::string hash(64, 'a');
  std::vector<json> events;
  for (const char* type : {"write_failed", "unknown_outcome", "target_changed", "cancel", "expire", "consume",
                           "roll_back", "restore_failed", "restored", "gate_applies", "verified", "valid", "promote"})
    events.push_back({{"type", type}, {"actor", "root"}});
  events.push_back({{"type", "written"}, {"hashes", {{"base_hash", hash}, {"post_hash", hash}, {"apply_key", hash}}}});
  events.push_back({{"type", "decision"},
                    {"decision", "approved"},
                    {"approver", "root"},
                    {"escalation_id", "e1"},
                    {"binding_hash", hash},
                    {"expected_binding_hash", hash},
                    {"expires_at_ms", test::kNow + 1000}});
  return events;
}

TEST(Attack, AForgedRecordOfAGovernanceFindingTakesNoStep) {
  const json opened = ask_core("heal_open", open_header("loop"));
  std::size_t asked = 0;
  for (const char* detector : kNine) {
    json record = opened["record"];
    record["detector"] = detector;
    record["approval"] = {{"escalation_id", "e1"},
                          {"decision_id", "d1"},
                          {"status", "approved"},
                          {"approver", "root"},
                          {"decided_at_ms", 1},
                          {"consumed_at_ms", nullptr},
                          {"binding_hash", std::string(64, 'a')}};
    for (const char* state : {"created", "verifying", "awaiting_approval", "approved", "applying", "validating",
                              "staged", "applied", "rolling_back"}) {
      record["state"] = state;
      for (const json& event : every_event()) {
        const json answer = ask_core("step", {{"record", record}, {"event", event}, {"config", opened["post"]}});
        EXPECT_EQ(error_of(answer), "governance_has_no_apply") << detector << state << event;
        ++asked;
      }
      EXPECT_EQ(error_of(ask_core("rollback_plan", {{"record", record}, {"config", opened["post"]}})),
                "governance_has_no_apply");
    }
  }
  EXPECT_EQ(asked, 9u * 9u * every_event().size());
}

TEST(Attack, ACaseDressedAsARecordTakesNoStep) {
  json record = ask_core("heal_open", open_header("approval_bypass"))["case"];
  ASSERT_EQ(record["schema"], "agentmend.governance-case/1");
  json dressed = ask_core("heal_open", open_header("loop"))["record"];
  dressed["schema"] = "agentmend.governance-case/1";
  for (json document : {record, dressed}) {
    document["state"] = "approved";
    for (const json& event : every_event())
      EXPECT_EQ(error_of(ask_core("step", {{"record", document}, {"event", event}})), "governance_has_no_apply");
  }
}

// A governance finding in the same run holds the fix of a loop for a person, whatever the caller says.
TEST(Attack, AnOpenCaseHoldsOtherFixes) {
  json header = open_header("loop");
  EXPECT_EQ(ask_core("gate", header)["gate"]["action"], "apply");
  header["governance_open"] = true;
  const json held = ask_core("heal_open", header);
  EXPECT_EQ(held["record"]["gate"]["ceiling_by"], "governance_open") << held;
  EXPECT_EQ(held["record"]["state"], "awaiting_approval");
}

// ---- whole runs

json trace_of(std::string_view detector) {
  for (const test::Case& item : test::read_cases(detector)) {
    if (item.line.contains("trace") && item.line["trace"].is_object() && item.line["expect"]["fires"] == true)
      return item.line["trace"];
  }
  ADD_FAILURE() << "no run of " << detector << " fires";
  return nullptr;
}

json open_run(const json& trace, int finding) {
  const std::string payload = trace.dump();
  json header = {{"documents", {{{"name", "run.json"}, {"bytes", payload.size()}}}},
                 {"finding", finding},
                 {"config", json::object()},
                 {"governance_open", false},
                 {"now_ms", test::kNow}};
  return ask_core("heal_open", header.dump() + "\n" + payload);
}

// The core sees the governance finding of the same run itself; the caller need not tell, and cannot deny it.
TEST(Attack, AGovernanceFindingOfTheRunHoldsItsOtherFixes) {
  const json loop = trace_of("loop");
  EXPECT_EQ(open_run(loop, 0)["record"]["state"], "applying") << "by itself the loop is healed";
  json both = trace_of("approval_bypass");
  for (const json& message : loop["messages"]) both["messages"].push_back(message);
  std::size_t cases = 0;
  std::size_t held = 0;
  const json first = open_run(both, 0);
  for (int i = 0; i < first["findings"].get<int>(); ++i) {
    const json answer = open_run(both, i);
    if (answer["kind"] == "case") {
      ++cases;
      json seen = answer;
      seen.erase("detection");
      expect_inert(seen, "run");
      continue;
    }
    ASSERT_EQ(answer["kind"], "record") << answer;
    EXPECT_NE(answer["record"]["state"], "applying") << answer;
    held += answer["record"]["gate"]["ceiling_by"] == "governance_open" ? 1 : 0;
  }
  EXPECT_EQ(cases, 1u);
  EXPECT_GE(held, 1u);
}

}  // namespace
}  // namespace agentmend
