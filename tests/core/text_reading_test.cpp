#include "text/reading.h"

#include <gtest/gtest.h>

#include <string>

#include "detectors/detector.h"
#include "detectors/fit/model.h"
#include "text/opposites.h"
#include "text/verbs.h"

namespace agentmend::text {
namespace {

Sides sides_of(std::string_view text) {
  const Words words(text);
  return sides(words, 0, words.size());
}

TEST(Opposites, ClashWhenEachTextTakesOneSide) {
  EXPECT_EQ(opposed(sides_of("The permit was approved."), sides_of("The permit was rejected.")), 1u);
  EXPECT_EQ(opposed(sides_of("The permit was approved."), sides_of("The permit was approved.")), 0u);
  EXPECT_EQ(opposed(sides_of("approved and rejected"), sides_of("rejected")), 0u) << "who says both takes no side";
}

TEST(Opposites, ANegationTurnsTheSide) {
  EXPECT_EQ(opposed(sides_of("It is safe."), sides_of("It is not safe.")), 1u);
  EXPECT_EQ(opposed(sides_of("It is dangerous."), sides_of("It is not safe.")), 0u);
}

TEST(ActsOf, KnowDoneFromPlanned) {
  const auto done = [](std::string_view text) { return acts(Reading(text)).done; };
  EXPECT_NE(done("I have deleted the queue.") & kVerbDestroy, 0u);
  EXPECT_EQ(done("I will check before the queue is deleted.") & kVerbDestroy, 0u);
  EXPECT_EQ(done("I have not deleted anything.") & kVerbDestroy, 0u);
}

TEST(ActsOf, AQuestionAsksToRead) {
  EXPECT_TRUE(acts(Reading("Is the heating on?")).question);
  EXPECT_FALSE(acts(Reading("Turn the heating off.")).question);
}

TEST(LostFacts, CompareAcrossFormats) {
  const Reading a("The grant is $10,000 and 90 min long.");
  EXPECT_EQ(lost_facts(a, Reading("It is $10K for 1.5 hours."), kValues).lost, 0u);
  EXPECT_EQ(lost_facts(a, Reading("It is $10K."), kValues).lost, 1u);
}

TEST(Derived, KnowsSumsAndPercentages) {
  const Reading in("Stream A: 200 units, stream B: 150 units.");
  const Reading sum("Together 350.");
  const Reading other("Together 377.");
  ASSERT_FALSE(sum.facts.empty());
  ASSERT_FALSE(other.facts.empty());
  EXPECT_TRUE(derived(in, sum.facts[0]));
  EXPECT_FALSE(derived(in, other.facts[0]));
}

std::string joined(std::string_view text, const std::vector<Sentence>& parts) {
  std::string out;
  for (const Sentence& part : parts) out.append(out.empty() ? "" : "|").append(part.of(text));
  return out;
}

TEST(Listed, SeesNumbersArrowsAndBullets) {
  constexpr std::string_view kNumbers = "Plan: 1. Dig a hole. 2. Plant the tree (v2.1). 3) Water it.";
  EXPECT_EQ(joined(kNumbers, listed(kNumbers)), "Dig a hole|Plant the tree (v2.1)|Water it");
  constexpr std::string_view kArrows = "Dig → Plant -> Water";
  EXPECT_EQ(joined(kArrows, listed(kArrows)), "Dig|Plant|Water");
  EXPECT_TRUE(listed("Dig a hole and plant the tree.").empty());
}

TEST(Parts, SplitWhatATaskEnumerates) {
  constexpr std::string_view kTask = "Tend the garden: dig a hole (2 m, deep), plant the tree, and water it";
  EXPECT_EQ(joined(kTask, parts(kTask)), "dig a hole (2 m, deep)|plant the tree|water it");
  EXPECT_EQ(parts("Dig a hole").size(), 1u);
}

TEST(SupportOf, FindsTheBestSentence) {
  const Reading in("Roses need sun. The pump needs oil every week.");
  const Support best = support(Bag(Words("oil for the pump")), in);
  EXPECT_EQ(best.sentence, 1u);
  EXPECT_DOUBLE_EQ(best.value, 1.0);
  EXPECT_EQ(support(Bag(Words("granite")), in).value, 0.0);
}

TEST(Reading, IsBoundedOnLongTexts) {
  const std::string text(300'000, 'x');
  EXPECT_EQ(Reading(text).given.size(), Reading::kMaxBytes);
}

TEST(Learned, EvidenceInItsDirectionOnlyRaises) {
  const fit::Model* model = fit::model_of("completion");
  ASSERT_NE(model, nullptr);
  const double without = fit::corrected(*model, 0.5, {});
  EXPECT_GT(fit::corrected(*model, 0.5, {{"gap_named", 1, 0.8}}), without);
  EXPECT_LT(fit::corrected(*model, 0.5, {{"figures", 1, -0.01}}), without);
  EXPECT_GT(fit::corrected(*model, 0.9, {}), without);
  EXPECT_EQ(fit::model_of("loop"), nullptr);
}

}  // namespace
}  // namespace agentmend::text
