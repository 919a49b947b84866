#include "text/sentences.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace agentmend::text {
namespace {

using List = std::vector<std::string>;

List split(std::string_view text) {
  List out;
  for (const Sentence& s : sentences(text)) out.emplace_back(s.of(text));
  return out;
}
List parts(std::string_view text) {
  List out;
  for (const Sentence& s : sentences(text)) {
    for (const Sentence& c : clauses(text, s)) out.emplace_back(c.of(text));
  }
  return out;
}

TEST(Sentences, EndAtStopsQuestionsAndExclamations) {
  EXPECT_EQ(split("It works. Does it? Yes! \"Fine.\" Good"),
            (List{"It works.", "Does it?", "Yes!", "\"Fine.\"", "Good"}));
  const auto found = sentences("Is it so? It is.");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_TRUE(found[0].question);
  EXPECT_FALSE(found[1].question);
}

TEST(Sentences, DoNotEndInsideNumbersVersionsUrlsAndMailAddresses) {
  EXPECT_EQ(
      split("Uptime was 99.2 percent on v1.20.3. See https://a.example.com/x.html or mail a.b@example.com now."),
      (List{"Uptime was 99.2 percent on v1.20.3.", "See https://a.example.com/x.html or mail a.b@example.com now."}));
}

TEST(Sentences, DoNotEndAfterAbbreviationsAndInitials) {
  EXPECT_EQ(split("Dr. Smith of Acme Inc. met J. Doe, e.g. on Monday. He left."),
            (List{"Dr. Smith of Acme Inc. met J. Doe, e.g. on Monday.", "He left."}));
  EXPECT_EQ(split("Bring pens, paper, etc. Then sit."), (List{"Bring pens, paper, etc.", "Then sit."}));
}

TEST(Sentences, TreatEllipsesByWhatFollows) {
  EXPECT_EQ(split("Well... maybe not. Wait... Then go."), (List{"Well... maybe not.", "Wait...", "Then go."}));
}

TEST(Sentences, EndAtLinesThatDoNotGoOn) {
  EXPECT_EQ(split("# Title\n- one item\n- two\n1. Open it\nThe text goes\non here.\n\nnew part"),
            (List{"# Title", "- one item", "- two", "1. Open it", "The text goes\non here.", "new part"}));
  EXPECT_TRUE(sentences("- one item")[0].item);
  EXPECT_FALSE(sentences("one item")[0].item);
}

TEST(Sentences, OfOtherScripts) {
  EXPECT_EQ(split("天气很好。你好吗？好"), (List{"天气很好。", "你好吗？", "好"}));
  EXPECT_TRUE(sentences("你好吗？")[0].question);
}

TEST(Sentences, AreNothingInEmptyText) {
  EXPECT_TRUE(split("").empty());
  EXPECT_TRUE(split(" \n ... \n !!").empty());
  EXPECT_EQ(sentences(std::string(20'000, '.') + "a. b. c.", 2).size(), 2u);
}

TEST(Clauses, SplitAtJointsAndKeepOneWordWithItsNeighbour) {
  EXPECT_EQ(parts("The first plan is cheap, but the second one is better; we take it - for now."),
            (List{"The first plan is cheap", "but the second one is better", "we take it", "for now."}));
  EXPECT_EQ(parts("However, it is red, green and blue."), (List{"However, it is red, green and blue."}));
  EXPECT_EQ(parts("Fine; that is it (for today)."), (List{"Fine; that is it", "for today)."}));
}

}  // namespace
}  // namespace agentmend::text
