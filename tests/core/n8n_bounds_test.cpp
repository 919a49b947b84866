// n8n_cycle and n8n_timeout: the suggested fix, applied to the workflow of a case, lowers the confidence of the
// finding; and harmless changes of a workflow change no verdict.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "detector_cases.h"
#include "engine/replay.h"
#include "fix/suggestion.h"
#include "ingest/ingest.h"

namespace agentmend {
namespace {

using test::ask;
using test::Case;
using test::read_cases;
using Json = test::json;

// The workflow after the first suggestion that has a patch; null when there is none.
Json healed(const std::string& workflow, const char* detector, std::string* fix_type) {
  auto read = ingest({{"workflow.json", workflow}}, "");
  if (!read) return nullptr;
  const engine::Replay replay = engine::replay(read->trace, {}, {find_detector(detector)});
  if (replay.findings.all().empty()) return nullptr;
  json::Index config;
  if (!config.read(workflow)) return nullptr;
  fix::TargetView target;
  target.config = json::View::root(config);
  target.framework = "n8n";
  target.new_id_seed = "run-1";
  const Finding finding = classify({&replay.findings.all()[0], "run-1.d1"});
  const fix::Suggestions suggestions = fix::suggest(std::get<HealableFinding>(finding), target);
  EXPECT_EQ(suggestions.dropped, 0u);
  for (const fix::Suggestion& item : suggestions.items) {
    if (!item.patch || item.type().name == "circuit_breaker") continue;
    const auto undo = json::plan_patch(workflow, *item.patch);
    EXPECT_TRUE(undo.has_value()) << (undo ? "" : undo.error().message);
    if (!undo) return nullptr;
    *fix_type = item.type().name;
    return Json::parse(undo->post);
  }
  return nullptr;
}

void heals(const char* detector, const std::set<std::string>& subtypes) {
  std::set<std::string> seen;
  for (const Case& item : read_cases(detector)) {
    const Json input = item.line.value("input", Json());
    const bool made_to_fire = item.line["kind"] == "fires" && !input.contains("execution_data");
    if (!made_to_fire) continue;
    SCOPED_TRACE(item.place);
    const Json before = ask(detector, input);
    const std::string subtype = before["subtype"].get<std::string>();
    if (subtypes.count(subtype) == 0) continue;
    std::string fix_type;
    const Json after_workflow = healed(input["workflow_json"].dump(), detector, &fix_type);
    if (after_workflow.is_null()) continue;
    const Json after = ask(detector, {{"workflow_json", after_workflow}});
    EXPECT_LE(after["confidence"].get<double>(), before["confidence"].get<double>() - 0.3)
        << subtype << " by " << fix_type << "\n"
        << after_workflow.dump(1);
    seen.insert(subtype);
  }
  EXPECT_EQ(seen, subtypes);
}

TEST(N8nCycle, TheFixOfEachStaticFindingLowersIt) {
  heals("n8n_cycle", {"done_returns", "wrong_output", "reset", "no_exit", "judge_loop", "hot_poll", "stuck_condition",
                      "error_retry"});
}

TEST(N8nTimeout, TheFixOfAnUnboundedWaitLowersIt) { heals("n8n_timeout", {"wait_unbounded"}); }

// ---- what does not matter

Json renamed(const Json& workflow) {
  std::string text = workflow.dump();
  std::size_t number = 0;
  for (const Json& node : workflow["nodes"]) {
    if (!node.is_object() || !node.contains("name") || !node["name"].is_string()) continue;
    const std::string old = node["name"].get<std::string>();
    const std::string fresh = "Knoten " + std::to_string(number++) + " ü";
    for (const auto& quote : {std::pair{"\"", "\""}, std::pair{"'", "'"}}) {
      const std::string from = quote.first + old + quote.second, to = quote.first + fresh + quote.second;
      for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    }
  }
  return Json::parse(text);
}

Json turned(Json workflow) {
  std::reverse(workflow["nodes"].begin(), workflow["nodes"].end());
  return workflow;
}

Json with_note(Json workflow) {
  workflow["nodes"].push_back({{"id", "note-1"},
                               {"name", "Note"},
                               {"type", "n8n-nodes-base.stickyNote"},
                               {"typeVersion", 1},
                               {"position", {0, 0}},
                               {"parameters", {{"content", "This loops for ever and times out."}}}});
  return workflow;
}

class Harmless : public ::testing::TestWithParam<const char*> {};

TEST_P(Harmless, NamesOrderAndNotesChangeNoVerdict) {
  const std::pair<const char*, std::function<Json(const Json&)>> changes[] = {
      {"renamed", renamed}, {"turned", turned}, {"with a note", with_note}};
  for (const Case& item : read_cases(GetParam())) {
    const Json input = item.line.value("input", Json());
    if (item.line["kind"] == "hostile" || input.contains("execution_data")) continue;
    const Json before = ask(GetParam(), input);
    for (const auto& [name, change] : changes) {
      SCOPED_TRACE(item.place + " " + name);
      const Json after = ask(GetParam(), {{"workflow_json", change(input["workflow_json"])}});
      EXPECT_EQ(after["detected"], before["detected"]);
      EXPECT_EQ(after["confidence"], before["confidence"]);
      EXPECT_EQ(after["subtype"], before["subtype"]);
    }
  }
}
INSTANTIATE_TEST_SUITE_P(N8n, Harmless, ::testing::Values("n8n_cycle", "n8n_timeout"));

}  // namespace
}  // namespace agentmend
