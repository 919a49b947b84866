// The life of a record: which steps are legal (listed here a second time), what each writes to the audit, and what a
// record must carry before anything is applied or undone.
#include "heal/record.h"

#include <functional>
#include <map>

#include "healing_calls.h"
#include "json/patch.h"

namespace agentmend::heal {
namespace {

using test::ask_core;
using test::error_of;
using test::json;
using test::kNow;
using test::open_header;

constexpr std::size_t kStateCount = static_cast<std::size_t>(State::kNoRemediation) + 1;
constexpr std::size_t kHappeningCount = static_cast<std::size_t>(Happening::kRestoreFailed) + 1;

// "from step" -> "to", from the rules in words.
const std::map<std::string, std::string> kLegal = {
    {"created nothing_to_suggest", "no_remediation"},
    {"created gate_recommends", "recommended"},
    {"created gate_applies", "applying"},
    {"created gate_verifies", "verifying"},
    {"created gate_escalates", "awaiting_approval"},
    {"verifying verified", "applying"},
    {"verifying not_verified", "awaiting_approval"},
    {"verifying gate_recommends", "recommended"},
    {"awaiting_approval approve", "approved"},
    {"awaiting_approval reject", "rejected"},
    {"awaiting_approval expire", "expired"},
    {"awaiting_approval target_changed", "superseded"},
    {"awaiting_approval cancel", "cancelled"},
    {"created cancel", "cancelled"},
    {"verifying cancel", "cancelled"},
    {"approved consume", "applying"},
    {"approved expire", "expired"},
    {"approved target_changed", "superseded"},
    {"applying write_failed", "failed"},
    {"applying written", "validating"},
    {"applying written_unfaithful", "rolling_back"},
    {"applying unknown_outcome", "conflict"},
    {"validating valid", "applied"},
    {"validating valid_staged", "staged"},
    {"validating invalid", "rolling_back"},
    {"staged promote", "staged"},
    {"staged promote_fully", "applied"},
    {"staged abort", "rolling_back"},
    {"staged roll_back", "rolling_back"},
    {"applied roll_back", "rolling_back"},
    {"rolling_back restored", "rolled_back"},
    {"rolling_back restore_failed", "rollback_failed"},
};

TEST(Record, EveryStepThatIsNotInTheRulesIsRefused) {
  std::size_t legal = 0;
  for (std::size_t s = 0; s < kStateCount; ++s) {
    for (std::size_t h = 0; h < kHappeningCount; ++h) {
      const auto from = static_cast<State>(s);
      const auto happening = static_cast<Happening>(h);
      const std::string pair = std::string(name_of(from)) + " " + std::string(name_of(happening));
      const auto to = next_state(from, happening);
      const auto rule = kLegal.find(pair);
      if (rule == kLegal.end()) {
        ASSERT_FALSE(to.has_value()) << pair;
        EXPECT_EQ(to.error().code, ErrorCode::kIllegalTransition) << pair;
      } else {
        ASSERT_TRUE(to.has_value()) << pair;
        EXPECT_EQ(name_of(*to), rule->second) << pair;
        ++legal;
      }
    }
  }
  EXPECT_EQ(legal, kLegal.size());
}

TEST(Record, AMoveRaisesTheRevisionAndWritesOneAuditEvent) {
  for (const Transition& step : transitions()) {
    const json before = {{"id", "heal_1"}, {"rev", 4}, {"state", name_of(step.from)}, {"fix_type", "retry_limit"}};
    const auto moved = move(before.dump(), step.happening, kNow, {});
    if (step.to == State::kApplying) {
      ASSERT_FALSE(moved.has_value()) << "applying takes a permission: " << name_of(step.happening);
      EXPECT_EQ(moved.error().code, ErrorCode::kIllegalTransition);
      continue;
    }
    ASSERT_TRUE(moved.has_value()) << name_of(step.happening);
    const json record = json::parse(moved->record);
    EXPECT_EQ(record["rev"], 5);
    EXPECT_EQ(record["state"], name_of(step.to));
    EXPECT_EQ(record["status"], status_of(step.to));
    EXPECT_EQ(record["rollback_available"], step.to == State::kApplied || step.to == State::kStaged);
    ASSERT_EQ(moved->audit.size(), 1u);
    const json audit = json::parse(moved->audit[0]);
    EXPECT_EQ(audit["type"], step.audit);
    EXPECT_EQ(audit["subject"]["rev"], 5);
  }
}

// ---- through the seam

json step(const json& record, const json& event, const json& config = nullptr, std::int64_t now = kNow + 1) {
  json header = {{"record", record}, {"event", event}, {"now_ms", now}, {"rev", record["rev"]}};
  if (!config.is_null()) header["config"] = config;
  return ask_core("step", header);
}

json written_event() {
  const std::string hash(64, 'b');
  return {{"type", "written"}, {"hashes", {{"base_hash", hash}, {"post_hash", hash}, {"apply_key", hash}}}};
}

json decision(const char* word) {
  const std::string hash(64, 'c');
  return {{"type", "decision"},   {"decision", word},
          {"approver", "ann"},    {"escalation_id", "e1"},
          {"binding_hash", hash}, {"expected_binding_hash", hash},
          {"decision_id", "d1"},  {"expires_at_ms", kNow + 1000}};
}

std::vector<std::string> types_of(const json& list) {
  std::vector<std::string> types;
  for (const json& item : list) types.push_back(item["type"]);
  return types;
}
using Types = std::vector<std::string>;

TEST(Record, AppliedAndRolledBack) {
  const json opened = ask_core("heal_open", open_header("loop"));
  EXPECT_EQ(types_of(opened["audit"]), Types{"fix.apply_started"});
  EXPECT_EQ(types_of(opened["effects"]), (Types{"store_checkpoint", "write_target"}));
  const json applied = step(opened["record"], written_event(), opened["post"]);
  ASSERT_EQ(applied["record"]["state"], "applied") << applied;
  EXPECT_EQ(types_of(applied["audit"]), (Types{"fix.applied", "fix.validated"}));
  EXPECT_EQ(applied["record"]["rev"], opened["record"]["rev"].get<int>() + 2);

  const json plan = ask_core("rollback_plan", {{"record", applied["record"]}, {"config", opened["post"]}});
  EXPECT_EQ(plan["mode"], "checkpoint") << plan;
  EXPECT_EQ(plan["config"], opened["record"]["original_state"]);
  json changed = opened["post"];
  changed["name"] = "changed by a person";
  const json inverse = ask_core("rollback_plan", {{"record", applied["record"]}, {"config", changed}});
  EXPECT_EQ(inverse["mode"], "inverse") << inverse;
  EXPECT_EQ(inverse["config"]["name"], "changed by a person");

  const json undoing = step(applied["record"], {{"type", "roll_back"}});
  EXPECT_EQ(types_of(undoing["effects"]), Types{"restore_target"});
  EXPECT_EQ(types_of(undoing["audit"]), Types{"fix.rollback_started"});
  const json undone = step(undoing["record"], {{"type", "restored"}}, opened["record"]["original_state"]);
  EXPECT_EQ(undone["record"]["state"], "rolled_back") << undone;
  EXPECT_EQ(types_of(undone["audit"]), Types{"fix.rolled_back"});
  EXPECT_EQ(error_of(step(undone["record"], {{"type", "roll_back"}})), "illegal_transition");
  const json failed = step(undoing["record"], {{"type", "restored"}}, opened["post"]);
  EXPECT_EQ(failed["record"]["state"], "rollback_failed");
}

TEST(Record, AWriteThatReadsBackDifferentlyIsUndone) {
  const json opened = ask_core("heal_open", open_header("loop"));
  json other = opened["post"];
  other["surprise"] = 1;
  for (const json& config : {other, json::object()}) {
    const json answer = step(opened["record"], written_event(), config);
    EXPECT_EQ(answer["record"]["state"], "rolling_back") << answer;
    EXPECT_EQ(types_of(answer["effects"]), Types{"restore_target"});
  }
  EXPECT_EQ(error_of(step(opened["record"], {{"type", "written"}}, opened["post"])), "missing_field");
}

json escalated() {
  json header = open_header("loop");
  header["approval_required"] = true;
  return ask_core("heal_open", header);
}

TEST(Record, AnApprovalIsUsedOnce) {
  const json opened = escalated();
  ASSERT_EQ(opened["record"]["state"], "awaiting_approval") << opened;
  EXPECT_EQ(error_of(step(opened["record"], {{"type", "consume"}})), "binding_mismatch");
  const json approved = step(opened["record"], decision("approved"));
  ASSERT_EQ(approved["record"]["state"], "approved") << approved;
  EXPECT_EQ(approved["audit"][0]["actor"]["kind"], "person");
  const json begun = step(approved["record"], {{"type", "consume"}});
  ASSERT_EQ(begun["record"]["state"], "applying") << begun;
  EXPECT_EQ(begun["record"]["approval"]["consumed_at_ms"], kNow + 1);
  EXPECT_EQ(types_of(begun["audit"]), Types{"escalation.consumed"});
  json again = begun["record"];
  again["state"] = "approved";
  EXPECT_EQ(error_of(step(again, {{"type", "consume"}})), "illegal_transition");
  EXPECT_EQ(step(begun["record"], written_event(), opened["post"])["record"]["state"], "applied");
}

TEST(Record, AStateIsNoApproval) {
  const json opened = escalated();
  json forged = opened["record"];
  forged["state"] = "approved";
  EXPECT_EQ(error_of(step(forged, {{"type", "consume"}})), "binding_mismatch");
  const json good = step(opened["record"], decision("approved"))["record"];
  const std::pair<const char*, json> forgeries[] = {
      {"approver", ""}, {"approver", nullptr},   {"escalation_id", ""}, {"status", "pending"},
      {"status", true}, {"binding_hash", "abc"}, {"status", "edited"}};
  for (const auto& [key, value] : forgeries) {
    json record = good;
    record["approval"][key] = value;
    EXPECT_EQ(error_of(step(record, {{"type", "consume"}})), "binding_mismatch") << key << value;
  }
  json record = good;
  record["approval"] = true;
  EXPECT_EQ(error_of(step(record, {{"type", "consume"}})), "binding_mismatch");
}

TEST(Record, ADecisionForSomethingElseOrTooLateDoesNotCount) {
  const json record = escalated()["record"];
  json event = decision("approved");
  event["binding_hash"] = std::string(64, 'd');
  EXPECT_EQ(error_of(step(record, event)), "binding_mismatch");
  event = decision("approved");
  event["approver"] = "";
  EXPECT_EQ(error_of(step(record, event)), "missing_field");
  event = decision("maybe");
  EXPECT_EQ(error_of(step(record, event)), "invalid_input");
  const json late = step(record, decision("approved"), nullptr, kNow + 1000);
  EXPECT_EQ(late["record"]["state"], "expired") << late;
  EXPECT_EQ(step(record, decision("rejected"))["record"]["state"], "rejected");
  EXPECT_EQ(error_of(ask_core("step", {{"record", record}, {"event", decision("approved")}, {"rev", 99}})),
            "rev_mismatch");
}

// A record is a document that somebody may have changed: what it would write is judged again at each step.
TEST(Record, AChangedRecordIsRefused) {
  const json opened = escalated();
  const json approved = step(opened["record"], decision("approved"))["record"];
  const auto refused = [&](const char* code, const std::function<void(json&)>& change) {
    json record = approved;
    change(record);
    EXPECT_EQ(error_of(step(record, {{"type", "consume"}})), code) << record["patch"];
    record["state"] = "applied";
    EXPECT_EQ(error_of(ask_core("rollback_plan", {{"record", record}, {"config", opened["post"]}})), code);
  };
  refused("patch_out_of_bounds", [](json& r) { r["patch"][0] = {{"op", "add"}, {"path", "/prompt"}, {"value", "x"}}; });
  refused("patch_bad_token", [](json& r) {
    r["patch"].push_back({{"op", "add"}, {"path", "/guards/__proto__"}, {"value", 1}});
  });
  refused("patch_op_not_allowed", [](json& r) {
    r["patch"].push_back({{"op", "copy"}, {"from", "/guards"}, {"path", "/limits"}});
  });
  refused("checkpoint_tampered", [](json& r) { r["inverse"] = json::array(); });
  refused("checkpoint_tampered", [](json& r) {
    r["inverse"][0] = {{"op", "add"}, {"path", "/prompt"}, {"value", "x"}};
  });
  refused("fix_not_allowed", [](json& r) { r["fix_type"] = "prompt_modification"; });
  refused("unknown_fix_type", [](json& r) { r["fix_type"] = "Loop_Breaker"; });
  refused("unknown_fix_type", [](json& r) { r["fix_type"] = nullptr; });
  refused("fix_not_allowed", [](json& r) { r["detector"] = "n8n_schema"; });
}

// ---- patch and inverse

struct Dice {
  std::uint64_t state;
  std::uint64_t below(std::uint64_t n) {  // Knuth's MMIX generator; the high bits
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % n;
  }
};

json random_value(Dice& dice, int depth) {
  switch (dice.below(depth > 0 ? 8 : 6)) {
    case 0: return nullptr;
    case 1: return dice.below(2) == 0;
    case 2: return static_cast<std::int64_t>(dice.below(2000)) - 1000;
    case 3: return static_cast<double>(dice.below(1000)) / 8;
    case 4: return std::string("a/b~c \"ü\" ") + std::to_string(dice.below(9));
    case 5: return "";
    case 6: {
      json list = json::array();
      for (std::uint64_t i = dice.below(4); i > 0; --i) list.push_back(random_value(dice, depth - 1));
      return list;
    }
    default: {
      json object = json::object();
      const char* const keys[] = {"a", "b/c", "d~e", "", "0", "-", "ü"};
      for (std::uint64_t i = dice.below(5); i > 0; --i) object[keys[dice.below(7)]] = random_value(dice, depth - 1);
      return object;
    }
  }
}

TEST(Patch, APatchAndItsInverseGiveBackTheDocument) {
  Dice dice{20'240'607};
  std::size_t undone = 0;
  for (int round = 0; round < 3000; ++round) {
    const json before = {{"a", random_value(dice, 3)}, {"z", random_value(dice, 2)}};
    json after = before;
    for (std::uint64_t i = 1 + dice.below(3); i > 0; --i)
      after[dice.below(2) == 0 ? "a" : "new"] = random_value(dice, 3);
    const std::string difference = json::diff(before, after).dump();
    agentmend::json::Index index;
    ASSERT_TRUE(index.read(difference).has_value());
    const auto patch = agentmend::json::read_patch(agentmend::json::View::root(index));
    ASSERT_TRUE(patch.has_value()) << difference;
    const auto undo = agentmend::json::plan_patch(before.dump(), *patch);
    ASSERT_TRUE(undo.has_value()) << difference << before << undo.error().message;
    EXPECT_EQ(json::parse(undo->post), after) << difference;
    const auto back = agentmend::json::apply_patch(undo->post, undo->inverse);
    ASSERT_TRUE(back.has_value()) << difference << back.error().message;
    EXPECT_EQ(json::parse(*back), before) << difference;
    undone += before == after ? 0 : 1;
    // On a document that was changed where the patch wrote, the inverse does nothing at all.
    if (undo->inverse.empty()) continue;
    EXPECT_FALSE(agentmend::json::apply_patch("{\"other\":1}", undo->inverse).has_value()) << difference;
  }
  EXPECT_GE(undone, 2000u);
}

}  // namespace
}  // namespace agentmend::heal
