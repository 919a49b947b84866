// From a finding in an n8n workflow to a patch that the real engine was seen to run (tests/data/n8n/*), and its proofs.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>

#include "detector_cases.h"
#include "engine/replay.h"
#include "fix/suggestion.h"
#include "heal/validate.h"
#include "heal/validate_n8n.h"
#include "ingest/ingest.h"

namespace agentmend {
namespace {

using test::ask;
using test::Case;
using test::read_cases;

std::string read_sample(const std::string& path) {
  std::ifstream file(std::string(AGENTMEND_SOURCE_DIR "/tests/data/n8n/") + path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << path << " is missing";
  return text.str();
}

// The suggestions for the detector's finding in a workflow (and its execution).
struct Healing {
  Ingested read;
  engine::Replay replay;
  json::Index config;
  fix::Suggestions suggestions;
};

const Detection* fired(const engine::Replay& replay) {
  for (const Detection& detection : replay.findings.all()) {
    if (detection.detected) return &detection;
  }
  return nullptr;
}

std::unique_ptr<Healing> healing_of(const std::string& workflow, const std::string& execution, const char* detector) {
  auto out = std::make_unique<Healing>();
  std::vector<Document> documents{{"workflow.json", workflow}};
  if (!execution.empty()) documents.push_back({"execution.json", execution});
  auto read = ingest(documents, "");
  EXPECT_TRUE(read.has_value()) << (read ? "" : read.error().message);
  if (!read) return out;
  out->read = std::move(*read);
  out->replay = engine::replay(out->read.trace, {}, {find_detector(detector)});
  const Detection* detection = fired(out->replay);
  if (detection == nullptr) return out;
  EXPECT_TRUE(out->config.read(workflow).has_value());
  fix::TargetView target;
  target.config = json::View::root(out->config);
  target.framework = "n8n";
  target.new_id_seed = "run-1";
  Finding finding = classify({detection, "run-1.d1"});
  EXPECT_TRUE(std::holds_alternative<HealableFinding>(finding));
  out->suggestions = fix::suggest(std::get<HealableFinding>(finding), target);
  return out;
}

const fix::Suggestion* of_type(const Healing& healing, std::string_view type) {
  for (const fix::Suggestion& item : healing.suggestions.items) {
    if (item.type().name == type) return &item;
  }
  return nullptr;
}

// Ids and places of new nodes are ours to choose; everything else must be as it was run.
nlohmann::json comparable(const std::string& document) {
  nlohmann::json workflow = nlohmann::json::parse(document);
  for (nlohmann::json& node : workflow["nodes"]) {
    node.erase("id");
    node.erase("position");
    if (node["type"] == "n8n-nodes-base.filter") node["parameters"]["conditions"]["conditions"][0].erase("id");
  }
  return workflow;
}

nlohmann::json expected_document(const std::string& sample) {
  const nlohmann::json patch = nlohmann::json::parse(read_sample(sample + "/expected-heal.json"));
  return comparable(nlohmann::json::parse(read_sample(sample + "/workflow.json")).patch(patch).dump());
}

std::string execution_of(const std::string& sample) {
  const std::string text = read_sample("price-watch/execution.json");
  if (sample == "price-watch") return text;
  // The same failure in the other workflows: the node that fetches stops the run.
  const nlohmann::json workflow = nlohmann::json::parse(read_sample(sample + "/workflow.json"));
  nlohmann::json record = nlohmann::json::parse(text);
  record["workflowData"] = workflow;
  record["workflowId"] = workflow["id"];
  return record.dump();
}

TEST(N8nHeal, CircuitBreakerIsWiredAsTheRealEngineRanIt) {
  for (const char* sample : {"price-watch", "price-once", "price-batches"}) {
    const std::string workflow = read_sample(std::string(sample) + "/workflow.json");
    const auto healing = healing_of(workflow, execution_of(sample), "n8n_error");

    ASSERT_FALSE(healing->suggestions.items.empty()) << sample << healing->suggestions.reason;
    EXPECT_EQ(healing->suggestions.dropped, 0u) << sample;
    const fix::Suggestion& first = healing->suggestions.items.front();
    EXPECT_EQ(first.type().name, "circuit_breaker") << sample;
    EXPECT_EQ(first.risk(), Risk::kSafe);
    EXPECT_TRUE(first.structural);
    ASSERT_TRUE(first.patch.has_value()) << sample;
    const auto healed = json::apply_patch(workflow, *first.patch);
    ASSERT_TRUE(healed.has_value()) << sample << healed.error().message;
    EXPECT_EQ(comparable(*healed), expected_document(sample)) << sample;
    if (const char* folder = std::getenv("AGENTMEND_WRITE_HEALED"))
      std::ofstream(std::string(folder) + "/" + sample + ".json") << *healed;
  }
}

TEST(N8nHeal, PatchAndInverseGiveBackTheWorkflow) {
  for (const char* sample : {"price-watch", "price-once", "price-batches"}) {
    const std::string workflow = read_sample(std::string(sample) + "/workflow.json");
    const auto healing = healing_of(workflow, execution_of(sample), "n8n_error");
    ASSERT_FALSE(healing->suggestions.items.empty());
    const auto undo = json::plan_patch(workflow, *healing->suggestions.items.front().patch);
    ASSERT_TRUE(undo.has_value()) << undo.error().message;
    const auto back = json::apply_patch(undo->post, undo->inverse);
    ASSERT_TRUE(back.has_value()) << back.error().message;
    EXPECT_TRUE(json::equal_documents(*back, workflow));
  }
}

TEST(N8nHeal, TheSameCallGivesTheSameBytesAndAnotherSeedOtherIds) {
  const std::string workflow = read_sample("price-watch/workflow.json");
  const auto first = healing_of(workflow, execution_of("price-watch"), "n8n_error");
  const auto second = healing_of(workflow, execution_of("price-watch"), "n8n_error");
  EXPECT_EQ(json::write_patch(*first->suggestions.items[0].patch),
            json::write_patch(*second->suggestions.items[0].patch));

  const Detection* detection = fired(first->replay);
  fix::TargetView target;
  target.config = json::View::root(first->config);
  target.framework = "n8n";
  target.new_id_seed = "run-2";
  const Finding finding = classify({detection, "run-1.d1"});
  const fix::Suggestions other = fix::suggest(std::get<HealableFinding>(finding), target);
  EXPECT_NE(json::write_patch(*first->suggestions.items[0].patch), json::write_patch(*other.items[0].patch));
}

TEST(N8nHeal, AnotherNodeNameGivesAnotherPath) {
  const std::string workflow = read_sample("price-once/workflow.json");
  nlohmann::json moved = nlohmann::json::parse(workflow);
  std::swap(moved["nodes"][1], moved["nodes"][3]);
  const auto here = healing_of(workflow, execution_of("price-once"), "n8n_error");
  nlohmann::json record = nlohmann::json::parse(execution_of("price-once"));
  const auto there = healing_of(moved.dump(), record.dump(), "n8n_error");
  EXPECT_EQ(here->suggestions.items[0].path, "/nodes/3/onError");
  EXPECT_EQ(there->suggestions.items[0].path, "/nodes/1/onError");
}

TEST(N8nHeal, A404IsNotTriedAgainA503IsAndAnAgentNever) {
  const std::string workflow = read_sample("price-once/workflow.json");
  nlohmann::json record = nlohmann::json::parse(execution_of("price-once"));
  EXPECT_EQ(of_type(*healing_of(workflow, record.dump(), "n8n_error"), "retry_limit"), nullptr);

  const auto fail_with = [](nlohmann::json& item, const char* code, const char* message) {
    for (auto& runs : item["data"]["resultData"]["runData"]["Fetch price"]) {
      if (runs.contains("error")) runs["error"] = {{"httpCode", code}, {"message", message}};
    }
  };
  fail_with(record, "503", "Service unavailable");
  const auto again = healing_of(workflow, record.dump(), "n8n_error");
  const fix::Suggestion* retry = of_type(*again, "retry_limit");
  ASSERT_NE(retry, nullptr);
  ASSERT_TRUE(retry->patch.has_value());
  const auto post = json::apply_patch(workflow, *retry->patch);
  ASSERT_TRUE(post.has_value());
  const nlohmann::json node = nlohmann::json::parse(*post)["nodes"][3];
  EXPECT_EQ(node["retryOnFail"], true);
  EXPECT_EQ(node["maxTries"], 3);
  EXPECT_EQ(node["waitBetweenTries"], 2000);

  nlohmann::json agent = nlohmann::json::parse(workflow);
  agent["nodes"][3]["type"] = "@n8n/n8n-nodes-langchain.agent";
  EXPECT_EQ(of_type(*healing_of(agent.dump(), record.dump(), "n8n_error"), "retry_limit"), nullptr);
  nlohmann::json writer = nlohmann::json::parse(workflow);
  writer["nodes"][3]["parameters"]["method"] = "POST";
  EXPECT_EQ(of_type(*healing_of(writer.dump(), record.dump(), "n8n_error"), "retry_limit"), nullptr);
}

TEST(N8nHeal, ErrorsGoWhereErrorsAlreadyGo) {
  nlohmann::json workflow = nlohmann::json::parse(read_sample("price-once/workflow.json"));
  workflow["nodes"].push_back({{"id", "t"},
                               {"name", "Tell ops"},
                               {"type", "n8n-nodes-base.slack"},
                               {"typeVersion", 2},
                               {"position", {900, 0}},
                               {"parameters", {{"text", "failed"}}}});
  workflow["nodes"][2]["onError"] = "continueErrorOutput";
  workflow["connections"]["One item per product"]["main"].push_back(
      nlohmann::json::array({{{"node", "Tell ops"}, {"type", "main"}, {"index", 0}}}));
  const auto healing = healing_of(workflow.dump(), execution_of("price-once"), "n8n_error");
  ASSERT_FALSE(healing->suggestions.items.empty());
  const auto post = json::apply_patch(workflow.dump(), *healing->suggestions.items[0].patch);
  ASSERT_TRUE(post.has_value()) << post.error().message;
  const nlohmann::json healed = nlohmann::json::parse(*post);
  EXPECT_EQ(healed["nodes"].size(), workflow["nodes"].size());
  EXPECT_EQ(healed["connections"]["Fetch price"]["main"][1][0]["node"], "Tell ops");
}

TEST(N8nHeal, ABatchLoopInTheOldOrderGetsAdviceAndTheReason) {
  nlohmann::json workflow = nlohmann::json::parse(read_sample("price-batches/workflow.json"));
  workflow["settings"].erase("executionOrder");
  const auto healing = healing_of(workflow.dump(), execution_of("price-batches"), "n8n_error");
  const fix::Suggestion* breaker = of_type(*healing, "circuit_breaker");
  ASSERT_NE(breaker, nullptr);
  EXPECT_FALSE(breaker->patch.has_value());
  EXPECT_NE(breaker->description.find("execution order v1"), std::string::npos) << breaker->description;
}

TEST(N8nHeal, ATakenNameGetsANumber) {
  nlohmann::json workflow = nlohmann::json::parse(read_sample("price-once/workflow.json"));
  workflow["nodes"][4]["name"] = "Failed items";
  workflow["connections"]["Fetch price"]["main"][0][0]["node"] = "Failed items";
  const auto healing = healing_of(workflow.dump(), execution_of("price-once"), "n8n_error");
  ASSERT_FALSE(healing->suggestions.items.empty());
  const auto post = json::apply_patch(workflow.dump(), *healing->suggestions.items[0].patch);
  ASSERT_TRUE(post.has_value());
  EXPECT_EQ(nlohmann::json::parse(*post)["connections"]["Fetch price"]["main"][1][0]["node"], "Failed items 2");
}

// Static findings: the fix must take the finding away (confidence falls by 0.3 or more).
TEST(N8nHeal, AppliedFixesLowerTheStaticFinding) {
  std::size_t healed = 0;
  for (const Case& item : read_cases("n8n_error")) {
    if (!item.line["expect"]["fires"].get<bool>() || item.line["input"].contains("execution_data")) continue;
    const nlohmann::json workflow = item.line["input"]["workflow_json"];
    const auto healing = healing_of(workflow.dump(), "", "n8n_error");
    const nlohmann::json before = ask("n8n_error", {{"workflow_json", workflow}});
    if (healing->suggestions.items.empty()) {
      EXPECT_TRUE(before["subtype"] == "retry_repeats" || before["subtype"] == "webhook_unanswered") << before.dump();
      continue;
    }
    ASSERT_TRUE(healing->suggestions.items[0].patch.has_value()) << item.place;
    const auto post = json::apply_patch(workflow.dump(), *healing->suggestions.items[0].patch);
    ASSERT_TRUE(post.has_value()) << item.place << post.error().message;
    const nlohmann::json after = ask("n8n_error", {{"workflow_json", nlohmann::json::parse(*post)}});
    EXPECT_LE(after["confidence"].get<double>(), before["confidence"].get<double>() - 0.3) << item.place << *post;
    ++healed;
  }
  EXPECT_GE(healed, 7u);
}

TEST(N8nHeal, AGuardEndsTheRunBeforeThePayment) {
  for (const Case& item : read_cases("n8n_error")) {
    if (item.line["id"] != "swallowed-before-payment") continue;
    const nlohmann::json workflow = item.line["input"]["workflow_json"];
    const auto healing = healing_of(workflow.dump(), "", "n8n_error");
    const fix::Suggestion* guard = of_type(*healing, "workflow_guard");
    ASSERT_NE(guard, nullptr);
    EXPECT_EQ(guard->risk(), Risk::kMedium);
    ASSERT_TRUE(guard->patch.has_value());
    const auto post = json::apply_patch(workflow.dump(), *guard->patch);
    ASSERT_TRUE(post.has_value());
    EXPECT_EQ(nlohmann::json::parse(*post)["connections"]["Fetch prices"]["main"][1][0]["node"], "Stop on error");
    return;
  }
  FAIL() << "the case is gone";
}

TEST(N8nHeal, AComplexWorkflowIsSplitByAPersonOnly) {
  for (const Case& item : read_cases("n8n_complexity")) {
    if (item.line["id"] != "seventy-nodes-nested") continue;
    const auto healing = healing_of(item.line["input"]["workflow_json"].dump(), "", "n8n_complexity");
    ASSERT_EQ(healing->suggestions.items.size(), 1u);
    const fix::Suggestion& split = healing->suggestions.items[0];
    EXPECT_EQ(split.type().name, "workflow_split");
    EXPECT_FALSE(split.patch.has_value());
    EXPECT_NE(split.draft.parameter("groups")->value.find("Step 1"), std::string::npos);
    return;
  }
  FAIL() << "the case is gone";
}

// ---- proofs

struct Parsed {
  std::string text;
  json::Index index;
  explicit Parsed(std::string content) : text(std::move(content)) { EXPECT_TRUE(index.read(text).has_value()); }
  [[nodiscard]] json::View root() const { return json::View::root(index); }
};

TEST(N8nProof, TheHealedWorkflowIsStillAWorkflow) {
  for (const char* sample : {"price-watch", "price-once", "price-batches"}) {
    const Parsed before(read_sample(std::string(sample) + "/workflow.json"));
    const nlohmann::json patch = nlohmann::json::parse(read_sample(std::string(sample) + "/expected-heal.json"));
    const Parsed after(nlohmann::json::parse(before.text).patch(patch).dump());
    const auto outcome = heal::check_n8n_structure(before.root(), after.root());
    EXPECT_TRUE(outcome.has_value()) << sample << outcome.error().message;
  }
}

TEST(N8nProof, ABrokenStructureIsNamed) {
  const Parsed before(read_sample("price-once/workflow.json"));
  const nlohmann::json good = nlohmann::json::parse(before.text);
  const auto broken = [&](const char* at, const std::function<void(nlohmann::json&)>& change) {
    nlohmann::json copy = good;
    change(copy);
    const Parsed after(copy.dump());
    const auto outcome = heal::check_n8n_structure(before.root(), after.root());
    ASSERT_FALSE(outcome.has_value()) << copy.dump();
    EXPECT_EQ(outcome.error().code, ErrorCode::kStructuralInvalid);
    EXPECT_EQ(outcome.error().at, at);
  };
  broken("/nodes", [](nlohmann::json& w) { w["nodes"][1]["id"] = w["nodes"][0]["id"]; });
  broken("/nodes", [](nlohmann::json& w) { w["nodes"].push_back(w["nodes"][1]), w["nodes"].back()["id"] = "other"; });
  broken("/connections", [](nlohmann::json& w) { w["connections"]["Fetch price"]["main"][0][0]["node"] = "Nowhere"; });
  broken("/nodes", [](nlohmann::json& w) { w["nodes"][0]["disabled"] = true; });
  broken("/nodes/5", [](nlohmann::json& w) {
    w["nodes"].push_back(
        {{"id", "x"}, {"name", "Alone"}, {"type", "n8n-nodes-base.noOp"}, {"parameters", nlohmann::json::object()}});
  });
  broken("/nodes/1/retries", [](nlohmann::json& w) { w["nodes"][1]["retries"] = 3; });
  broken("/settings/maxExecutions", [](nlohmann::json& w) { w["settings"]["maxExecutions"] = 3; });
  broken("/tags", [](nlohmann::json& w) { w["tags"] = nlohmann::json::array(); });
}

heal::Walk walk(const nlohmann::json& after, const std::string& execution) {
  auto read = ingest({{"e", execution}}, "");
  EXPECT_TRUE(read.has_value());
  const Parsed document(after.dump());
  return heal::walk_n8n_run(*read->trace.n8n, document.root());
}

TEST(N8nProof, TheRecordedRunComesToAnEndInTheHealedWorkflow) {
  const std::string execution = read_sample("price-watch/execution.json");
  const nlohmann::json before = nlohmann::json::parse(read_sample("price-watch/workflow.json"));
  const nlohmann::json patch = nlohmann::json::parse(read_sample("price-watch/expected-heal.json"));

  EXPECT_EQ(walk(before, execution).end, heal::WalkEnd::kStopped);  // as recorded
  const heal::Walk healed = walk(before.patch(patch), execution);
  EXPECT_EQ(healed.end, heal::WalkEnd::kTerminal);
  EXPECT_EQ(healed.last, "Price table");
  EXPECT_LE(healed.steps, healed.bound);
}

TEST(N8nProof, ValidationProvesTheHealAndRefusesABrokenOne) {
  const std::string workflow = read_sample("price-watch/workflow.json");
  const auto healing = healing_of(workflow, read_sample("price-watch/execution.json"), "n8n_error");
  const fix::Suggestion& breaker = healing->suggestions.items.front();
  const std::string healed = json::apply_patch(workflow, *breaker.patch).value();
  heal::ValidationInput input;
  input.framework = "n8n";
  input.before = workflow;
  input.after = healed;
  input.entry = find_detector("n8n_error");
  input.fix = &breaker.type();
  input.trace = &healing->read.trace;
  const heal::Validation proven = heal::validate(input);
  EXPECT_EQ(proven.level, heal::Level::kProven);
  EXPECT_EQ(proven.checks[2].kind, "guard_replay");
  EXPECT_EQ(proven.checks[2].ok, true) << proven.checks[2].detail;

  nlohmann::json broken = nlohmann::json::parse(healed);
  broken["nodes"][4].erase("onError");  // the error would still end the run
  const std::string text = broken.dump();
  input.after = text;
  EXPECT_EQ(heal::validate(input).level, heal::Level::kFailed);
}

TEST(N8nProof, AStopNodeOrARingIsNoEnd) {
  const std::string execution = read_sample("price-watch/execution.json");
  const nlohmann::json patch = nlohmann::json::parse(read_sample("price-watch/expected-heal.json"));
  nlohmann::json healed = nlohmann::json::parse(read_sample("price-watch/workflow.json")).patch(patch);
  nlohmann::json stops = healed;
  stops["nodes"][8]["type"] = "n8n-nodes-base.stopAndError";
  EXPECT_EQ(walk(stops, execution).end, heal::WalkEnd::kStopped);
  nlohmann::json ring = healed;
  ring["connections"]["Failed items"]["main"][0][0]["node"] = "Failed items";
  EXPECT_EQ(walk(ring, execution).end, heal::WalkEnd::kUnbounded);
}

}  // namespace
}  // namespace agentmend
