#include "detectors/governance/approval/consent.h"

#include <algorithm>
#include <cstddef>

#include "text/verbs.h"

namespace agentmend::detectors::approval {
namespace {

constexpr std::size_t kMaxWords = 400;  // of one turn; requests stand at either end, and the index keeps those

// Words of a turn in lower case with sentence ends kept: enough for the small grammar below. Fixed size, no allocation.
struct Token {
  char text[24];
  std::uint8_t length;
  bool ends_sentence;
  bool question;
  [[nodiscard]] std::string_view view() const { return {text, length}; }
};
struct Turn {
  Token tokens[kMaxWords];
  std::size_t count = 0;
};

void read_turn(std::string_view text, Turn& turn) {
  Token token{};
  const auto flush = [&] {
    if (token.length != 0 && turn.count < kMaxWords) turn.tokens[turn.count++] = token;
    token = Token{};
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool upper = c >= 'A' && c <= 'Z';
    const bool letter =
        upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
    if (letter) {
      if (token.length < sizeof(token.text)) token.text[token.length++] = upper ? static_cast<char>(c + 32) : c;
      continue;
    }
    if (c == '\'') continue;  // don't -> dont, let's -> lets
    flush();
    if ((c == '.' || c == '!' || c == '?' || c == '\n' || c == ';') && turn.count != 0) {
      turn.tokens[turn.count - 1].ends_sentence = true;
      turn.tokens[turn.count - 1].question = turn.tokens[turn.count - 1].question || c == '?';
    }
  }
  flush();
}

template <std::size_t N>
bool is_one_of(std::string_view word, const std::string_view (&list)[N]) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

constexpr std::string_view kYes[] = {
    "yes",       "yep",         "yeah",       "sure",      "ok",         "okay",    "approved", "approve", "confirm",
    "confirmed", "confirming",  "absolutely", "certainly", "definitely", "correct", "agreed",   "agree",   "perfect",
    "proceed",   "affirmative", "granted",    "exactly",   "ja",         "oui",     "si"};
constexpr std::string_view kNo[] = {"no",     "nope", "dont",   "stop",     "wait", "hold", "never",
                                    "denied", "deny", "reject", "rejected", "nein", "abort"};
constexpr std::string_view kAsk[] = {"please", "need", "want", "would", "lets",   "let",  "can", "could",
                                     "id",     "go",   "must", "have",  "kindly", "like", "ill", "will"};
constexpr std::string_view kHedge[] = {"might",    "maybe",     "perhaps",     "think",    "should",
                                       "wonder",   "wondering", "considering", "consider", "someday",
                                       "sometime", "possibly",  "probably",    "soon",     "some"};
constexpr std::string_view kCondition[] = {"unless", "provided", "until"};

struct Sentence {
  const Token* tokens;
  std::size_t count;
  bool question;
};

bool has_pair(const Sentence& s, std::string_view a, std::string_view b) {
  for (std::size_t i = 0; i + 1 < s.count; ++i) {
    if (s.tokens[i].view() == a && s.tokens[i + 1].view() == b) return true;
  }
  return false;
}

// Light stem for matching: plural and common endings.
std::string_view stem(std::string_view word) {
  for (const std::string_view ending :
       {"ations", "ation", "ments", "ment", "ings", "ing", "ies", "ied", "ers", "er", "ed", "es", "s", "e", "y"}) {
    if (word.ends_with(ending) && word.size() >= ending.size() + 4) return word.substr(0, word.size() - ending.size());
  }
  return word;
}

// Where the verb alone makes the harm (delete, pay, grant), only such a verb asks for it.
constexpr std::uint32_t kHarm = text::kVerbDestroy | text::kVerbSpend | text::kVerbGrant | text::kVerbDisable;

// How many of the action's words (from its name and arguments) the sentence mentions, and whether its verb is among
// them.
struct Match {
  bool verb = false;
  std::size_t shared = 0;
};

Match match(const Sentence& s, const ActionWords& action) {
  Match out;
  const std::uint32_t wanted_verbs =
      (action.verbs & kHarm) != 0 ? (action.verbs & kHarm) | action.first_verb : action.verbs;
  for (std::size_t i = 0; i < s.count; ++i) {
    const std::uint32_t classes = text::verb_classes(s.tokens[i].view()) & wanted_verbs;
    out.verb = out.verb || (classes & ~static_cast<std::uint32_t>(text::kVerbRead | text::kVerbExecute)) != 0;
  }
  const auto count_shared = [&](std::string_view word) {
    if (word.size() < 3) return;
    const std::string_view wanted = stem(word);
    for (std::size_t i = 0; i < s.count; ++i) {
      const std::string_view have = stem(s.tokens[i].view());
      if (have.size() >= 3 &&
          (have == wanted || (have.size() > 4 && wanted.size() > 4 && (have.starts_with(wanted.substr(0, 5)))))) {
        ++out.shared;
        return;
      }
    }
  };
  text::for_each_word(action.tool, count_shared);
  text::for_each_word(action.arguments.substr(0, 400), count_shared);
  return out;
}

// "No, …", "wait", "please don't delete": at the start of a sentence, or right before the action's own verb. "No longer
// needed" inside a sentence denies nothing.
bool denies(const Sentence& s, std::size_t i, const ActionWords& action) {
  const std::string_view word = s.tokens[i].view();
  if (!is_one_of(word, kNo)) return false;
  const std::string_view next = i + 1 < s.count ? s.tokens[i + 1].view() : std::string_view();
  if (word == "no" && (next == "longer" || next == "problem" || next == "more" || next == "need" || next == "worries" ||
                       next == "rush"))
    return false;
  const std::size_t opening = s.tokens[0].view() == "please" || s.tokens[0].view() == "sorry" ? 1 : 0;
  if (i <= opening) return true;
  return (word == "dont" || word == "never" || word == "stop") && (text::verb_classes(next) & action.verbs) != 0;
}

Consent of_sentence(const Sentence& s, const ActionWords& action, bool answers_proposal) {
  bool yes = false, no = false, ask = false, hedge = false, condition = false;
  for (std::size_t i = 0; i < s.count; ++i) {
    const std::string_view word = s.tokens[i].view();
    yes = yes || is_one_of(word, kYes);
    no = no || denies(s, i, action);
    ask = ask || is_one_of(word, kAsk);
    hedge = hedge || is_one_of(word, kHedge);
    condition = condition || is_one_of(word, kCondition);
  }
  condition = condition || has_pair(s, "only", "if") || has_pair(s, "only", "after") || has_pair(s, "but", "first") ||
              has_pair(s, "not", "before");
  const bool go = has_pair(s, "go", "ahead") || has_pair(s, "do", "it") || has_pair(s, "sounds", "good") ||
                  has_pair(s, "works", "for") || has_pair(s, "that", "works") || has_pair(s, "sounds", "great") ||
                  has_pair(s, "looks", "good") || has_pair(s, "please", "do") || has_pair(s, "lets", "do") ||
                  has_pair(s, "is", "fine") || has_pair(s, "seems", "reasonable") ||
                  has_pair(s, "sounds", "reasonable") || has_pair(s, "thats", "fine") || has_pair(s, "works", "fine") ||
                  has_pair(s, "thats", "correct") || has_pair(s, "would", "be");
  const bool imperative = s.count != 0 && (text::verb_classes(s.tokens[0].view()) & action.verbs &
                                           ~static_cast<std::uint32_t>(text::kVerbRead)) != 0;
  const Match found = match(s, action);

  if (no && !yes && !go && !(has_pair(s, "no", "problem")) && (answers_proposal || found.verb)) return Consent::kDenied;
  if (condition && (yes || go || found.verb)) return Consent::kConditional;
  if ((yes || go) && answers_proposal && !hedge && !(s.question && !go && !yes)) return Consent::kExplicit;
  if (go && !hedge && !s.question) return Consent::kExplicit;
  // A request that names the action: its verb, or at least two of its words.
  const bool names_action = found.verb && found.shared >= 1;
  const bool names_objects = found.shared >= 2 && (action.verbs & kHarm) == 0;
  if ((ask || imperative) && !hedge && (names_action || names_objects)) return Consent::kExplicit;
  if ((ask || imperative) && hedge && found.verb && found.shared >= 1) return Consent::kPartial;
  if (s.question || hedge || found.shared >= 1) return Consent::kExploratory;
  return Consent::kNone;
}

int rank(Consent consent) {  // the strongest thing that a turn says
  switch (consent) {
    case Consent::kNone: return 0;
    case Consent::kExploratory: return 1;
    case Consent::kConditional: return 4;
    case Consent::kPartial: return 2;
    case Consent::kExplicit: return 3;
    case Consent::kDenied: return 5;
  }
  return 0;
}

}  // namespace

std::string_view name_of(Consent consent) {
  constexpr std::string_view kNames[] = {"none", "exploratory", "conditional", "partial", "explicit", "denied"};
  return kNames[static_cast<std::size_t>(consent)];
}

Consent consent_in(std::string_view text, const ActionWords& action, bool answers_proposal) {
  Turn turn;
  read_turn(text, turn);
  Consent best = Consent::kNone;
  std::size_t start = 0;
  for (std::size_t i = 0; i < turn.count; ++i) {
    if (!turn.tokens[i].ends_sentence && i + 1 != turn.count) continue;
    const Consent here =
        of_sentence({turn.tokens + start, i + 1 - start, turn.tokens[i].question}, action, answers_proposal);
    if (rank(here) > rank(best)) best = here;
    start = i + 1;
  }
  return best;
}

}  // namespace agentmend::detectors::approval
