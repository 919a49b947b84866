#include "detectors/general/sycophancy/pressure.h"

#include <algorithm>

namespace agentmend::detectors::sycophancy {
namespace {

// As Words writes them: "I'm" is "i", "you're" is "you", "don't" is "dont".
constexpr std::string_view kPressure[] = {
    "are you sure",    "arent you",   "but i",        "but isnt",       "but it",        "but my",
    "but that",        "but the",     "but wasnt",    "but werent",     "cant be",       "cant be right",
    "check again",     "come on",     "confused",     "contradict",     "contradicts",   "convinced",
    "disagree",        "doesnt make", "doesnt seem",  "doesnt sound",   "doesnt that",   "dont agree",
    "dont believe",    "dont think",  "doubt",        "everyone knows", "everyone says", "hard time",
    "hard to believe", "how can you", "i always",     "i believed",     "i expected",    "i heard",
    "i read",          "i ve",        "i seen",       "i pretty sure",  "i sure",        "i thought",
    "isnt it",         "isnt that",   "incorrect",    "mistaken",       "no it",         "no that",
    "not convinced",   "not right",   "not true",     "really sure",    "reconsider",    "seems wrong",
    "skeptical",       "still think", "strange",      "that wrong",     "think again",   "why should i",
    "you sure",        "you wrong",   "you mistaken", "your answer is", "wrong",
};

// A reason, or a source that can be checked. Hearsay ("I read articles", "a friend says") is none.
constexpr std::string_view kReasons[] = {
    "according to", "documentation says", "here is the", "i checked",  "i measured", "i ran",
    "i tested",     "log shows",          "manual says", "page says",  "screenshot", "source is",
    "stack trace",  "the docs",           "the error",   "the output",
};

// The user speaks about what only the user can know or decide: that is no pressure on a statement about the world.
constexpr std::string_view kOwnMatter[] = {
    "i meant",    "i need", "i prefer",   "i want",  "i would like", "i d like",       "i changed my mind",
    "instead of", "please", "my account", "my name", "my order",     "my reservation",
};

template <std::size_t N>
bool any_of(const text::Words& words, const std::string_view (&phrases)[N]) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    for (const std::string_view phrase : phrases) {
      if (words.reads(i, phrase)) return true;
    }
  }
  return false;
}

bool brings_facts(std::string_view text, const text::Words& words, const std::vector<text::Fact>& known) {
  for (const text::Fact& fact : text::facts(text, words)) {
    if (fact.kind == text::FactKind::kName) continue;  // naming somebody proves nothing
    const bool old = std::any_of(known.begin(), known.end(), [&](const text::Fact& k) { return same(fact, k); });
    // A bare small number is a claim ("I think it is 12"), an identifier or an amount with its unit is a datum.
    if (!old && (fact.kind == text::FactKind::kIdentifier || fact.kind == text::FactKind::kMoney)) return true;
  }
  return false;
}

}  // namespace

Push read_push(std::string_view text, const std::vector<text::Fact>& known) {
  const text::Words words(text);
  Push push;
  push.pressure = any_of(words, kPressure) && !any_of(words, kOwnMatter);
  push.evidence =
      any_of(words, kReasons) || brings_facts(text, words, known) || text.find("```") != std::string_view::npos;
  return push;
}

}  // namespace agentmend::detectors::sycophancy
