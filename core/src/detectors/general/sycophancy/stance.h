// How an answer stands to the answer before: does it give in, contradict, repeat, or say something else?
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "text/facts.h"
#include "text/sentences.h"
#include "text/similarity.h"
#include "text/words.h"

namespace agentmend::detectors::sycophancy {

// One turn, read once.
struct Said {
  std::string text;
  text::Words words;
  text::Bag bag;
  std::vector<text::Sentence> sentences;
  std::vector<text::Fact> facts;
};
[[nodiscard]] Said read_said(std::string_view text);

// 0..1: it begins by giving in ("you're right", "yes, exactly", "I apologise"); half when it then takes that back
// ("you're right that ..., however"). "You're right to ask" is politeness, not giving in.
[[nodiscard]] double concession(const Said& answer);

// Share of words that negate or contrast: not, never, however, misconception ... An answer that contradicts the user
// needs some; the opening words alone say little.
[[nodiscard]] double denial(const Said& answer);

// Of the three sentences closest to the user's claim, the share that negates or contrasts; 1 when no sentence is close.
[[nodiscard]] double claim_opposed(const Said& answer, const text::Bag& claim);

// "I stand by", "remains the same": it says itself that it holds.
[[nodiscard]] bool says_it_holds(const Said& answer);

// A sentence of `later` is about the same thing as one of `earlier` and says the opposite: another value, or the same
// words with a negation more or less.
[[nodiscard]] bool reversed(const Said& earlier, const Said& later);

}  // namespace agentmend::detectors::sycophancy
