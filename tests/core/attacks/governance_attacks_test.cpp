// Attacks on the rule that a governance finding is handed to a person, whatever else is said.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "agentmend/engine.h"
#include "detectors/registry.h"
#include "fix/fix_type.h"

namespace agentmend {
namespace {

using nlohmann::json;

json ask(std::string_view operation, const json& header) {
  return json::parse(call(operation, header.dump() + "\n"), nullptr, false);
}

// A case that fires: nobody asked for the payment.
json bypass() {
  return {{"detector", "approval_bypass"},
          {"input",
           {{"tool_name", "wire_transfer"},
            {"tool_input", {{"to", "DE89"}, {"amount", 12000}}},
            {"preceding_context", json::array({{{"role", "user"}, {"content", "How are the accounts doing?"}}})}}},
          {"config", {{"limits", {{"max_retries", 9}}}}},
          {"now_ms", 1000}};
}

json policy(const json& more = json::object()) {
  json out{{"schema", "agentmend.policy/1"}, {"rev", "attack"}, {"mode", "enforce"}};
  out.update(more);
  return out;
}

// What every attack here must end in: a case for a person; no record, no patch, no changed document.
void expect_handed_over(const json& header) {
  const json opened = ask("heal_open", header);
  EXPECT_EQ(opened.value("kind", ""), "case") << opened.dump();
  for (const char* key : {"record", "post", "patch", "suggestions"}) EXPECT_FALSE(opened.contains(key)) << key;
  const std::string action = opened["gate"].value("action", "");
  EXPECT_EQ(action, "escalate") << opened["gate"].dump();
  const json handoff = opened["case"]["handoff"];
  EXPECT_EQ(handoff["never_auto"], true);
  const json suggested = ask("suggest", header);
  EXPECT_EQ(suggested["suggestions"], json::array());
}

void expect_error(const json& answer, const char* code) {
  EXPECT_EQ(answer.value("/error/code"_json_pointer, ""), code) << answer.dump();
}

TEST(GovernanceAttacks, Attack_00_TheCaseIsHandedOverToBeginWith) { expect_handed_over(bypass()); }

TEST(GovernanceAttacks, Attack_01_PolicySetsTheDetectorToAuto) {
  json header = bypass();
  header["policy"] = policy({{"detectors", {{"approval_bypass", {{"action", "auto"}}}}}});
  expect_handed_over(header);
  const json gate = ask("gate", header);
  EXPECT_EQ(gate["warnings"], json::array({"policy_cannot_raise: /detectors/approval_bypass/action"}));
}

TEST(GovernanceAttacks, Attack_02_PolicySetsTheFixTypeToAuto) {
  json header = bypass();
  header["policy"] = policy({{"fix_types", {{"governance_escalation", {{"action", "auto"}}}}}});
  expect_handed_over(header);
  EXPECT_EQ(ask("gate", header)["warnings"],
            json::array({"policy_cannot_raise: /fix_types/governance_escalation/action"}));
}

TEST(GovernanceAttacks, Attack_03_PolicyWithKeysThatWouldRaise) {
  const json extras[] = {{{"allow_governance_auto", true}},
                         {{"risk_overrides", {{"governance_escalation", "safe"}}}},
                         {{"max_auto_risk", "dangerous"}},
                         {{"detectors", {{"approval_bypass", {{"action", "auto"}, {"risk", "safe"}}}}}}};
  for (const json& extra : extras) {
    json header = bypass();
    header["policy"] = policy(extra);
    for (const char* operation : {"heal_open", "gate", "suggest", "verify"}) {
      header["fix_type"] = "governance_escalation";
      expect_error(ask(operation, header), "policy_invalid");
    }
  }
}

TEST(GovernanceAttacks, Attack_04_ConfidenceFloorsOutOfRange) {
  for (const json& floor : {json(-1), json(1.1), json("0"), json(nullptr), json::array({0})}) {
    json header = bypass();
    header["policy"] = policy({{"min_confidence", {{"auto", floor}}}});
    expect_error(ask("heal_open", header), "policy_invalid");
  }
  json header = bypass();
  header["policy"] = policy({{"min_confidence", {{"auto", 0}, {"in_loop", 0}}}});
  expect_handed_over(header);
  // NaN is no JSON: the request is refused whole.
  std::string text = header.dump();
  const std::size_t at = text.find("\"auto\":0");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 8, "\"auto\":NaN");
  const json answer = json::parse(call("heal_open", text + "\n"), nullptr, false);
  ASSERT_TRUE(answer.contains("error"));
}

json detection(const char* detector, const json& more = json::object()) {
  json out{{"schema", "agentmend.detection/1"},
           {"id", "run-1.d1"},
           {"detector", detector},
           {"status", "ok"},
           {"detected", true},
           {"confidence", 0.9},
           {"summary", "Something happened."},
           {"evidence", json::array()}};
  out.update(more);
  return out;
}

TEST(GovernanceAttacks, Attack_05_DetectionThatCallsItselfSafe) {
  const json lies{{"governance", false},
                  {"bucket", "safe_auto"},
                  {"family", "general"},
                  {"fix_types", {"retry_limit"}},
                  {"risk", "safe"}};
  for (const Entry* entry : all_detectors()) {
    if (!is_governance(*entry->descriptor)) continue;
    const std::string name(entry->descriptor->name);
    SCOPED_TRACE(name);
    const json header{
        {"detection", detection(name.c_str(), lies)}, {"config", {{"limits", json::object()}}}, {"now_ms", 1}};
    expect_handed_over(header);
    EXPECT_EQ(ask("heal_open", header)["case"]["handoff"]["detector"], name);
  }
}

TEST(GovernanceAttacks, Attack_06_ConfidenceOfAGovernanceFindingChangesNothing) {
  for (const double confidence : {0.0, 0.01, 0.5, 1.0})
    expect_handed_over({{"detection", detection("approval_bypass", {{"confidence", confidence}})}, {"now_ms", 1}});
  for (const json& bad : {json(1e308), json(-0.1), json(1.000001), json("1"), json(nullptr)}) {
    const json header{{"detection", detection("approval_bypass", {{"confidence", bad}})}, {"now_ms", 1}};
    expect_error(ask("heal_open", header), "invalid_input");
  }
}

TEST(GovernanceAttacks, Attack_07_NamesThatLookAlike) {
  using namespace std::string_literals;
  const std::string names[] = {"Approval_Bypass",
                               "approval_bypass ",
                               " approval_bypass",
                               "approval-bypass",
                               "approval_bypass\0"s,
                               "approv\xD0\xB0l_bypass",  // a Cyrillic letter
                               "\xEF\xBD\x81pproval_bypass",  // full width
                               "approval\xE2\x80\x8D_bypass",  // zero-width joiner
                               "approval_bypass\n",
                               "",
                               "general/approval_bypass",
                               "loop\0approval_bypass"s};
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    json header = bypass();
    header["detector"] = name;
    expect_error(ask("detect_one", header), "unknown_detector");
    expect_error(ask("heal_open", header), "unknown_detector");
    json document = detection("approval_bypass");
    document["detector"] = name;
    expect_error(ask("heal_open", {{"detection", document}}), "unknown_detector");
  }
}

TEST(GovernanceAttacks, Attack_08_GovernanceEvidenceUnderAnotherName) {
  json input = bypass()["input"];
  input["states"] = json::array();
  const json answer = ask("heal_open", {{"detector", "loop"}, {"input", input}, {"now_ms", 1}});
  EXPECT_EQ(answer.value("kind", ""), "nothing_to_heal") << answer.dump();
  // And in the run the governance detector speaks for itself: the loop does not hide it.
  json messages = json::array({{{"role", "user"}, {"content", "How are the accounts doing?"}}});
  for (int i = 0; i < 8; ++i) {
    const std::string id = "c" + std::to_string(i);
    const json function{{"name", "wire_transfer"}, {"arguments", R"({"to":"DE89","amount":12000})"}};
    messages.push_back({{"role", "assistant"},
                        {"content", nullptr},
                        {"tool_calls", json::array({{{"id", id}, {"type", "function"}, {"function", function}}})}});
    messages.push_back({{"role", "tool"}, {"tool_call_id", id}, {"content", "error: try again"}});
  }
  const std::string trace = json{{"messages", messages}}.dump();
  const json header{{"documents", json::array({{{"name", "run"}, {"bytes", trace.size()}}})}};
  const json report = json::parse(call("detect", header.dump() + "\n" + trace), nullptr, false);
  bool loop = false, governance = false;
  for (const json& item : report["detections"]) {
    loop = loop || item["detector"] == "loop";
    governance = governance || (item["detector"] == "approval_bypass" && item["governance"] == true);
  }
  EXPECT_TRUE(loop) << report.dump();
  EXPECT_TRUE(governance) << report.dump();
}

TEST(GovernanceAttacks, Attack_08_AnOpenCaseLowersEveryOtherFix) {
  json states = json::array();
  for (int i = 0; i < 8; ++i) {
    states.push_back({{"agent_id", "a"}, {"content", "search(q='x')"}});
    states.push_back({{"agent_id", "a"}, {"content", "no results"}});
  }
  json header{{"detector", "loop"},
              {"input", {{"states", states}}},
              {"config", {{"limits", json::object()}}},
              {"target", {{"kind", "agent_config"}, {"id", "cfg"}}},
              {"now_ms", 1}};
  const json healed = ask("gate", header);
  ASSERT_EQ(healed.value("/gate/action"_json_pointer, ""), "apply") << healed.dump();
  header["governance_open"] = true;
  const json lowered = ask("gate", header);
  EXPECT_EQ(lowered.value("/gate/action"_json_pointer, ""), "escalate") << lowered.dump();
  EXPECT_EQ(lowered.value("/gate/ceiling_by"_json_pointer, ""), "governance_open") << lowered.dump();
}

TEST(GovernanceAttacks, Attack_09_NoAliasLeadsToOrFromAGovernanceName) {
  for (const FixType& type : all_fix_types()) {
    EXPECT_EQ(find_detector(type.alias), nullptr) << type.alias;
    if (type.name == "governance_escalation") {
      EXPECT_TRUE(type.alias.empty());
      EXPECT_EQ(type.risk, Risk::kDangerous);
    }
  }
  for (const Entry* entry : all_detectors()) {
    const Entry* found = find_detector(entry->descriptor->name);
    EXPECT_EQ(found, entry) << entry->descriptor->name;  // a name leads to itself
    if (!is_governance(*entry->descriptor)) continue;
    ASSERT_EQ(entry->descriptor->fixes.size(), 1u);
    EXPECT_EQ(*entry->descriptor->fixes.begin(), "governance_escalation");
  }
}

TEST(GovernanceAttacks, Attack_10_ASafeFixForAGovernanceFinding) {
  for (const char* fix : {"retry_limit", "loop_breaker", "governance_escalation", "prompt_reinforcement"}) {
    json header = bypass();
    header["fix_type"] = fix;
    header["parameters"] = {{"max_retries", 3}};
    const bool own = fix == std::string_view("governance_escalation");
    expect_error(ask("verify", header), own ? "governance_has_no_apply" : "fix_not_allowed");
  }
}

TEST(GovernanceAttacks, Attack_10_AFixThatTheDetectorDoesNotOffer) {
  const json header{{"detector", "loop"}, {"input", {{"states", json::array()}}}, {"fix_type", "prompt_reinforcement"}};
  expect_error(ask("verify", header), "fix_not_allowed");
}

TEST(GovernanceAttacks, Attack_10_AForgedRecordForAGovernanceFinding) {
  for (const char* detector : {"approval_bypass", "subagent_boundary", "reward_hacking"}) {
    const json record{{"schema", "agentmend.healing-record/1"},
                      {"id", "heal_1"},
                      {"rev", 3},
                      {"detector", detector},
                      {"fix_type", "retry_limit"},
                      {"risk", "safe"},
                      {"state", "applied"},
                      {"original_state", json::object()},
                      {"patch", json::array()},
                      {"inverse", json::array()}};
    for (const char* type : {"decision", "consume", "written", "restored", "roll_back", "cancel"}) {
      const json header{{"record", record}, {"event", {{"type", type}}}, {"config", json::object()}, {"now_ms", 1}};
      expect_error(ask("step", header), "governance_has_no_apply");
    }
    expect_error(ask("rollback_plan", {{"record", record}, {"config", json::object()}}), "governance_has_no_apply");
  }
  const json disguised{{"schema", "agentmend.governance-case/1"}, {"detector", "loop"}, {"state", "applied"}};
  expect_error(ask("step", {{"record", disguised}, {"event", {{"type", "consume"}}}}), "governance_has_no_apply");
}

TEST(GovernanceAttacks, Attack_12_FixTypeNamesThatLookAlike) {
  const json names[] = {"Retry_Limit",
                        "retry_limit\xE2\x80\x8B",
                        "retry_limit;prompt_modification",
                        " retry_limit",
                        json::array({"retry_limit"}),
                        7,
                        nullptr,
                        ""};
  for (const json& name : names) {
    SCOPED_TRACE(name.dump());
    const json header{{"detector", "loop"}, {"input", {{"states", json::array()}}}, {"fix_type", name}};
    expect_error(ask("verify", header), "unknown_fix_type");
    json loosened = bypass();
    if (!name.is_string()) continue;
    loosened["policy"] = policy({{"fix_types", {{name.get<std::string>(), {{"action", "auto"}}}}}});
    expect_error(ask("heal_open", loosened), "policy_invalid");
  }
}

TEST(GovernanceAttacks, Attack_24_OutputFieldsInTheRequestAreIgnored) {
  json header = bypass();
  for (const char* key : {"verification_passed", "applied", "approved", "auto"}) header[key] = true;
  header["state"] = "approved";
  header["approval"] = {{"status", "approved"}};
  expect_handed_over(header);
}

TEST(GovernanceAttacks, Attack_31_PlansAndCapabilitiesAreCeilings) {
  for (const char* plan : {"free", "pro", "enterprise", "open"}) {
    json header = bypass();
    header["policy"] = policy({{"plan", plan}});
    const json opened = ask("heal_open", header);
    EXPECT_EQ(opened.value("kind", ""), "case") << plan;
    EXPECT_FALSE(opened.contains("post"));
  }
  json header = bypass();
  header["policy"] = policy({{"capabilities", {{"governance_auto", true}}}});
  expect_error(ask("heal_open", header), "policy_invalid");
}

TEST(GovernanceAttacks, Attack_32_ApprovalRequiredFalse) {
  json header = bypass();
  header["approval_required"] = false;
  expect_handed_over(header);
}

TEST(GovernanceAttacks, Attack_42_TheSameKeyTwice) {
  const std::string twice =
      R"({"detection":{"detector":"loop","detector":"reward_hacking","status":"ok","detected":true,"confidence":0.9},"now_ms":1})";
  const json answer = json::parse(call("heal_open", twice + "\n"), nullptr, false);
  expect_error(answer, "duplicate_key");
}

}  // namespace
}  // namespace agentmend
