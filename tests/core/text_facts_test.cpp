#include "text/facts.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace agentmend::text {
namespace {

std::vector<Fact> all(std::string_view text) { return facts(text, Words(text)); }
std::vector<std::string> of_kind(std::string_view text, FactKind kind) {
  std::vector<std::string> out;
  for (const Fact& fact : all(text)) {
    if (fact.kind == kind) out.emplace_back(fact.of(text));
  }
  return out;
}
Fact one(std::string_view text) {
  const auto found = all(text);
  EXPECT_EQ(found.size(), 1u) << text;
  return found.empty() ? Fact{} : found[0];
}
bool equal(std::string_view a, std::string_view b) { return same(one(a), one(b)); }
using List = std::vector<std::string>;

TEST(Facts, MoneyIsComparedAcrossFormats) {
  EXPECT_TRUE(equal("it costs $10K", "it costs $10,000"));
  EXPECT_TRUE(equal("it costs $10K", "it costs 10000 USD"));
  EXPECT_TRUE(equal("it made $2.5M", "it made $2.5 million"));
  EXPECT_TRUE(equal("it made $2.5M", "it made 2,500,000 dollars"));
  EXPECT_FALSE(equal("it costs $10K", "it costs $11K"));
  EXPECT_FALSE(equal("it costs $10",
                     "it costs \xe2\x82\xac"
                     "10"));
}

TEST(Facts, UnitsAreConverted) {
  EXPECT_TRUE(equal("in 90 minutes", "in 1.5 hours"));
  EXPECT_TRUE(equal("has 8GB", "has 8,000 MB"));
  EXPECT_TRUE(equal("is 1 mile", "is 1.61 km"));
  EXPECT_FALSE(equal("in 90 minutes", "in 90 hours"));
  EXPECT_FALSE(equal("in 90 minutes", "has 90 apples"));
}

TEST(Facts, RoundingAndApproximationWidenTheComparison) {
  EXPECT_TRUE(equal("was 99.97%", "was 100.0%"));
  EXPECT_FALSE(equal("was 99.2%", "was 100%"));
  EXPECT_TRUE(equal("about 105 users", "were 100 users"));
  EXPECT_FALSE(equal("were 105 users", "were 100 users"));
  EXPECT_FALSE(equal("was 5%", "was 5"));
}

TEST(Facts, DatesAreReadInAllUsualForms) {
  for (const char* text : {"on January 15, 2025", "on 15 January 2025", "on 2025-01-15", "on 01/15/2025",
                           "on Jan 15th, 2025", "at 2025-01-15T10:00:00Z"}) {
    ASSERT_FALSE(all(text).empty()) << text;
    EXPECT_EQ(all(text)[0].kind, FactKind::kDate) << text;
    EXPECT_EQ(all(text)[0].value, 20250115) << text;
  }
  EXPECT_TRUE(equal("in January 2025", "on 2025-01-15"));
  EXPECT_FALSE(equal("in January 2025", "on 2025-02-15"));
  EXPECT_TRUE(equal("in 2024", "in March 2024"));
  EXPECT_FALSE(equal("in 2024", "in 2019"));
  EXPECT_TRUE(of_kind("we may march on", FactKind::kDate).empty());
  EXPECT_TRUE(of_kind("it has 2000 MB", FactKind::kDate).empty());
  EXPECT_TRUE(of_kind("it costs $2024", FactKind::kDate).empty());
}

TEST(Facts, VersionsAreNotNumbers) {
  EXPECT_EQ(of_kind("from v2.4 to version 3, on Node 20.11.1", FactKind::kVersion), (List{"v2.4", "3", "20.11.1"}));
  EXPECT_TRUE(equal("in v2.4", "in version 2.4"));
  EXPECT_EQ(of_kind("with Python 3.11", FactKind::kVersion), (List{"3.11"}));
  EXPECT_TRUE(of_kind("we paid $3.11 for 2.5 hours", FactKind::kVersion).empty());
}

TEST(Facts, IdentifiersAreChunksOfLettersDigitsAndSigns) {
  EXPECT_EQ(of_kind("See INC-2024-089 (order_id), mail a.b@example.com or https://x.example.com/a?b=1.",
                    FactKind::kIdentifier),
            (List{"INC-2024-089", "order_id", "a.b@example.com", "https://x.example.com/a?b=1"}));
  EXPECT_TRUE(of_kind("a 24-hour shift of 8GB and 99.5%", FactKind::kIdentifier).empty());
  EXPECT_TRUE(equal("key AB12", "key ab12"));
}

TEST(Facts, NamesAreCapitalRunsInsideSentences) {
  EXPECT_EQ(of_kind("Yesterday we met John Smith of Acme. Then nothing.", FactKind::kName),
            (List{"John Smith", "Acme"}));
  EXPECT_EQ(of_kind("Acme Corp grew.", FactKind::kName), (List{"Acme Corp"}));
  EXPECT_TRUE(of_kind("Nothing was found here.", FactKind::kName).empty());
}

TEST(Facts, AreBoundedAndSurviveAnything) {
  std::string text;
  for (int i = 0; i < 6000; ++i) text += "7 ";
  EXPECT_EQ(all(text).size(), kMaxFacts);
  EXPECT_TRUE(all("").empty());
  EXPECT_TRUE(all(std::string(300, '/')).empty());
  EXPECT_TRUE(all("\xff\xfe\xff").empty());
  EXPECT_TRUE(all("\xd0\xbc\xd0\xb8\xd1\x80 \xe5\xa4\xa9\xe6\xb0\x94").empty());  // words without an ASCII letter
}

}  // namespace
}  // namespace agentmend::text
