// A governance finding becomes a case that a person can act on with nothing else at hand, and that only a person
// closes.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

#include "agentmend/engine.h"
#include "detector_cases.h"
#include "fix/fix_type.h"
#include "heal/case.h"
#include "heal/governance.h"

namespace agentmend::heal {
namespace {

using nlohmann::json;

json ask(std::string_view operation, const json& header, const std::string& payload = {}) {
  return json::parse(call(operation, header.dump() + "\n" + payload), nullptr, false);
}

struct Row {
  const char* detector;
  const char* severity;
  int sla;
  std::vector<std::string> page;
  std::vector<std::string> containment;
};
// Written down a second time, from the specification.
const Row kTable[] = {
    {"authority_gradient", "high", 60, {"agent_owner", "platform_oncall"}, {"quarantine_output", "hold_release"}},
    {"role_usurpation", "high", 60, {"agent_owner", "engineering_lead"}, {"block_tool", "pause_run"}},
    {"role_usurpation_canonical",
     "high",
     60,
     {"agent_owner", "engineering_lead"},
     {"quarantine_output", "hold_release"}},
    {"role_usurpation_exec",
     "critical",
     15,
     {"security_oncall", "agent_owner"},
     {"revoke_credential", "pause_run", "freeze_target"}},
    {"approval_bypass",
     "critical",
     15,
     {"security_oncall", "agent_owner", "compliance"},
     {"pause_run", "block_tool", "freeze_target"}},
    {"exploration_safety",
     "critical",
     15,
     {"security_oncall", "platform_oncall"},
     {"pause_run", "snapshot_now", "freeze_target"}},
    {"reward_hacking", "high", 60, {"engineering_lead", "agent_owner"}, {"hold_release", "quarantine_output"}},
    {"cowork_safety",
     "critical",
     10,
     {"security_oncall", "data_owner", "agent_owner"},
     {"pause_run", "freeze_target", "snapshot_now"}},
    {"subagent_boundary", "high", 30, {"security_oncall", "agent_owner"}, {"disable_subagent", "block_tool"}},
};

json opened_from_detection(const std::string& detector) {
  const json detection{{"detector", detector},
                       {"status", "ok"},
                       {"detected", true},
                       {"confidence", 0.8},
                       {"agent", "worker"},
                       {"summary", "It happened."},
                       {"evidence", json::array({{{"kind", "action"}, {"path", ""}, {"text", "deploy"}}})}};
  return ask("heal_open", {{"detection", detection}, {"now_ms", 1000}, {"run_id", "run-7"}});
}

TEST(Governance, AllNineAreHandedOverAsTheTableSays) {
  ASSERT_EQ(playbooks().size(), std::size(kTable));
  for (const Row& row : kTable) {
    SCOPED_TRACE(row.detector);
    const json answer = opened_from_detection(row.detector);
    ASSERT_EQ(answer.value("kind", ""), "case") << answer.dump();
    const json handoff = answer["case"]["handoff"];
    EXPECT_EQ(handoff["severity"], row.severity);
    EXPECT_EQ(handoff["sla_minutes"], row.sla);
    std::vector<std::string> roles, actions;
    for (const json& page : handoff["page"]) roles.push_back(page["role"]);
    for (const json& item : handoff["containment"]) actions.push_back(item["action"]);
    EXPECT_EQ(roles, row.page);
    // The canonical table lists containment in order of reach; the order is ours to choose.
    EXPECT_EQ(std::set<std::string>(actions.begin(), actions.end()),
              std::set<std::string>(row.containment.begin(), row.containment.end()));
    EXPECT_GE(handoff["recommended_rollback"].size(), 1u);
    for (const json& step : handoff["recommended_rollback"]) EXPECT_EQ(step["automated"], false);
    EXPECT_GE(handoff["questions"].size(), 2u);
    EXPECT_LE(handoff["questions"].size(), 4u);
    EXPECT_EQ(answer["case"]["state"], "open");
  }
}

TEST(Governance, EveryGovernanceDetectorHasAPlaybookPage) {
  std::size_t found = 0;
  for (const Entry* entry : all_detectors()) {
    if (!is_governance(*entry->descriptor)) continue;
    ++found;
    const std::string name(entry->descriptor->name);
    ASSERT_NE(find_playbook(name), nullptr) << name;
    std::ifstream file(std::string(AGENTMEND_SOURCE_DIR) + "/docs/playbooks/" + name + ".md");
    ASSERT_TRUE(file.good()) << name << " has no page in docs/playbooks";
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_EQ(text.str().rfind("# " + name + "\n", 0), 0u) << name;
    // The page and the table name the same people and the same time.
    for (const Page& page : find_playbook(name)->page)
      EXPECT_NE(text.str().find(page.role), std::string::npos) << name << ": " << page.role;
    EXPECT_NE(text.str().find(std::to_string(find_playbook(name)->sla_minutes) + " minutes"), std::string::npos)
        << name;
  }
  EXPECT_EQ(found, playbooks().size());
}

void expect_complete(const json& answer, const json& given) {
  ASSERT_EQ(answer.value("kind", ""), "case") << answer.dump();
  const json handoff = answer["case"]["handoff"];
  ASSERT_GE(handoff["evidence"].size(), 1u);
  std::set<std::string> kinds;
  for (const json& item : handoff["evidence"]) {
    kinds.insert(item["kind"]);
    const json::json_pointer pointer(item["pointer"].get<std::string>());
    EXPECT_TRUE(given.contains(pointer)) << item["pointer"] << " leads nowhere in " << given.dump();
    EXPECT_LE(item.value("text", "").size(), 200u);
  }
  for (const char* kind : {"action", "arguments", "approval_state"}) EXPECT_EQ(kinds.count(kind), 1u) << kind;
  EXPECT_LE(handoff["summary"].get<std::string>().size(), 300u);
  EXPECT_EQ(handoff["page"][0]["role"], "security_oncall");
  EXPECT_EQ(handoff["sla_minutes"], 15);
  EXPECT_GE(handoff["recommended_rollback"].size(), 1u);
  EXPECT_EQ(handoff["severity"], "critical");
  EXPECT_EQ(handoff["never_auto"], true);
  EXPECT_EQ(answer["audit"][0]["type"], "governance.opened");
}

json open_input(const json& input) {
  return ask("heal_open", {{"detector", "approval_bypass"}, {"input", input}, {"now_ms", 1000}, {"run_id", "run-7"}});
}

TEST(Governance, EveryFiringCaseGivesACompleteHandOff) {
  int seen = 0;
  for (const test::Case& item : test::read_cases("approval_bypass")) {
    if (!item.line["expect"]["fires"].get<bool>()) continue;
    SCOPED_TRACE(item.place);
    ++seen;
    if (item.line.contains("input")) {
      const json answer = open_input(item.line["input"]);
      expect_complete(answer, item.line["input"]);
      const std::string summary = answer["case"]["handoff"]["summary"];
      EXPECT_NE(summary.find(item.line["input"]["tool_name"].get<std::string>()), std::string::npos) << summary;
    } else {
      const std::string trace = item.line["trace"].dump();
      const json documents = json::array({{{"name", "run"}, {"bytes", trace.size()}}});
      expect_complete(ask("heal_open", {{"documents", documents}, {"now_ms", 1000}}, trace), item.line["trace"]);
    }
  }
  EXPECT_GE(seen, 20);
}

TEST(Governance, EveryLabelledPositiveGivesACompleteHandOff) {
  const char* folder = std::getenv("AGENTMEND_DATA");
  const std::string path = folder == nullptr ? std::string(AGENTMEND_SOURCE_DIR) + "/../shared/data" : folder;
  std::ifstream file(path + "/golden/approval_bypass.jsonl");
  if (!file) {
    std::cerr << "NOTE: no labelled data in " << path
              << " (AGENTMEND_DATA); only the cases of this repository were asked\n";
    return;
  }
  int fired = 0;
  for (std::string line; std::getline(file, line);) {
    const json row = json::parse(line, nullptr, false);
    if (!row.is_object() || !row["expected"].get<bool>()) continue;
    const json answer = open_input(row["input"]);
    if (answer.value("kind", "") != "case") continue;  // missed: the score counts that
    ++fired;
    expect_complete(answer, row["input"]);
  }
  EXPECT_GE(fired, 10);
}

const json kBypass{
    {"tool_name", "send_report"},
    {"tool_input", {{"to", "everyone"}, {"token", "sk-ant-api03-AAAAbbbbCCCCddddEEEEffff1234567890"}}},
    {"preceding_context", json::array({{{"role", "user"}, {"content", "The unicorn ledger looks odd."}}})}};

TEST(Governance, TheSummaryCarriesNoWordOfTheConversationAndSecretsAreMasked) {
  const json answer = open_input(kBypass);
  const json handoff = answer["case"]["handoff"];
  EXPECT_EQ(handoff["summary"].get<std::string>().find("unicorn"), std::string::npos);
  EXPECT_EQ(answer.dump().find("ffff1234567890"), std::string::npos) << answer.dump();
}

TEST(Governance, EvidenceMayRaiseTheSeverityNeverLowerIt) {
  const json answer = open_input(kBypass);
  EXPECT_EQ(answer["detection"]["severity"], "high");
  EXPECT_EQ(answer["case"]["handoff"]["severity"], "critical");
}

TEST(Governance, OneCaseForOneToolInOneRun) {
  json again = kBypass;
  again["tool_input"]["to"] = "somebody";
  json other = kBypass;
  other["tool_name"] = "send_invoice";
  const json first = open_input(kBypass);
  EXPECT_EQ(first["dedupe_body"], open_input(again)["dedupe_body"]);
  EXPECT_NE(first["dedupe_body"], open_input(other)["dedupe_body"]);
  const json expected{{"detector", "approval_bypass"},
                      {"run", "run-7"},
                      {"agent", nullptr},
                      {"tool", "send_report"},
                      {"target", nullptr}};
  EXPECT_EQ(first["dedupe_body"], expected);
  EXPECT_EQ(first["case"]["handoff"]["dedupe_key"], "");  // the host stamps it: the core makes no digest
}

json step(const json& document, json event, std::int64_t now_ms = 2000) {
  return ask("case_step", {{"case", document}, {"event", std::move(event)}, {"now_ms", now_ms}});
}
std::string code_of(const json& answer) { return answer.value("/error/code"_json_pointer, ""); }
const json kPerson{{"kind", "person"}, {"id", "mira"}};
json acknowledge() { return {{"type", "acknowledge"}, {"actor", kPerson}}; }
json resolve(const char* outcome) {
  return {{"type", "resolve"}, {"actor", kPerson}, {"outcome", outcome}, {"note", "Looked into it."}};
}

TEST(GovernanceCase, IsAcknowledgedThenResolvedByAPerson) {
  const json open = opened_from_detection("approval_bypass")["case"];
  const json taken = step(open, acknowledge());
  ASSERT_EQ(code_of(taken), "") << taken.dump();
  EXPECT_EQ(taken["case"]["state"], "acknowledged");
  EXPECT_EQ(taken["case"]["acknowledged_by"], "mira");
  EXPECT_EQ(taken["case"]["rev"], open["rev"].get<int>() + 1);
  EXPECT_EQ(taken["audit"][0]["type"], "governance.acknowledged");
  EXPECT_EQ(taken["audit"][0]["actor"]["kind"], "person");
  const json closed = step(taken["case"], resolve("confirmed_violation"));
  EXPECT_EQ(closed["case"]["state"], "resolved");
  EXPECT_EQ(closed["case"]["outcome"], "confirmed_violation");
  EXPECT_EQ(closed["audit"][0]["type"], "governance.resolved");
  EXPECT_EQ(closed["case"]["handoff"], open["handoff"]);  // what happened is not rewritten
}

TEST(GovernanceCase, HasNoOtherWay) {
  const json open = opened_from_detection("approval_bypass")["case"];
  const json taken = step(open, acknowledge())["case"];
  const json closed = step(taken, resolve("false_alarm"))["case"];
  EXPECT_EQ(code_of(step(open, resolve("false_alarm"))), "illegal_transition");
  EXPECT_EQ(code_of(step(taken, acknowledge())), "illegal_transition");
  for (const json& event : {acknowledge(), resolve("false_alarm"), json{{"type", "repeat"}}})
    EXPECT_EQ(code_of(step(closed, event)), "illegal_transition") << event.dump();
  for (const char* word : {"apply", "approve", "decision", "promote", "rollback", "written", "consume", "cancel"})
    EXPECT_EQ(code_of(step(open, {{"type", word}, {"actor", kPerson}})), "governance_has_no_apply") << word;
}

TEST(GovernanceCase, IsNotMovedByAnAgentOrAKey) {
  const json open = opened_from_detection("approval_bypass")["case"];
  for (const json& actor : {json{{"kind", "agent"}, {"id", "a"}}, json{{"kind", "client"}, {"id", "k"}},
                            json{{"kind", "person"}, {"id", ""}}, json("mira"), json(nullptr)}) {
    json event = acknowledge();
    event["actor"] = actor;
    EXPECT_EQ(code_of(step(open, event)), "invalid_input") << actor.dump();
  }
}

TEST(GovernanceCase, AResolutionSaysWhyAndAnExceptionEnds) {
  const json taken = step(opened_from_detection("approval_bypass")["case"], acknowledge())["case"];
  json silent = resolve("false_alarm");
  silent.erase("note");
  EXPECT_EQ(code_of(step(taken, silent)), "missing_field");
  EXPECT_EQ(code_of(step(taken, resolve("fine"))), "invalid_input");
  constexpr std::int64_t kDay = 86'400'000;
  json exception = resolve("accepted_exception");
  exception["until_ms"] = 2000 + 31 * kDay;
  EXPECT_EQ(code_of(step(taken, exception)), "invalid_input");
  exception["until_ms"] = 2000 + 30 * kDay;
  EXPECT_EQ(step(taken, exception)["case"]["exception_until_ms"], 2000 + 30 * kDay);
  json alarm = resolve("false_alarm");
  alarm["until_ms"] = 2000 + kDay;
  EXPECT_EQ(code_of(step(taken, alarm)), "invalid_input");
}

TEST(GovernanceCase, TimeCallsTheNextRoleAndNeverCloses) {
  const json answer = opened_from_detection("approval_bypass");
  json document = answer["case"];
  constexpr std::int64_t kSla = 15 * 60'000;
  EXPECT_EQ(answer["effects"].back()["type"], "send_escalation");
  EXPECT_EQ(answer["effects"].back()["remind_at_ms"], 1000 + kSla);
  EXPECT_EQ(step(document, {{"type", "tick"}, {"reminder", 1}}, 1000 + kSla - 1)["case"], document);  // too early
  const char* roles[] = {"agent_owner", "compliance", "compliance", "compliance", "compliance", "compliance"};
  for (int n = 1; n <= kMaxReminders; ++n) {
    const json late = step(document, {{"type", "tick"}, {"reminder", n}}, 1000 + n * kSla);
    document = late["case"];
    EXPECT_EQ(document["state"], "open");
    EXPECT_EQ(document["overdue"], true);
    EXPECT_EQ(late["effects"][0]["role"], roles[n - 1]);
    EXPECT_EQ(late["effects"][0]["remind_at_ms"], n < kMaxReminders ? json(1000 + (n + 1) * kSla) : json());
    EXPECT_EQ(late["audit"][0]["type"], "governance.overdue");
  }
  EXPECT_EQ(code_of(step(document, {{"type", "tick"}, {"reminder", 7}}, 1e12)), "invalid_input");
  const json taken = step(document, acknowledge())["case"];
  EXPECT_TRUE(step(taken, {{"type", "tick"}, {"reminder", 2}}, 1e12)["effects"].empty());
}

TEST(GovernanceCase, ARepeatRaisesACounterAndCallsNobody) {
  const json open = opened_from_detection("approval_bypass")["case"];
  const json again = step(open, {{"type", "repeat"}});
  EXPECT_EQ(again["case"]["repeats"], 1);
  EXPECT_EQ(again["case"]["handoff"]["repeat_count"], 2);
  EXPECT_TRUE(again["effects"].empty());
}

TEST(GovernanceCase, ABadDocumentOrAnOldRevisionIsRefused) {
  const json open = opened_from_detection("approval_bypass")["case"];
  json other = open;
  other["state"] = "applied";
  EXPECT_EQ(code_of(step(other, acknowledge())), "invalid_input");
  other = open;
  other["schema"] = "agentmend.healing-record/1";
  EXPECT_EQ(code_of(step(other, acknowledge())), "invalid_input");
  EXPECT_EQ(code_of(ask("case_step", {{"case", open}, {"event", acknowledge()}, {"now_ms", 1}, {"rev", 9}})),
            "rev_mismatch");
}

}  // namespace
}  // namespace agentmend::heal
