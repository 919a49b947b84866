// The honesty laws H1 to H9 for the shim of retrieval_quality and reranker.
#include "heal/verify/retrieval_quality.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "detector_cases.h"
#include "fix/finding.h"
#include "fix/suggestion.h"

namespace agentmend::heal {
namespace {

using nlohmann::json;

ShimOutcome run_shim(const json& input, const json& parameters) {
  const std::string input_text = input.dump();
  const std::string parameter_text = parameters.dump();
  agentmend::json::Index input_index;
  agentmend::json::Index parameter_index;
  EXPECT_TRUE(input_index.read(input_text));
  EXPECT_TRUE(parameter_index.read(parameter_text));
  return rerank_shim(agentmend::json::View::root(input_index), agentmend::json::View::root(parameter_index));
}

Detection detect(const json& input) {
  const std::string text = input.dump();
  agentmend::json::Index index;
  EXPECT_TRUE(index.read(text));
  return find_detector("retrieval_quality")->ask(agentmend::json::View::root(index), Options{});
}

Verification run_verify(const json& input, const json& parameters) {
  const Detection detection = detect(input);
  const Finding finding = classify({&detection, "test.d1"});
  const std::string input_text = input.dump();
  const std::string parameter_text = parameters.dump();
  agentmend::json::Index input_index;
  agentmend::json::Index parameter_index;
  EXPECT_TRUE(input_index.read(input_text));
  EXPECT_TRUE(parameter_index.read(parameter_text));
  return verify(std::get<HealableFinding>(finding), *find_fix_type("reranker"),
                agentmend::json::View::root(input_index), agentmend::json::View::root(parameter_index), 0.30);
}

// What the generator would set for this input; null when it suggests no reranker.
json generated_parameters(const json& input) {
  const Detection detection = detect(input);
  const Finding finding = classify({&detection, "test.d1"});
  const fix::Suggestions suggestions = fix::suggest(std::get<HealableFinding>(finding), fix::TargetView{});
  for (const fix::Suggestion& suggestion : suggestions.items) {
    if (suggestion.type().name != "reranker") continue;
    agentmend::json::Writer writer;
    fix::write_suggestion(writer, suggestion);
    return json::parse(writer.str())["parameters"];
  }
  return nullptr;
}

const std::vector<std::string> kNoise = {
    "Parking at the depot is free after six.", "The canteen serves soup on Fridays.",
    "A new coffee machine stands on the second floor.", "The fire drill takes place in spring."};

// The one page that answers stands last, behind noise: what a reranker cures.
json buried() {
  json input = {{"query", "Which vaccination does a kennel ask for before boarding a dog?"},
                {"agent_output", "A rabies vaccination is needed."},
                {"retrieved_documents", kNoise}};
  input["retrieved_documents"].push_back(
      "Kennel rules: before boarding, every dog needs a rabies vaccination and a kennel cough vaccination.");
  return input;
}
const json kGood = {{"top_k", 2}, {"min_score", 0.2}, {"method", "lexical"}};

TEST(RerankShim, CuresABuriedDocument) {
  const Verification result = run_verify(buried(), kGood);
  EXPECT_EQ(result.verdict, Verdict3::kImproved);
  EXPECT_EQ(result.reason, "no_longer_detected");
  EXPECT_FALSE(result.partial);
}

TEST(RerankShim, H1_IdentityHasNoEffect) {
  const json sorted = {{"query", "How do I reset the router?"},
                       {"agent_output", "Hold the button."},
                       {"retrieved_documents", {"Resetting the router: hold the button.", "Router lights: red."}}};
  for (const json& neutral : {json{{"method", "lexical"}}, json{{"method", "lexical"}, {"top_k", 2}, {"min_score", 0}},
                              json{{"min_score", -1.0}}}) {
    const ShimOutcome outcome = run_shim(sorted, neutral);
    EXPECT_FALSE(outcome.built);
    EXPECT_EQ(outcome.reason, "no_effect") << neutral;
  }
}

TEST(RerankShim, H2_OnlyTheListChangesAndWhatWasDroppedIsListed) {
  json input = buried();
  input["note"] = {{"nested", {1, 2, "three"}}, {"text", "caf\u00e9 \\ \""}};

  const ShimOutcome outcome = run_shim(input, kGood);

  ASSERT_TRUE(outcome.built);
  const json after = json::parse(outcome.post_input_json);
  for (const auto& [key, value] : input.items()) {
    ASSERT_TRUE(after.contains(key));
    if (key != "retrieved_documents") {
      EXPECT_EQ(after[key], value) << key;
    }
  }
  EXPECT_EQ(after.size(), input.size());  // H4: no key tells the detector that this is a replay
  const json& before_list = input["retrieved_documents"];
  for (const json& document : after["retrieved_documents"])
    EXPECT_EQ(std::count(before_list.begin(), before_list.end(), document), 1) << document;
  const auto dropped = std::count_if(outcome.effect.begin(), outcome.effect.end(),
                                     [](const std::string& line) { return line.rfind("dropped ", 0) == 0; });
  EXPECT_EQ(static_cast<std::size_t>(dropped), before_list.size() - after["retrieved_documents"].size());
}

TEST(RerankShim, H3_ShimAndRendererShareOneRerank) {
  EXPECT_EQ(rerank({0.2, 0.9, 0.2, 0.5}, {}), (std::vector<std::size_t>{1, 3, 0, 2}));
  EXPECT_EQ(rerank({0.2, 0.9, 0.2, 0.5}, {2, 0}), (std::vector<std::size_t>{1, 3}));
  EXPECT_EQ(rerank({0.2, 0.9}, {5, 0.5}), (std::vector<std::size_t>{1}));
  EXPECT_TRUE(rerank({0.2, 0.1}, {5, 0.5}).empty());
}

TEST(RerankShim, H5_WrongParametersDoNotVerify) {
  json scored = buried();
  scored["retrieved_documents"] = json::array();
  double score = 0.9;
  const json plain = buried();
  for (const json& text : plain["retrieved_documents"]) {
    scored["retrieved_documents"].push_back({{"content", text}, {"score", score}});
    score -= 0.05;
  }
  // Keeps the noise: the floor is too low, or the order follows scores that put the noise first.
  EXPECT_NE(run_verify(scored, {{"method", "score"}, {"top_k", 3}}).verdict, Verdict3::kImproved);
  EXPECT_NE(run_verify(scored, {{"method", "score"}, {"min_score", 0.65}}).verdict, Verdict3::kImproved);
  EXPECT_EQ(run_verify(scored, kGood).verdict, Verdict3::kImproved);
}

TEST(RerankShim, H6_ASecondCauseOutsideTheFixStays) {
  json input = buried();
  input["query"] = "Which vaccination did the kennel ask for in 2025 before boarding a dog?";
  input["retrieved_documents"].back() =
      "Kennel rules 2019: before boarding, every dog needs a rabies vaccination and a kennel cough vaccination.";

  const Verification result = run_verify(input, kGood);

  EXPECT_EQ(result.verdict, Verdict3::kNotImproved);
  EXPECT_GE(result.after, 0.5);
}

TEST(RerankShim, H7_IsDeterministicAndIdempotent) {
  const ShimOutcome once = run_shim(buried(), kGood);
  ASSERT_TRUE(once.built);
  EXPECT_EQ(once.post_input_json, run_shim(buried(), kGood).post_input_json);
  EXPECT_FALSE(run_shim(json::parse(once.post_input_json), kGood).built);
  json loose = kGood;
  loose["top_k"] = 4;
  loose["min_score"] = 0.0;
  const ShimOutcome moved = run_shim(buried(), loose);
  ASSERT_TRUE(moved.built);
  EXPECT_EQ(run_shim(json::parse(moved.post_input_json), loose).reason, "no_effect");
}

TEST(RerankShim, IsInconclusiveWithoutWhatItNeeds) {
  json single = buried();
  single["retrieved_documents"] = {kNoise[0]};
  EXPECT_EQ(run_shim(single, kGood).reason, "fewer_than_two_documents");
  json text = buried();
  text["retrieved_documents"] = "Document 1 (relevance: 0.2): one. Document 2 (relevance: 0.1): two.";
  EXPECT_EQ(run_shim(text, kGood).reason, "no_list_of_documents");
  EXPECT_EQ(run_shim(buried(), {{"method", "model"}}).reason, "needs_a_model");
  EXPECT_EQ(run_shim(buried(), {{"method", "score"}}).reason, "document_without_score");
  EXPECT_EQ(run_shim(buried(), {{"min_score", 2.0}}).reason, "nothing_left");
  EXPECT_EQ(run_shim(buried(), {{"top_k", 0}}).reason, "invalid_parameters");
  EXPECT_EQ(run_shim(buried(), {{"min_score", "high"}}).reason, "invalid_parameters");
  EXPECT_EQ(run_shim(buried(), {{"method", "magic"}}).reason, "invalid_parameters");
  json greeting = buried();
  greeting["query"] = "Hello!";
  EXPECT_EQ(run_shim(greeting, kGood).reason, "query_without_content");
  json many = buried();
  many["retrieved_documents"] = std::vector<std::string>(kMaxReranked + 1, "x");
  EXPECT_EQ(run_shim(many, kGood).reason, "too_many_documents");
}

// H9: the lexical score picks a document that is wrong, and another signal keeps the detector firing.
struct Trap {
  const char* query;
  const char* wrong;  // the best match by words
};
constexpr Trap kTraps[] = {
    {"How do I enable dark mode in version 5.2?", "Enabling dark mode in version 3.1: set the dark mode flag."},
    {"What was the accident rate at the plant in 2025?", "Accident rate at the plant in 2021: 3.1."},
    {"What are the membership fees for 2026?", "Membership fees 2019: 30 a month."},
    {"How do I migrate the search index to release 8.4.1?", "Migrating the search index to release 6.0.2: stop it."},
    {"When did the harbour ferry run in March 2025?", "Harbour ferry timetable March 2018: every hour."},
    {"What did the board decide on January 15, 2025?", "Board decisions of June 3, 2023: the roof is repaired."},
    {"Which ports does the gateway open in v2.9?", "Ports that the gateway opens in v1.4: 80 and 443."},
    {"What was the turnout of the council vote in 2024?", "Turnout of the council vote 2016: 61 percent."},
    {"Which breaking changes came with version 12.0?", "Breaking changes of version 9.0: the old parser is gone."},
    {"What did the ticket office sell in October 2025?", "Ticket office sales October 2020: 1,200 tickets."},
    {"How many bees did the survey count in 2023?", "Bees counted by the survey in 2011: 4,000."},
    {"How do I tune the garbage collector in release 21.3.0?", "Tuning the garbage collector in release 8.0.1: flags."},
};

TEST(RerankShim, H9_AWrongDocumentThatMatchesByWordsStillFires) {
  for (const Trap& trap : kTraps) {
    json input = {{"query", trap.query}, {"agent_output", "Here is what I know."}, {"retrieved_documents", kNoise}};
    input["retrieved_documents"].push_back(trap.wrong);

    const ShimOutcome outcome = run_shim(input, {{"top_k", 1}, {"method", "lexical"}});
    const Verification result = run_verify(input, {{"top_k", 1}, {"method", "lexical"}});

    ASSERT_TRUE(outcome.built) << trap.query;
    EXPECT_EQ(json::parse(outcome.post_input_json)["retrieved_documents"][0], trap.wrong) << "not a trap";
    EXPECT_EQ(result.verdict, Verdict3::kNotImproved) << trap.query << " " << result.before << " -> " << result.after;
    EXPECT_GE(result.after, 0.5) << trap.query;
  }
  static_assert(std::size(kTraps) >= 10);
}

// H8: fixes drawn at random verify at no more than a third of the rate of generated ones.
struct Rates {
  int positives = 0, generated = 0, random = 0, draws = 0;
};
void count(const json& input, std::mt19937& draw, Rates& rates) {
  if (!detect(input).detected) return;
  ++rates.positives;
  const json parameters = generated_parameters(input);
  if (!parameters.is_null() && run_verify(input, parameters).verdict == Verdict3::kImproved) ++rates.generated;
  for (int i = 0; i < 10; ++i) {
    static constexpr const char* kMethods[] = {"score", "lexical", "model"};
    const json random = {{"method", kMethods[draw() % 3]},
                         {"top_k", 1 + draw() % 10},
                         {"min_score", static_cast<double>(draw() % 100) / 100.0}};
    ++rates.draws;
    if (run_verify(input, random).verdict == Verdict3::kImproved) ++rates.random;
  }
}
void report(const char* what, const Rates& r) {
  std::cout << "H8 " << what << ": " << r.positives << " positives, generated fixes verify " << r.generated << "/"
            << r.positives << ", random ones " << r.random << "/" << r.draws << "\n";
}

TEST(RerankShim, H8_RandomFixesVerifyAtMostAThirdAsOften) {
  constexpr const char* kAnswers[][2] = {
      {"Which vaccination does a kennel ask for before boarding a dog?",
       "Kennel rules: boarding a dog needs a vaccination."},
      {"How do I descale the espresso machine?", "Descaling the espresso machine: run the cleaning programme."},
      {"Who repairs the organ of the village church?", "Organ of the village church: repairs are done by Mr Holm."},
      {"When does the night bus to the airport leave?", "Night bus to the airport: leaves at ten past every hour."},
      {"What does a fishing licence for the lake cost?", "Fishing licence for the lake: 12 a day."},
      {"How deep must a fence post stand in clay soil?", "Fence posts in clay soil stand 80 cm deep."},
  };
  std::mt19937 draw(7);  // fixed: the same draws on every machine
  Rates made;
  for (const auto& [query, document] : kAnswers) {
    json input = {{"query", query}, {"agent_output", document}, {"retrieved_documents", kNoise}};
    input["retrieved_documents"].push_back(document);
    input["retrieved_documents"].push_back("The choir meets on Tuesdays.");
    count(input, draw, made);
  }
  report("made cases", made);
  EXPECT_EQ(made.positives, 6);
  EXPECT_EQ(made.generated, made.positives);
  EXPECT_LE(3 * made.random * made.positives, made.generated * made.draws);
}

TEST(RerankShim, H8_HoldsOnTheGoldenPositives) {
  const char* folder = std::getenv("AGENTMEND_DATA");
  const std::string path = std::string(folder != nullptr ? folder : AGENTMEND_SOURCE_DIR "/../shared/data") +
                           "/golden/retrieval_quality.jsonl";
  std::ifstream file(path);
  if (!file) {
    std::cout << "MISSING: " << path
              << " (set AGENTMEND_DATA): the rates over the golden positives were not measured\n";
    return;
  }
  std::mt19937 draw(7);
  Rates golden;
  for (std::string line; std::getline(file, line);) {
    const json item = json::parse(line);
    if (item["expected"].get<bool>()) count(item["input"], draw, golden);
  }
  report("golden positives", golden);
  // Those are topical misses, clashes and gaps: a reranker does not cure them and must not seem to.
  EXPECT_GT(golden.positives, 30);
  EXPECT_LE(3 * golden.random * golden.positives, std::max(golden.generated, 1) * golden.draws);
}

}  // namespace
}  // namespace agentmend::heal
