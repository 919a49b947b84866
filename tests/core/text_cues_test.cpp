#include "text/cues.h"

#include <gtest/gtest.h>

namespace agentmend::text {
namespace {

constexpr std::uint32_t kFails = 1u << 0;
constexpr std::uint32_t kBack = 1u << 1;
constexpr std::uint32_t kNumber = 1u << 2;
constexpr CueRow kRows[] = {
    {kFails, "cannot|fail*|not found"},
    {kBack, "send it back|back"},
    {kFails | kBack, "failback"},
    {kNumber, "24h"},
};
constexpr CueTable<kRows> kCues;

std::uint32_t all(std::string_view text) {
  const Words words(text);
  return cues_in(kCues, words, 0, words.size());
}

TEST(Cues, WordsAndPhrasesHaveTheirMeaning) {
  EXPECT_EQ(all("I cannot do this"), kFails);
  EXPECT_EQ(all("It was NOT FOUND there"), kFails);
  EXPECT_EQ(all("found, not lost"), 0u);
  EXPECT_EQ(all("open 24h"), kNumber);
}

TEST(Cues, AStarStandsForAnyEnding) {
  EXPECT_EQ(all("failing"), kFails);
  EXPECT_EQ(all("fail"), kFails);
  EXPECT_EQ(all("fai"), 0u);
  EXPECT_EQ(all("failback"), kFails | kBack);
}

TEST(Cues, TheLongestPhraseIsMeasured) {
  const Words words("please send it back");
  std::size_t longest = 0;
  EXPECT_EQ(cues_at(kCues, words, 1, &longest), kBack);
  EXPECT_EQ(longest, 3u);
  EXPECT_EQ(cues_at(kCues, words, 0, &longest), 0u);
  EXPECT_EQ(longest, 0u);
}

TEST(Cues, NothingIsReadBeyondTheEnd) {
  EXPECT_EQ(all("send it"), 0u);
  EXPECT_EQ(all(""), 0u);
  const Words words("not");
  EXPECT_EQ(cues_in(kCues, words, 0, 100), 0u);
}

}  // namespace
}  // namespace agentmend::text
