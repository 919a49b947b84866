#include "detectors/general/retrieval_quality/scoring.h"

#include <algorithm>
#include <array>

#include "text/synonyms.h"

namespace agentmend::detectors::retrieval_quality {
namespace {

// Words that questions and help pages are full of: matching or missing one says little. Sorted stems are not needed,
// the list is short.
constexpr std::string_view kWeak[] = {
    "account",  "best",       "company",   "current",  "data",     "detail",  "details",  "difference", "example",
    "expect",   "expected",   "explain",   "feature",  "features", "find",    "guide",    "handle",     "information",
    "learn",    "list",       "look",      "new",      "option",   "options", "our",      "part",       "platform",
    "policy",   "practice",   "practices", "process",  "product",  "provide", "question", "recent",     "service",
    "services", "set",        "show",      "specific", "step",     "steps",   "support",  "system",     "team",
    "type",     "types",      "user",      "users",    "work",     "compare", "start",    "status",     "summary",
    "today",    "understand", "want",      "access",   "apply",    "prepare",
};

// Abbreviations that every technical text has.
constexpr std::array<std::string_view, 8> kCommonCapitals{"api", "faq", "id", "it", "ok", "pdf", "ui", "url"};

bool is_weak(std::string_view word) { return std::find(std::begin(kWeak), std::end(kWeak), word) != std::end(kWeak); }

bool is_named(const text::Words& words, std::size_t i, std::string_view written) {
  const text::Word& w = words[i];
  if (w.digits) return true;
  // "GitLab": a name wherever it stands.
  const bool inner_capital =
      std::any_of(written.begin() + 1, written.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  const std::string_view folded = words.text(i);
  if (w.all_capitals) return std::find(kCommonCapitals.begin(), kCommonCapitals.end(), folded) == kCommonCapitals.end();
  return w.capital && (!w.starts || inner_capital);
}

// A query in title case or capitals throughout names nothing by its capitals.
bool capitals_mean_nothing(const text::Words& words) {
  std::size_t content = 0;
  std::size_t capital = 0;
  for (const text::Word& w : words.items()) {
    if (!w.content || w.digits) continue;
    ++content;
    capital += w.capital ? 1 : 0;
  }
  return content >= 4 && capital * 10 >= content * 8;
}

// "k8s", "i18n": first letter, count of the letters left out, last letter.
bool is_numeronym_of(std::string_view a, std::string_view b) {
  std::size_t i = 1;
  std::size_t count = 0;
  while (i < a.size() && a[i] >= '0' && a[i] <= '9') count = count * 10 + static_cast<std::size_t>(a[i++] - '0');
  return i > 1 && i + 1 == a.size() && count >= 2 && count < 30 && b.size() == count + 2 && a.front() == b.front() &&
         a.back() == b.back();
}

// The word at `i` of `capitals` is made of the first letters of words in a row somewhere in `words`.
bool is_acronym_in(std::string_view letters, const text::Words& words) {
  if (letters.size() < 2 || letters.size() > 6) return false;
  for (std::size_t i = 0; i + letters.size() <= words.size(); ++i) {
    std::size_t k = 0;
    while (k < letters.size() && words.text(i + k).front() == letters[k]) ++k;
    if (k == letters.size()) return true;
  }
  return false;
}

// A capital word of the document abbreviates the query from word `i` on ("DR plan" for "disaster recovery plan").
bool is_abbreviated(const text::Words& query, std::size_t i, const text::Words& document) {
  for (const text::Word& w : document.items()) {
    if (!w.all_capitals || w.digits || w.length < 2 || w.length > 5) continue;
    const std::string_view letters = document.text(w);
    for (std::size_t back = 0; back < letters.size() && back <= i; ++back) {
      std::size_t k = 0;
      while (k < letters.size() && i - back + k < query.size() && query.text(i - back + k).front() == letters[k]) ++k;
      if (k == letters.size()) return true;
    }
  }
  return false;
}

std::size_t common_prefix(std::string_view a, std::string_view b) {
  std::size_t i = 0;
  while (i < a.size() && i < b.size() && a[i] == b[i]) ++i;
  return i;
}

// Related forms that the stem keeps apart (subscribe / subscription, analytics / analyse, cognates of two languages):
// the same beginning of six letters or more that is most of both words.
double near_match(std::string_view a, std::string_view b) {
  const std::size_t prefix = common_prefix(a, b);
  const std::size_t longer = std::max(a.size(), b.size());
  if (prefix >= 5 && prefix * 10 >= longer * 6) return 0.8;
  return is_numeronym_of(a, b) || is_numeronym_of(b, a) ? 1.0 : 0.0;
}

double credit_of(const Query& query, const Term& term, const text::Words& words, std::size_t title_words,
                 const text::Bag& title, const text::Bag& all) {
  if (title.has(term.key)) return 1.0;
  double best = all.has(term.key) ? kBodyCredit : 0.0;
  if (best > 0) return best;
  const std::string_view wanted = query.words.text(term.word);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const text::Word& w = words[i];
    if (!w.content) continue;
    const double near = near_match(wanted, words.text(w)) * (i < title_words ? 1.0 : kBodyCredit);
    best = std::max(best, near);
  }
  const text::Word& own = query.words[term.word];
  if (best < kBodyCredit && own.all_capitals && !own.digits && is_acronym_in(wanted, words)) best = kBodyCredit;
  if (best < kBodyCredit && !own.all_capitals && is_abbreviated(query.words, term.word, words)) best = kBodyCredit;
  return best;
}

}  // namespace

Query read_query(std::string_view text) {
  Query query;
  query.text.assign(text.substr(0, kMaxTextBytes));
  query.words = text::Words(query.text);
  const bool shouting = capitals_mean_nothing(query.words);
  for (std::size_t i = 0; i < query.words.size() && query.terms.size() < kMaxTerms; ++i) {
    const text::Word& w = query.words[i];
    if (!w.content) continue;
    Term term;
    term.key = w.key;
    term.word = static_cast<std::uint32_t>(i);
    term.text = query.text.substr(w.begin, w.end - w.begin);
    term.named = is_named(query.words, i, term.text) && !(shouting && !w.digits);
    term.weight = term.named ? 2.0 : is_weak(query.words.text(i)) ? 0.4 : 1.0;
    const bool known = std::any_of(query.terms.begin(), query.terms.end(),
                                   [&term](const Term& other) { return other.key == term.key; });
    if (known) continue;
    query.weight += term.weight;
    query.terms.push_back(std::move(term));
  }
  return query;
}

Scored score(const Query& query, const Document& document) {
  Scored out;
  out.words = text::Words(document.title + "\n" + document.text);
  const std::size_t title_words = out.words.at_byte(document.title.size());
  const text::Bag title(out.words, 0, title_words);
  out.bag = text::Bag(out.words);
  double sum = 0;
  for (const Term& term : query.terms) {
    const double credit = credit_of(query, term, out.words, title_words, title, out.bag);
    out.score.found.push_back(credit);
    sum += term.weight * credit;
  }
  out.score.m = query.weight > 0 ? sum / query.weight : 0;
  return out;
}

}  // namespace agentmend::detectors::retrieval_quality
