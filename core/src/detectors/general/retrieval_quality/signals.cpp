#include "detectors/general/retrieval_quality/signals.h"

#include <algorithm>
#include <array>

#include "detectors/general/retrieval_quality/answer.h"
#include "text/facts.h"
#include "text/math.h"

namespace agentmend::detectors::retrieval_quality {
namespace {

using text::ramp;

constexpr double kUnrelated = 0.1;  // below: a document shares nothing with the query but a weak word
constexpr double kCovered = 0.45;  // above: a document that is about the query, in other words too
constexpr std::size_t kMaxAspectTerms = 12;  // a longer query tells a story: its parts are no list of wishes
constexpr std::size_t kMaxPairs = 50;  // documents compared with each other for duplicates: 1,225 pairs

template <std::size_t N>
bool any_of(const text::Words& words, const std::array<std::string_view, N>& list, std::size_t first_words = 100'000) {
  for (std::size_t i = 0; i < words.size() && i < first_words; ++i) {
    if (std::find(list.begin(), list.end(), words.text(i)) != list.end()) return true;
  }
  return false;
}

// Best credit of each term over all documents.
std::vector<double> best_credits(const Query& query, const std::vector<Scored>& scored) {
  std::vector<double> best(query.terms.size(), 0);
  for (const Scored& document : scored) {
    for (std::size_t t = 0; t < best.size(); ++t) best[t] = std::max(best[t], document.score.found[t]);
  }
  return best;
}

bool has_year(const text::Fact& fact) { return fact.kind == text::FactKind::kDate && fact.value >= 10'000; }
bool pins_down(const text::Fact& fact) { return has_year(fact) || fact.kind == text::FactKind::kVersion; }

// Versions and times: the query names some, the documents name others. Found and missing of those the query names.
struct Pinned {
  std::size_t found = 0;
  std::string missing;
  std::string instead;
  std::size_t document = 0;
  double share = 0;  // of the documents about the query that name another one
};

Pinned compare_pinned(const Query& query, const std::vector<Document>& documents, const std::vector<Scored>& scored) {
  Pinned out;
  std::vector<text::Fact> wanted;
  for (const text::Fact& fact : text::facts(query.text, query.words)) {
    if (pins_down(fact)) wanted.push_back(fact);
  }
  if (wanted.empty()) return out;
  std::vector<bool> met(wanted.size(), false);
  std::size_t about = 0;
  std::size_t others = 0;
  for (std::size_t d = 0; d < documents.size(); ++d) {
    if (scored[d].score.m < kUnrelated) continue;
    ++about;
    const std::string whole = documents[d].title + "\n" + documents[d].text;
    bool other = false;
    bool match = false;
    for (const text::Fact& fact : text::facts(whole, scored[d].words)) {
      for (std::size_t w = 0; w < wanted.size(); ++w) {
        if (fact.kind != wanted[w].kind || !pins_down(fact)) continue;
        if (same(fact, wanted[w])) {
          met[w] = true;
          match = true;
        } else {
          if (out.instead.empty()) out.document = d;
          if (out.instead.empty()) out.instead = std::string(fact.of(whole));
          other = true;
        }
      }
    }
    others += other && !match ? 1 : 0;
  }
  for (std::size_t w = 0; w < wanted.size(); ++w) {
    if (met[w]) {
      ++out.found;
    } else if (out.missing.empty()) {
      out.missing = std::string(wanted[w].of(query.text));
    }
  }
  out.share = about == 0 ? 0 : static_cast<double>(others) / static_cast<double>(about);
  return out;
}

// The query asks for several things ("X and Y", "X vs Y", "X? Y?"); one of them is in no document, the rest are.
std::string missing_aspect(const Query& query, const std::vector<double>& best, double& strength) {
  struct Aspect {
    double weight = 0;
    double covered = 0;
    std::size_t terms = 0;
    bool named = false;
    std::string text;
  };
  std::vector<Aspect> aspects(1);
  std::size_t t = 0;
  for (std::size_t i = 0; i < query.words.size(); ++i) {
    const std::string_view word = query.words.text(i);
    const bool comma =
        i > 0 &&
        query.text.substr(query.words[i - 1].end, query.words[i].begin - query.words[i - 1].end).find_first_of(",;?") !=
            std::string::npos;
    if (word == "and" || word == "vs" || word == "versus" || word == "or" || comma) aspects.emplace_back();
    if (t >= query.terms.size() || query.terms[t].word != i) continue;
    Aspect& aspect = aspects.back();
    aspect.weight += query.terms[t].weight;
    aspect.covered += query.terms[t].weight * best[t];
    aspect.named = aspect.named || query.terms[t].named;
    ++aspect.terms;
    aspect.text += (aspect.text.empty() ? "" : " ") + query.terms[t].text;
    ++t;
  }
  const auto covered = std::any_of(aspects.begin(), aspects.end(),
                                   [](const Aspect& a) { return a.weight >= 1 && a.covered >= 0.5 * a.weight; });
  if (aspects.size() < 2 || !covered || query.terms.size() > kMaxAspectTerms) return {};
  for (const Aspect& aspect : aspects) {
    if (aspect.weight < 1 || aspect.covered > 0.2 * aspect.weight) continue;
    strength = aspect.named || aspect.terms >= 2 ? 1.0 : 0.5;  // one plain word may simply be said otherwise
    return aspect.text;
  }
  return {};
}

double rank_error(const std::vector<Document>& documents, const std::vector<double>& m) {
  const std::size_t n = m.size();
  if (n < 3) return 0;
  const std::size_t third = (n + 2) / 3;
  const double front = *std::max_element(m.begin(), m.begin() + static_cast<std::ptrdiff_t>(third));
  const double back = *std::max_element(m.begin() + static_cast<std::ptrdiff_t>(third), m.end());
  // A good document stands behind ones that have little to do with the query. Small differences, and documents that
  // are about it in other ways, are the retriever's business.
  double error = back >= kCovered && back - front >= 0.25 ? ramp(front, 0.3, 0.1) : 0;
  double first = -1;
  double top = 0;
  for (const Document& document : documents) {
    if (document.score < 0) return error;
    if (first < 0) first = document.score;
    top = std::max(top, document.score);
  }
  if (top > 0) error = std::max(error, ramp(first / top, 0.7, 0.4));  // the list was not sorted by its own scores
  return error;
}

double low_scores(const std::vector<Document>& documents) {
  double top = -1;
  for (const Document& document : documents) {
    if (document.score < 0) return 0;
    top = std::max(top, document.score);
  }
  // Outside of this the scale is another one (rank fusion gives a few hundredths, term weighting gives numbers above
  // 1).
  if (top < 0.05 || top > 1) return 0;
  return ramp(top, 0.5, 0.35);
}

double share_of_duplicates(const std::vector<Scored>& scored) {
  const std::size_t n = std::min(scored.size(), kMaxPairs);
  std::size_t repeated = 0;
  for (std::size_t i = 1; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (scored[i].bag.empty() || text::jaccard(scored[i].bag, scored[k].bag) <= 0.9) continue;
      ++repeated;
      break;
    }
  }
  return n == 0 ? 0 : static_cast<double>(repeated) / static_cast<double>(n);
}

// Documents about others, in their own words: a comparison of competitors, a blog, a survey of an industry.
bool about_others(const text::Words& document) {
  constexpr std::array<std::string_view, 9> kOthers{"blog",     "competitor", "competitors", "competitive", "industry",
                                                    "overview", "rival",      "rivals",      "trends"};
  return any_of(document, kOthers, 12);
}

bool asks_about_us(const Query& query) {
  constexpr std::array<std::string_view, 4> kUs{"our", "ours", "us", "we"};
  return any_of(query.words, kUs);
}

bool says_outdated(const text::Words& document) {
  constexpr std::array<std::string_view, 8> kOld{"archived", "deprecated", "discontinued", "legacy",
                                                 "obsolete", "outdated",   "superseded",   "unsupported"};
  return any_of(document, kOld);
}
bool asks_for_history(const Query& query) {
  constexpr std::array<std::string_view, 14> kHistory{"archived", "before",  "deprecated", "discontinued", "earlier",
                                                      "former",   "history", "legacy",     "migrate",      "migration",
                                                      "obsolete", "old",     "outdated",   "previous"};
  return any_of(query.words, kHistory);
}

// The language most documents are written in; unknown when they do not agree.
text::Language common_language(const std::vector<Scored>& scored) {
  std::array<std::size_t, 8> votes{};
  for (const Scored& document : scored) ++votes[static_cast<std::size_t>(document.words.language())];
  votes[0] = 0;
  const auto best = std::max_element(votes.begin(), votes.end());
  return *best * 2 > scored.size() ? static_cast<text::Language>(best - votes.begin()) : text::Language::kUnknown;
}

void judge_language(const Query& query, const std::vector<Scored>& scored, const text::Words& answer, Signals& out) {
  const text::Language asked = query.words.language();
  const text::Language written = common_language(scored);
  const auto unknown = text::Language::kUnknown;
  out.foreign = asked != unknown && written != unknown && asked != written;
  if (out.foreign && answer.language() != unknown && answer.language() != asked) out.language = 1;
}

void judge_documents(const Query& query, const std::vector<Document>& documents, const std::vector<Scored>& scored,
                     Signals& out) {
  std::size_t unrelated = 0;
  std::size_t about = 0;
  std::size_t others = 0;
  std::size_t old = 0;
  for (const Scored& document : scored) {
    out.m.push_back(document.score.m);
    out.best = std::max(out.best, document.score.m);
    old += says_outdated(document.words) ? 1 : 0;
    if (document.score.m < kUnrelated) {
      ++unrelated;
      continue;
    }
    ++about;
    others += about_others(document.words) ? 1 : 0;
  }
  const double n = static_cast<double>(scored.size());
  if (!asks_for_history(query)) out.outdated = static_cast<double>(old) / n;
  out.duplicates = share_of_duplicates(scored) > 0.5 ? 1 : 0;
  out.low_scores = low_scores(documents);
  out.rank = rank_error(documents, out.m);
  if (out.foreign) return;
  // One or two plain words can be said in many ways; three that are all missing cannot.
  const double enough = ramp(query.weight, 0.3, 1.5);
  out.topical_miss = (1.0 - ramp(out.best, 0.15, kCovered)) * enough;
  if (scored.size() >= 2) out.precision = ramp(static_cast<double>(unrelated) / n, 0.4, 0.8) * enough;
  if (about > 0 && asks_about_us(query)) out.owner = others == about ? 1 : 0;
}

void judge_terms(const Query& query, const std::vector<Document>& documents, const std::vector<Scored>& scored,
                 Signals& out) {
  const std::vector<double> best = best_credits(query, scored);
  std::size_t names = 0;
  std::size_t lost = 0;
  for (std::size_t t = 0; t < best.size(); ++t) {
    names += query.terms[t].named ? 1 : 0;
    if (best[t] > 0) continue;
    out.missing.push_back(query.terms[t].text);
    lost += query.terms[t].named ? 1 : 0;
  }
  out.aspect = missing_aspect(query, best, out.aspect_gap);
  // A name that is the missing aspect counts once.
  if (out.aspect_gap == 0 && names > 0) out.missing_name = static_cast<double>(lost) / static_cast<double>(names);
  const Pinned pinned = compare_pinned(query, documents, scored);
  if (pinned.missing.empty() || pinned.instead.empty()) return;
  out.clash_wanted = pinned.missing;
  out.clash_found = pinned.instead;
  out.clash_document = pinned.document;
  if (pinned.found == 0) {
    out.clash = pinned.share;
  } else {
    out.aspect = pinned.missing;
    out.aspect_gap = 1;
  }
}

// The answer shares next to nothing with the documents that are about the query: it rests on others, or on none. Stays
// when those others are dropped, because the answer does not change by that.
double stray(const std::vector<Scored>& scored, const text::Bag& answer) {
  constexpr std::size_t kEnoughWords = 6;  // a short answer may be one right word
  if (answer.size() < kEnoughWords) return 0;
  text::Bag related;
  for (const Scored& document : scored) {
    if (document.score.m >= kUnrelated) related.add(document.bag);
  }
  return text::coverage(answer, related) < 0.1 ? 1 : 0;
}

}  // namespace

Signals judge(const Query& query, const std::vector<Document>& documents, std::string_view answer) {
  Signals out;
  out.applicable = query.weight > 0;
  out.empty = documents.empty();
  if (!out.applicable || out.empty) return out;
  std::vector<Scored> scored;
  scored.reserve(documents.size());
  for (const Document& document : documents) scored.push_back(score(query, document));
  const text::Words answer_words(answer.substr(0, kMaxTextBytes));
  judge_language(query, scored, answer_words, out);
  judge_documents(query, documents, scored, out);
  if (!out.foreign) {
    judge_terms(query, documents, scored, out);
    const text::Language written = common_language(scored);
    const bool comparable = written == answer_words.language() || written == text::Language::kUnknown ||
                            answer_words.language() == text::Language::kUnknown;
    if (comparable) out.stray_answer = stray(scored, text::Bag(answer_words));
  }
  out.hedge = says_it_lacks_data(answer) ? 1 : 0;
  return out;
}

}  // namespace agentmend::detectors::retrieval_quality
