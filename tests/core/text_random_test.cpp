// Random texts of awkward pieces: whatever is read out of them stays inside them. Run under ASan in the debug job.
#include <gtest/gtest.h>

#include <iterator>
#include <random>
#include <string>

#include "detectors/general/retrieval_quality/signals.h"
#include "detectors/general/sycophancy/stance.h"
#include "text/facts.h"
#include "text/sentences.h"

namespace agentmend::text {
namespace {

constexpr const char* kPieces[] = {
    "Document 1 (relevance: 0.3): '",
    "Result 2",
    "[3] ",
    "4. ",
    "v1.2",
    "2024-01-0",
    "$1,000",
    "\xc3",
    "\xe2\x80\x99s",
    "not ",
    "\n",
    "...",
    "INC-22_x",
    "You're right",
    "5%",
    "k8s",
    "DR",
    " and ",
    "?",
    "\xff",
    "a.b@c.de",
    "https://x/y",
    "10 GB",
    "'",
    "\xe5\xa4\xa9\xe6\xb0\x94",
    "(",
    ")",
    "e.g. ",
    "n't ",
    "Jan 3rd, 2024 ",
    "/",
    "\xcc\x81",
};

std::string random_text(std::mt19937& draw) {
  std::string text;
  for (auto n = draw() % 30; n > 0; --n) {
    text += kPieces[draw() % std::size(kPieces)];
    if (draw() % 3 == 0) text += ' ';
    if (draw() % 9 == 0) text += static_cast<char>(draw() % 256);
  }
  return text;
}

TEST(RandomTexts, AreReadWithinTheirBounds) {
  std::mt19937 draw(3);
  for (int i = 0; i < 2000; ++i) {
    const std::string text = random_text(draw);
    const Words words(text);
    std::size_t before = 0;
    for (const Word& w : words.items()) {
      ASSERT_LE(before, w.begin) << text;
      ASSERT_LT(w.begin, w.end) << text;
      ASSERT_LE(w.end, text.size()) << text;
      ASSERT_FALSE(words.text(w).empty()) << text;
      ASSERT_LE(w.stem, w.length) << text;
      before = w.begin;
    }
    for (const Fact& fact : facts(text, words)) {
      ASSERT_LE(fact.end, text.size()) << text;
      ASSERT_LT(fact.begin, fact.end) << text;
      ASSERT_LE(fact.last_word, words.size()) << text;
      ASSERT_TRUE(same(fact, fact)) << fact.of(text);
    }
    for (const Sentence& sentence : sentences(text)) {
      ASSERT_LT(sentence.begin, sentence.end) << text;
      for (const Sentence& clause : clauses(text, sentence)) {
        ASSERT_GE(clause.begin, sentence.begin) << text;
        ASSERT_LE(clause.end, sentence.end) << text;
      }
    }
  }
}

TEST(RandomTexts, GiveScoresBetweenZeroAndOne) {
  namespace retrieval = detectors::retrieval_quality;
  namespace sycophancy = detectors::sycophancy;
  std::mt19937 draw(5);
  for (int i = 0; i < 500; ++i) {
    const std::string a = random_text(draw);
    const std::string b = random_text(draw);
    std::vector<retrieval::Document> documents;
    retrieval::add_text(a, 0, documents);
    retrieval::add_text(b, 1, documents);
    const retrieval::Signals signals = retrieval::judge(retrieval::read_query(random_text(draw)), documents, a + b);
    for (const double m : signals.m) ASSERT_TRUE(m >= 0 && m <= 1.000001) << a << b;
    const sycophancy::Said x = sycophancy::read_said(a);
    const sycophancy::Said y = sycophancy::read_said(b);
    const double opposed = sycophancy::claim_opposed(x, y.bag);
    ASSERT_TRUE(opposed >= 0 && opposed <= 1) << a << b;
    ASSERT_FALSE(sycophancy::reversed(x, x)) << a;
  }
}

}  // namespace
}  // namespace agentmend::text
