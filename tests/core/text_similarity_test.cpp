#include "text/similarity.h"

#include <gtest/gtest.h>

#include <string>

namespace agentmend::text {
namespace {

Bag bag(std::string_view text) { return Bag(Words(text)); }

TEST(Coverage, IsTheShareOfContentWordsFound) {
  EXPECT_DOUBLE_EQ(coverage(bag("reset the password"), bag("Password reset: open the settings")), 1.0);
  EXPECT_DOUBLE_EQ(coverage(bag("reset password"), bag("parking at the office")), 0.0);
  EXPECT_DOUBLE_EQ(coverage(bag("reset password"), bag("a password policy")), 0.5);
  EXPECT_DOUBLE_EQ(coverage(bag("the of and"), bag("anything")), 0.0);
}

TEST(Coverage, SeesSynonymsAndInflection) {
  EXPECT_DOUBLE_EQ(coverage(bag("How do I delete customers?"), bag("Removing a client")), 1.0);
}

TEST(Jaccard, IsOneForEqualAndZeroForNothing) {
  EXPECT_DOUBLE_EQ(jaccard(bag("red green"), bag("green red")), 1.0);
  EXPECT_NEAR(jaccard(bag("red green"), bag("green blue")), 1.0 / 3, 1e-12);
  EXPECT_DOUBLE_EQ(jaccard(bag(""), bag("")), 0.0);
}

TEST(WeightedCoverage, CountsRareWordsMore) {
  const std::vector<Bag> pool = {bag("account password"), bag("account billing"), bag("account kubernetes")};
  const Idf idf(pool);

  EXPECT_GT(weighted_coverage(bag("account kubernetes"), bag("kubernetes"), idf), 0.5);
  EXPECT_LT(weighted_coverage(bag("account kubernetes"), bag("account"), idf), 0.5);
  EXPECT_DOUBLE_EQ(weighted_coverage(bag(""), bag("x"), idf), 0.0);
}

TEST(SoftSimilarity, IsOneForEqualTextsAndFallsWithDifference) {
  EXPECT_NEAR(similarity("Kubernetes ingress certificates", "kubernetes ingress certificate"), 1.0, 0.12);
  EXPECT_NEAR(similarity("database migration", "database migration"), 1.0, 1e-6);
  const double near = similarity("autoscaling of clusters", "auto-scaling a cluster");
  const double far = similarity("autoscaling of clusters", "holiday meal plan");
  EXPECT_GT(near, 0.5);
  EXPECT_LT(far, 0.15);
  EXPECT_EQ(similarity("", "something"), 0.0);
}

TEST(SoftSimilarity, IsSymmetricAndBounded) {
  std::string a;
  std::string b;
  for (int i = 0; i < 20'000; ++i) {
    a += "alpha" + std::to_string(i) + " ";
    b += "beta" + std::to_string(i) + " ";
  }
  EXPECT_EQ(similarity(a, b), similarity(b, a));
  EXPECT_LE(similarity(a, a), 1.0);
}

TEST(Bag, OfAPartHoldsOnlyThatPartAndGrowsByAdding) {
  const Words words("red green blue");
  Bag part(words, 1, 2);
  EXPECT_EQ(part.size(), 1u);
  part.add(Bag(words, 0, 2));
  EXPECT_EQ(part.size(), 2u);
  EXPECT_EQ(common(part, Bag(words)), 2u);
}

}  // namespace
}  // namespace agentmend::text
