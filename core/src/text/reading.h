// A text as the text detectors read it: words, sentences, facts, computed once; and what two such readings share.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "text/cues.h"
#include "text/facts.h"
#include "text/sentences.h"
#include "text/similarity.h"
#include "text/words.h"

namespace agentmend::text {

struct Reading {
  static constexpr std::size_t kMaxBytes = 64'000;  // what follows is not read: 20 ms a text on a slow machine
  static constexpr std::size_t kMaxSentences = 300;  // sentences are compared in pairs

  std::string_view given;  // must outlive the reading
  Words words;
  std::vector<Sentence> sentences;
  std::vector<Fact> facts;
  Bag bag;

  Reading() = default;
  explicit Reading(std::string_view text);
  [[nodiscard]] std::size_t first_word(const Sentence& s) const { return words.at_byte(s.begin); }
  [[nodiscard]] std::size_t last_word(const Sentence& s) const { return words.at_byte(s.end); }
  [[nodiscard]] Bag bag_of(const Sentence& s) const { return Bag(words, first_word(s), last_word(s)); }
};

// How often each of the meanings (bit 0 … 31) of a table occurs.
using CueCounts = std::array<std::uint16_t, 32>;
[[nodiscard]] CueCounts count_cues(CueView table, const Reading& reading);

// --- acts
// Verb classes of all words; of what is said to be done ("updated", "sent"; not "to be updated", "will", "if", "not");
// and of the first verb. A question, or "tell me", asks to read.
struct Acts {
  std::uint32_t named = 0;
  std::uint32_t done = 0;
  std::uint32_t head = 0;
  bool question = false;
};
[[nodiscard]] Acts acts(const Reading& reading);
constexpr std::uint32_t kSideEffects = 0x27e;  // VerbClass: write, destroy, grant, send, spend, deploy, disable

// --- facts
constexpr std::uint32_t kind_bit(FactKind kind) { return 1u << static_cast<unsigned>(kind); }
constexpr std::uint32_t kValues = kind_bit(FactKind::kNumber) | kind_bit(FactKind::kPercent) |
                                  kind_bit(FactKind::kMoney) | kind_bit(FactKind::kDate) | kind_bit(FactKind::kVersion);
constexpr std::uint32_t kTokens = kind_bit(FactKind::kIdentifier) | kind_bit(FactKind::kName);
// The value stands in `in`, in any format; a plain number also when it has a unit there.
[[nodiscard]] bool has_fact(const Reading& in, const Fact& fact);
// Facts of these kinds in `a` that `b` lacks; and how many there are in `a`.
struct Lost {
  std::size_t lost = 0;
  std::size_t all = 0;
  const Fact* first = nullptr;
  [[nodiscard]] double share() const { return all == 0 ? 0 : static_cast<double>(lost) / static_cast<double>(all); }
};
[[nodiscard]] Lost lost_facts(const Reading& a, const Reading& b, std::uint32_t kinds);
// The value is the sum, difference, product, quotient or percentage of two values of `in` (within 1 %). O(facts²), of
// the first 40.
[[nodiscard]] bool derived(const Reading& in, const Fact& fact);

// --- parts
// Byte ranges of the parts of a list: numbered or bulleted lines, "Step 1:", arrows; else nothing.
[[nodiscard]] std::vector<Sentence> listed(std::string_view text);
// The parts of a task that names several: after a colon or in the whole text, split at commas, "and", "then"; each
// with at least one content word. One part when nothing is enumerated.
[[nodiscard]] std::vector<Sentence> parts(std::string_view text);

// Best coverage of `part` by one sentence of `in`, and that sentence.
struct Support {
  double value = 0;
  std::size_t sentence = 0;
};
[[nodiscard]] Support support(const Bag& part, const Reading& in);

}  // namespace agentmend::text
