// n8n_error and n8n_complexity: a healthy workflow stays quiet, one change breaks it, and what does not matter changes
// nothing.
#include <gtest/gtest.h>

#include <functional>

#include "detector_cases.h"

namespace agentmend::test {
namespace {

json node(const std::string& name, const std::string& type, json parameters = json::object()) {
  return {{"id", "id-" + name}, {"name", name},       {"type", "n8n-nodes-base." + type},
          {"typeVersion", 3},   {"position", {0, 0}}, {"parameters", std::move(parameters)}};
}

void connect(json& workflow, const std::string& from, const std::string& to, std::size_t output = 0) {
  json& outputs = workflow["connections"][from]["main"];
  while (outputs.size() <= output) outputs.push_back(json::array());
  outputs[output].push_back({{"node", to}, {"type", "main"}, {"index", 0}});
}

// Every hour: check an order; where the check fails, somebody is told and the run stops; else charge the card.
json healthy() {
  json workflow{
      {"name", "Orders"}, {"nodes", json::array()}, {"connections", json::object()}, {"settings", json::object()}};
  json check = node("Check order", "httpRequest", {{"url", "https://shop.example.com/orders"}});
  check["onError"] = "continueErrorOutput";
  json charge = node("Charge", "stripe", {{"operation", "create"}, {"resource", "charge"}});
  charge["onError"] = "continueErrorOutput";
  for (json& item : std::vector<json>{node("Every hour", "scheduleTrigger"), check, charge,
                                      node("Tell", "slack", {{"text", "check failed"}}), node("Stop", "stopAndError")})
    workflow["nodes"].push_back(item);
  connect(workflow, "Every hour", "Check order");
  connect(workflow, "Check order", "Charge", 0);
  connect(workflow, "Check order", "Tell", 1);
  connect(workflow, "Charge", "Tell", 1);
  connect(workflow, "Tell", "Stop");
  return workflow;
}

json error_of(const json& workflow) { return ask("n8n_error", {{"workflow_json", workflow}}); }

TEST(N8nError, StaysQuietOnAWorkflowWhoseErrorsAreTold) {
  const json answer = error_of(healthy());

  EXPECT_FALSE(answer["detected"]) << answer.dump(1);
  EXPECT_LT(answer["confidence"], 0.3);
}

struct Mutation {
  const char* name;
  const char* subtype;
  std::function<void(json&)> apply;
};

TEST(N8nError, EachMutationOfAHealthyWorkflowFires) {
  const Mutation mutations[] = {
      {"the error edge is dropped", "error_port_unwired",
       [](json& w) { w["connections"]["Check order"]["main"].erase(1); }},
      {"the error goes where the result goes", "error_port_miswired",
       [](json& w) { w["connections"]["Check order"]["main"][1][0]["node"] = "Charge"; }},
      {"errors are passed on before a payment", "swallowed",
       [](json& w) {
         w["nodes"][1]["onError"] = "continueRegularOutput";
         w["nodes"][3]["parameters"] = {{"text", "done"}};
         w["connections"]["Check order"]["main"].erase(1);
       }},
      {"the payment is tried again", "retry_repeats", [](json& w) { w["nodes"][2]["retryOnFail"] = true; }},
      {"every net is taken away", "no_net",
       [](json& w) {
         for (json& item : w["nodes"]) item.erase("onError");
         w["connections"]["Check order"]["main"].erase(1);
         w["connections"].erase("Charge");
       }},
  };
  for (const Mutation& mutation : mutations) {
    json workflow = healthy();
    mutation.apply(workflow);
    const json answer = error_of(workflow);
    EXPECT_TRUE(answer["detected"]) << mutation.name << answer.dump(1);
    EXPECT_EQ(answer["subtype"], mutation.subtype) << mutation.name;
    EXPECT_LE(answer["confidence"], 0.75) << "a file alone is never certain: " << mutation.name;
  }
}

TEST(N8nError, NamesTheNodeThePortAndTheError) {
  json workflow = healthy();
  workflow["nodes"][1].erase("onError");
  const json run{{"status", "error"},
                 {"data",
                  {{"resultData",
                    {{"runData",
                      {{"Check order",
                        {{{"startTime", 1},
                          {"executionTime", 1},
                          {"executionStatus", "error"},
                          {"error", {{"message", "Too many requests"}, {"httpCode", "429"}}}}}}}}}}}}};
  const json answer = ask("n8n_error", {{"workflow_json", workflow}, {"execution_data", run}});

  EXPECT_EQ(answer["subtype"], "rate_limit");
  EXPECT_EQ(answer["severity"], "high");  // a payment follows
  ASSERT_GE(answer["evidence"].size(), 3u);
  EXPECT_EQ(answer["evidence"][0]["kind"], "node");
  EXPECT_EQ(answer["evidence"][0]["path"], "/workflow_json/nodes/1");
  EXPECT_EQ(answer["evidence"][0]["text"], "Check order");
  EXPECT_EQ(answer["evidence"][0]["value"], "stopWorkflow");
  EXPECT_EQ(answer["evidence"][1]["kind"], "error_port");
  EXPECT_EQ(answer["evidence"][1]["value"], 1);
  EXPECT_EQ(answer["evidence"][2]["kind"], "error");
  EXPECT_EQ(answer["evidence"][2]["path"], "/execution_data/data/resultData/runData/Check order/0/error");
  EXPECT_EQ(answer["evidence"][2]["text"], "Too many requests");
  EXPECT_EQ(answer["evidence"][2]["value"], 429);
}

TEST(N8nError, TheErrorPortOfABranchNodeComesAfterItsOutputs) {
  json workflow = healthy();
  json& check = workflow["nodes"][1];
  check["type"] = "@n8n/n8n-nodes-langchain.textClassifier";
  check["parameters"] = {
      {"categories", {{"categories", json::array({json::object(), json::object(), json::object()})}}}};
  const json answer = error_of(workflow);

  EXPECT_EQ(answer["subtype"], "error_port_unwired") << "output 1 is a category now";
  EXPECT_EQ(answer["evidence"][1]["value"], 3);
}

// ---- what does not matter

json verdict(const json& answer) {
  return {answer["status"], answer["detected"], answer["confidence"], answer["severity"], answer["subtype"]};
}

std::vector<json> all_inputs() {
  std::vector<json> inputs;
  for (const char* name : {"n8n_error", "n8n_complexity"}) {
    for (const Case& item : read_cases(name)) {
      const json& workflow = item.line["input"].value("workflow_json", json());
      if (workflow.is_object() && workflow["nodes"].is_array() && workflow["nodes"].size() > 1 &&
          workflow["nodes"][0].is_object())
        inputs.push_back(item.line["input"]);
    }
  }
  EXPECT_GT(inputs.size(), 30u);
  return inputs;
}

void expect_unchanged(const char* what, const std::function<void(json&)>& change) {
  for (const char* detector : {"n8n_error", "n8n_complexity"}) {
    for (const json& input : all_inputs()) {
      json changed = input;
      change(changed);
      EXPECT_EQ(verdict(ask(detector, changed)), verdict(ask(detector, input))) << what << "\n" << input.dump();
    }
  }
}

TEST(N8nInvariants, TheOrderOfNodesChangesNothing) {
  expect_unchanged("order", [](json& input) {
    json& nodes = input["workflow_json"]["nodes"];
    std::reverse(nodes.begin(), nodes.end());
  });
}

TEST(N8nInvariants, AStickyNoteChangesNothing) {
  expect_unchanged("note", [](json& input) {
    for (int i = 0; i < 30; ++i)
      input["workflow_json"]["nodes"].push_back(
          node("A note " + std::to_string(i), "stickyNote", {{"content", "error handling: onError, retry"}}));
  });
}

// Names as keys of connections and run data, and as values; not inside texts.
void rename_all(json& value, const std::function<std::string(const std::string&)>& to) {
  if (value.is_string()) {
    value = to(value.get<std::string>());
  } else if (value.is_array()) {
    for (json& item : value) rename_all(item, to);
  } else if (value.is_object()) {
    json renamed = json::object();
    for (auto& member : value.items()) {
      rename_all(member.value(), to);
      renamed[to(member.key())] = member.value();
    }
    value = renamed;
  }
}

TEST(N8nInvariants, RenamingNodesChangesNothing) {
  expect_unchanged("names", [](json& input) {
    std::vector<std::string> names;
    for (const json& item : input["workflow_json"]["nodes"]) {
      if (item.contains("name") && item["name"].is_string()) names.push_back(item["name"]);
    }
    rename_all(input, [&names](const std::string& text) {
      const auto found = std::find(names.begin(), names.end(), text);
      return found == names.end() ? text : "Schritt " + std::to_string(found - names.begin());
    });
  });
}

// At the caps: 5,000 nodes, 50,000 connections, a thousand webhooks and loops, every node with an error output.
TEST(N8nCaps, TheBiggestWorkflowIsJudged) {
  json workflow{{"nodes", json::array()}, {"connections", json::object()}};
  for (int i = 0; i < 5000; ++i) {
    json item = node("N" + std::to_string(i),
                     i % 5 == 0   ? "webhook"
                     : i % 5 == 1 ? "splitInBatches"
                                  : "httpRequest",
                     {{"responseMode", "responseNode"}, {"url", "x"}});
    item["onError"] = "continueErrorOutput";
    workflow["nodes"].push_back(item);
    for (int k = 1; k <= 10; ++k)
      connect(workflow, "N" + std::to_string(i), "N" + std::to_string((i * 7 + k * 13) % 5000), k % 3);
  }
  for (const char* detector : {"n8n_error", "n8n_complexity"}) {
    const json answer = ask(detector, {{"workflow_json", workflow}});
    EXPECT_EQ(answer["status"], "ok") << detector;
  }
  workflow["nodes"].push_back(node("One too many", "noOp"));
  EXPECT_EQ(ask("n8n_error", {{"workflow_json", workflow}})["status"], "invalid_input");
}

TEST(N8nComplexity, ProposesPartsThatHangOnOneConnection) {
  json workflow{{"nodes", json::array()}, {"connections", json::object()}};
  workflow["nodes"].push_back(node("Start", "webhook"));
  std::string before = "Start";
  for (int i = 0; i < 70; ++i) {
    const std::string name = "S" + std::to_string(i);
    workflow["nodes"].push_back(node(name, i < 9 ? "if" : "set"));
    connect(workflow, before, name);
    before = name;
  }
  const json answer = ask("n8n_complexity", {{"workflow_json", workflow}});

  ASSERT_TRUE(answer["detected"]);
  EXPECT_EQ(answer["evidence"][0]["kind"], "figure");
  EXPECT_EQ(answer["evidence"][0]["text"], "nodes");
  EXPECT_EQ(answer["evidence"][0]["value"], 71);
  EXPECT_EQ(answer["evidence"][0]["expected"], 30);
  std::size_t grouped = 0;
  for (const json& item : answer["evidence"]) {
    if (item["kind"] != "group") continue;
    EXPECT_LE(item["value"].size(), 20u);
    EXPECT_GE(item["value"].size(), 3u);
    grouped += item["value"].size();
  }
  EXPECT_EQ(grouped, 70u);  // every node but the trigger, each once
}

}  // namespace
}  // namespace agentmend::test
