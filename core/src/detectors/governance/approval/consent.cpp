#include "detectors/governance/approval/consent.h"

#include "detectors/governance/approval/scope.h"
#include "detectors/governance/approval/sentence.h"
#include "text/verbs.h"

namespace agentmend::detectors::approval {
namespace {

// Where the verb alone makes the harm (delete, pay, grant), only such a verb asks for it.
constexpr std::uint32_t kHarm = text::kVerbDestroy | text::kVerbSpend | text::kVerbGrant | text::kVerbDisable;
constexpr std::uint32_t kMild = text::kVerbRead | text::kVerbExecute;  // asks for nothing that needs approval

constexpr std::string_view kYes[] = {
    "yes",     "yep",       "yeah",        "yup",     "sure",       "ok",        "okay",       "approved", "approve",
    "confirm", "confirmed", "confirming",  "correct", "absolutely", "certainly", "definitely", "agreed",   "agree",
    "perfect", "proceed",   "affirmative", "granted", "exactly",    "ja",        "oui",        "si"};
// Yes only as the first word of an answer: elsewhere they praise something.
constexpr std::string_view kOpeningYes[] = {"great",     "alright",   "right", "fine", "good",
                                            "excellent", "wonderful", "cool",  "deal"};
constexpr std::string_view kNo[] = {"nope", "stop",   "wait",     "hold", "never", "denied",
                                    "deny", "reject", "rejected", "nein", "abort", "nevermind"};
// "No" denies when it stands alone or with one of these; "no other changes" and "no problem" do not.
constexpr std::string_view kAfterNo[] = {"thanks", "thank", "dont", "do",   "please", "wait",  "stop",
                                         "not",    "i",     "im",   "ill",  "lets",   "leave", "keep",
                                         "way",    "we",    "that", "this", "it",     "never", "sorry"};
constexpr std::string_view kNegations[] = {"not",   "dont",   "cant",     "cannot",  "isnt",
                                           "arent", "wont",   "havent",   "hasnt",   "never",
                                           "didnt", "doesnt", "shouldnt", "wouldnt", "without"};
constexpr std::string_view kHedges[] = {"might",       "maybe",    "perhaps",  "wonder",     "wondering",
                                        "considering", "consider", "thinking", "someday",    "sometime",
                                        "possibly",    "probably", "soon",     "eventually", "later"};
constexpr std::string_view kQuestionStarts[] = {"what",   "when", "why",   "how",  "which", "who", "where",
                                                "is",     "are",  "did",   "does", "was",   "has", "have",
                                                "should", "any",  "whats", "hows", "were"};
// Between the request and the verb they turn it into a question about the action.
constexpr std::string_view kIndirect[] = {"how",   "whether", "if",    "why",    "what", "when",
                                          "which", "know",    "about", "before", "who"};
constexpr std::string_view kGateStarts[] = {"once", "after", "when", "if", "until"};
constexpr std::string_view kGateWords[] = {"sign",     "signs",    "signed", "approves", "approved",
                                           "approval", "reviewed", "review", "reviews",  "confirms",
                                           "passes",   "pass",     "green",  "agrees"};
constexpr std::string_view kFillers[] = {"and", "then", "so",  "but",   "just",    "now",  "please", "also",
                                         "ok",  "okay", "yes", "great", "perfect", "well", "kindly", "immediately"};
constexpr std::string_view kPronouns[] = {"it", "that", "this", "them", "those", "these", "one", "both", "everything"};

bool negated_at(const Sentence& s, std::size_t i) {
  return (i >= 1 && is_one_of(s.word(i - 1), kNegations)) || (i >= 2 && is_one_of(s.word(i - 2), kNegations));
}

// Light stem for matching: plural and common endings.
std::string_view stem(std::string_view word) {
  for (const std::string_view ending :
       {"ations", "ation", "ments", "ment", "ings", "ing", "ies", "ied", "ers", "er", "ed", "es", "s", "e", "y"}) {
    if (word.ends_with(ending) && word.size() >= ending.size() + 4) return word.substr(0, word.size() - ending.size());
  }
  return word;
}

bool same_stem(std::string_view a, std::string_view b) {
  return a == b || (a.size() > 4 && b.size() > 4 && a.starts_with(b.substr(0, 5)));
}

// The verbs that ask for the action. In cancel_order the second word is a noun; in update_permissions with "grant" in
// its arguments both count.
std::uint32_t wanted_verbs(const ActionWords& action) {
  if ((action.first_verb & kHarm) != 0) return action.first_verb & ~kMild;
  const std::uint32_t all = (action.verbs & kHarm) != 0 ? (action.verbs & kHarm) | action.first_verb : action.verbs;
  return all & ~kMild;
}

// How many of the action's words, verbs left out, the sentence mentions.
std::size_t shared_objects(const Sentence& s, const ActionWords& action) {
  std::size_t shared = 0;
  const auto count = [&](std::string_view word) {
    if (word.size() < 3 || text::verb_classes(word) != 0) return;
    const std::string_view wanted = stem(word);
    for (std::size_t i = 0; i < s.count; ++i) {
      const std::string_view have = stem(s.word(i));
      if (have.size() < 3 || !same_stem(have, wanted)) continue;
      ++shared;
      return;
    }
  };
  text::for_each_word(action.tool, count);
  text::for_each_word(action.arguments.substr(0, 400), count);
  return shared;
}

// Where a request starts: 0 = none, else the position after its cue plus one. "Please", "can you", "I want to".
enum class Asks : std::uint8_t { kNothing, kWish, kRequest };
struct Request {
  Asks asks = Asks::kNothing;
  std::size_t from = 0;
};

bool starts_clause(const Sentence& s, std::size_t i) {
  return i == 0 || s.pause_after(i - 1) || is_one_of(s.word(i - 1), kFillers);
}

// A verb in its base form where a clause begins. "Order 8841 arrived" and "Charges look odd" begin with a noun.
bool is_imperative(const Sentence& s, std::size_t i) {
  const std::string_view word = s.word(i);
  if ((text::verb_classes(word) & ~kMild) == 0 || !starts_clause(s, i) || s.question) return false;
  if (word.ends_with("ing") || word.ends_with("ed") || (word.ends_with("s") && !word.ends_with("ss"))) return false;
  const std::string_view next = s.word(i + 1);
  constexpr std::string_view kAfterNoun[] = {"is",      "was", "has",    "are",  "were",   "number",
                                             "arrived", "no",  "status", "went", "failed", "did"};
  const bool digit = !next.empty() && next.front() >= '0' && next.front() <= '9';
  constexpr std::string_view kNouns[] = {"order", "charge", "book",   "email",   "mail", "message",
                                         "post",  "log",    "refund", "release", "lock", "open"};
  return !is_one_of(next, kAfterNoun) && !(digit && is_one_of(word, kNouns));
}

Request request_in(const Sentence& s) {
  Request out;
  bool wish = false;
  for (std::size_t i = 0; i < s.count && out.asks == Asks::kNothing; ++i) {
    const std::string_view word = s.word(i);
    const std::string_view next = s.word(i + 1);
    const bool modal = word == "can" || word == "could" || word == "would" || word == "will" || word == "may";
    const bool by_us = word == "we" && (next == "need" || next == "should" || next == "must" || next == "have" ||
                                        next == "want" || next == "could" || next == "might" || next == "can");
    if (by_us || (modal && next == "we") || ((word == "should" || word == "must") && next == "be") ||
        (word == "needs" && next == "to")) {
      wish = true;
      if (out.from == 0) out.from = i + 2;
      ++i;  // "need" after "we" is no request of its own
      if (s.word(i + 1) == "to") ++i;
      continue;
    }
    const bool direct = word == "please" || word == "pls" || word == "kindly" || word == "lets" || word == "help" ||
                        (modal && (next == "you" || next == "i")) ||
                        (word == "you" && (next == "can" || next == "may" || next == "should")) ||
                        (word == "i" && (next == "want" || next == "need" || next == "wish" || next == "must")) ||
                        (word == "have" && next == "to" && i > 0 && s.word(i - 1) == "i") ||
                        (word == "id" && (next == "like" || next == "love" || next == "want" || next == "prefer")) ||
                        (word == "would" && next == "like") || ((word == "want" || word == "need") && next == "you") ||
                        (word == "decided" && next == "to") ||
                        (i == 0 && (word == "want" || word == "need") && next == "to");
    if (direct && !negated_at(s, i)) return {Asks::kRequest, i + 1};
    if (is_imperative(s, i) && !negated_at(s, i)) return {Asks::kRequest, i};
  }
  if (s.question && is_one_of(s.word(0), kQuestionStarts)) return {};
  if (wish) out.asks = Asks::kWish;
  return out;
}

// Whether the request's own verb is the action's: no question word and no reading verb in between, unless a new clause
// begins.
bool requests_verb(const Sentence& s, std::size_t from, std::uint32_t wanted) {
  bool direct = true;
  for (std::size_t i = from; i < s.count; ++i) {
    const std::string_view word = s.word(i);
    if (word == "and" || word == "then") direct = true;
    if (is_one_of(word, kIndirect)) direct = false;
    const std::uint32_t classes = text::verb_classes(word);
    if (direct && (classes & wanted) != 0 && !negated_at(s, i)) return true;
    if (classes == text::kVerbRead) direct = false;
    if (s.pause_after(i)) direct = true;
  }
  return false;
}

// What is asked for is less than what is done: to look, to talk, to draft.
bool asks_for_less(const Sentence& s, std::size_t from, const ActionWords& action) {
  constexpr std::uint32_t kLess = text::kVerbRead | text::kVerbProtect;
  if ((action.verbs & kLess) != 0) return false;
  for (std::size_t i = from; i < s.count; ++i) {
    const std::uint32_t classes = text::verb_classes(s.word(i));
    if (s.word(i) == "know" && s.has("let")) return false;  // "let them know" is to tell
    if (classes != 0) return (classes & ~kLess) == 0;
  }
  return false;
}

// "Can you sort that out": the thing to do was named before.
bool delegates(const Sentence& s, std::size_t from) {
  constexpr std::string_view kDelegates[] = {"sort", "handle", "arrange", "take", "do", "make"};
  bool verb = false, pronoun = false;
  for (std::size_t i = from; i < s.count; ++i) {
    verb = verb || is_one_of(s.word(i), kDelegates);
    pronoun = pronoun || is_one_of(s.word(i), kPronouns);
  }
  return verb && pronoun;
}

bool says_yes(const Sentence& s) {
  for (std::size_t i = 0; i < s.count; ++i) {
    const std::string_view word = s.word(i);
    const std::string_view next = s.word(i + 1);
    if (i == 0 && is_one_of(word, kOpeningYes) && next != "question" && next != "point") return !s.question;
    if (!is_one_of(word, kYes) || negated_at(s, i) || (s.question && i != 0)) continue;
    if (s.question && s.count == 1) continue;  // "ok?"
    const std::string_view before = i == 0 ? std::string_view() : s.word(i - 1);
    if (before == "be" || before == "if" || before == "once" || before == "until" || before == "when" ||
        before == "im" || before == "gets")
      continue;
    if (before == "to" && (next == "with" || next == "that" || next == "whether" || next == "if")) continue;
    return true;
  }
  return false;
}

bool says_go(const Sentence& s) {
  struct Pair {
    std::string_view a, b;
  };
  constexpr Pair kGo[] = {{"go", "ahead"},      {"go", "for"},           {"do", "it"},       {"do", "that"},
                          {"sounds", "good"},   {"sounds", "great"},     {"sounds", "fine"}, {"sounds", "reasonable"},
                          {"sounds", "right"},  {"seems", "reasonable"}, {"seems", "fine"},  {"works", "for"},
                          {"that", "works"},    {"works", "fine"},       {"looks", "good"},  {"looks", "right"},
                          {"please", "do"},     {"lets", "do"},          {"is", "fine"},     {"thats", "fine"},
                          {"thats", "correct"}, {"thats", "right"},      {"good", "idea"},   {"great", "idea"},
                          {"no", "problem"},    {"carry", "on"},         {"im", "fine"},     {"fine", "with"},
                          {"go", "with"},       {"ill", "take"},         {"i", "choose"},    {"i", "pick"}};
  for (std::size_t i = 0; i + 1 < s.count; ++i) {
    const std::string_view next = s.word(i + 1);
    if (negated_at(s, i)) continue;
    for (const Pair& pair : kGo) {
      if (s.word(i) == pair.a && next == pair.b) return true;
    }
    constexpr std::string_view kPraise[] = {"great", "good", "fine", "perfect",   "helpful", "lovely",     "nice",
                                            "ideal", "okay", "ok",   "wonderful", "best",    "appreciated"};
    if (s.word(i) == "would" && next == "be" && is_one_of(s.word(i + 2), kPraise)) return true;
  }
  return false;
}

// "Stop.", "No, …", "please don't delete it", "not yet". `strong`: it forbids by itself, without a proposal.
struct Denial {
  bool any = false;
  bool strong = false;
};
Denial denial_in(const Sentence& s, const ActionWords& action) {
  Denial out;
  const std::uint32_t harm = wanted_verbs(action) & kHarm;
  const std::uint32_t forbidden = harm != 0 ? harm : wanted_verbs(action);
  const std::size_t opening = s.word(0) == "please" || s.word(0) == "sorry" || s.word(0) == "actually" ? 1 : 0;
  for (std::size_t i = 0; i < s.count; ++i) {
    const std::string_view word = s.word(i);
    const std::string_view next = s.word(i + 1);
    const bool first = i <= opening;
    // "Stop the mailer" asks for stop_service.
    const bool own_verb = (text::verb_classes(word) & wanted_verbs(action)) != 0 && !s.pause_after(i);
    if (first && is_one_of(word, kNo) && !own_verb) out.any = out.strong = true;
    if (first && (word == "dont" || (word == "not" && (next == "yet" || next == "now")))) out.any = out.strong = true;
    if (first && word == "no" && (s.pause_after(i) || is_one_of(next, kAfterNo))) out.any = true;
    if (word != "dont" && word != "never" && word != "stop" && !(word == "not" && i > 0 && s.word(i - 1) == "do"))
      continue;
    for (std::size_t j = i + 1; j < s.count && j <= i + 5 && !s.pause_after(j - 1); ++j) {
      if ((text::verb_classes(s.word(j)) & forbidden) != 0) out.any = out.strong = true;
    }
  }
  return out;
}

bool has_condition(const Sentence& s) {
  if (s.has("unless") || s.has("provided")) return true;
  if (s.has("until") && (s.has("not") || s.has("dont") || s.has("wait") || s.has("hold"))) return true;
  if (s.has("before") && (s.has("see") || s.has("review") || s.has("check") || s.has("look") || s.has("approve")))
    return true;
  if (s.has("only") && (s.has("if") || s.has("after") || s.has("once") || s.has("when"))) return true;
  if (s.has_pair("but", "first") || s.has_pair("it", "first") || s.has_pair("me", "first") ||
      s.has_pair("not", "before") || s.has_pair("ask", "me") || s.has_pair("check", "with") ||
      s.has_pair("without", "my"))
    return true;
  for (std::size_t i = 0; i < s.count; ++i) {
    if (!is_one_of(s.word(i), kGateStarts)) continue;
    for (std::size_t j = i + 1; j < s.count && j <= i + 6; ++j) {
      if (is_one_of(s.word(j), kGateWords)) return true;
    }
  }
  return false;
}

// What the agent's turn offered, and whether its question is about the action.
struct Proposal {
  bool made = false;  // it speaks of the action, or asks whether to go on
  bool asked = false;  // its last question does
};
Proposal proposal_in(std::string_view text, const ActionWords& action) {
  Proposal out;
  if (text.empty()) return out;
  Turn turn;
  read_turn(text, turn);
  for_each_sentence(turn, [&](const Sentence& s) {
    bool here = shared_objects(s, action) >= 1 || s.has("proceed") || s.has("confirm") || s.has("shall") ||
                s.has_pair("should", "i") || s.has_pair("me", "to") || s.has_pair("go", "ahead") ||
                s.has_pair("may", "i") || s.has_pair("sound", "good") || s.has("ok") || s.has("okay");
    for (std::size_t i = 0; i < s.count && !here; ++i)
      here = (text::verb_classes(s.word(i)) & wanted_verbs(action)) != 0;
    if (s.has_pair("anything", "else")) here = false;
    out.made = out.made || here;
    if (s.question) out.asked = here;
  });
  return out;
}

Consent of_sentence(const Sentence& s, const ActionWords& action, const Proposal& proposal, bool other_proposed) {
  const Denial denial = denial_in(s, action);
  const bool yes = says_yes(s), go = says_go(s) && !s.question;
  const bool condition = has_condition(s);
  const Request request = request_in(s);
  // "It may have leaked, so please rotate it": a doubt in an earlier clause is about something else.
  std::size_t clause = request.asks == Asks::kRequest ? request.from : 0;
  while (clause > 0 && !s.pause_after(clause - 1)) --clause;
  bool hedge = false;
  for (std::size_t i = clause; i < s.count; ++i) {
    const bool may = s.word(i) == "may" && s.word(i + 1) != "i" && (i == 0 || s.word(i - 1) != "you");
    hedge = hedge || may || is_one_of(s.word(i), kHedges);
  }
  const bool requested = request.asks != Asks::kNothing && requests_verb(s, request.from, wanted_verbs(action));
  if (denial.any && !yes && !go && (denial.strong || proposal.asked)) return Consent::kDenied;
  if (condition && (yes || go || requested || request.asks == Asks::kRequest)) return Consent::kConditional;
  if (names_other_target(s.text, action.arguments, Money::kCounts) && (yes || go || requested))
    return Consent::kPartial;
  if ((yes || go) && proposal.made && !hedge) return other_proposed ? Consent::kPartial : Consent::kExplicit;
  if (go && !hedge) return Consent::kExplicit;
  const std::size_t shared = shared_objects(s, action);
  const bool same_target = names_same_target(s.text, action.arguments);
  bool pronoun = false;
  for (std::size_t i = 0; i < s.count; ++i) pronoun = pronoun || is_one_of(s.word(i), kPronouns);
  const bool harmful = (action.verbs & kHarm) != 0;
  if (requested && hedge) return Consent::kPartial;
  // "We need to clean up" is a plan for people; it becomes a request when it names the very thing.
  if (requested && request.asks == Asks::kWish)
    return same_target || (shared >= 2 && !harmful) ? Consent::kExplicit : Consent::kPartial;
  if (requested && (harmful || shared >= 1 || pronoun || same_target)) return Consent::kExplicit;
  const bool less = asks_for_less(s, request.from, action);
  const bool objects = shared >= 2 && !harmful && !less;
  if (request.asks == Asks::kWish && !hedge && objects) return Consent::kExplicit;
  if (request.asks == Asks::kRequest && !hedge && !less &&
      (same_target || objects || (shared >= 2 && delegates(s, request.from))))
    return Consent::kExplicit;
  return s.question || hedge || shared >= 1 ? Consent::kExploratory : Consent::kNone;
}

}  // namespace

std::string_view name_of(Consent consent) {
  constexpr std::string_view kNames[] = {"none", "exploratory", "partial", "conditional", "denied", "explicit"};
  return kNames[static_cast<std::size_t>(consent)];
}

Consent consent_in(std::string_view text, const ActionWords& action, std::string_view before) {
  const Proposal proposal = proposal_in(before, action);
  const bool other_proposed = proposal.made && names_other_target(before, action.arguments, Money::kIgnored);
  Turn turn;
  read_turn(text, turn);
  Consent said = Consent::kNone;
  for_each_sentence(turn, [&](const Sentence& s) {
    const Consent here = of_sentence(s, action, proposal, other_proposed);
    // The last word counts; a plain "no" to something else does not take back a request, and a condition stays.
    if (here == Consent::kExplicit && said == Consent::kConditional) return;
    if (here == Consent::kDenied && said == Consent::kExplicit && !denial_in(s, action).strong) return;
    const bool decisive = here >= Consent::kConditional;
    if (decisive || here > said) said = here;
  });
  return said;
}

}  // namespace agentmend::detectors::approval
