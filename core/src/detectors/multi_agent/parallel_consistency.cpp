// Detector: parallel_consistency. Branches that ran side by side contradict each other and the merged result hides or
// repeats the contradiction.
// Quiet on: different attributes, scopes, times or sources; two options set side by side; a merged text that resolves
// the conflict; equal branches.
// Cost: O(branches² x sentences²), bounded by 10 branches of 40 sentences.
#include "detectors/detector.h"
#include "detectors/text_input.h"
#include "order.h"
#include "text/opposites.h"
#include "text/reading.h"

namespace agentmend::detectors::parallel_consistency {
namespace {

constexpr Descriptor kDescriptor{
    .name = "parallel_consistency",
    .title = "Parallel inconsistency",
    .failure =
        "Branches that ran side by side contradict each other and the merged result hides or repeats the "
        "contradiction.",
    .family = Family::kMultiAgent,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kBeta,
    .inputs = {{"branches"}, {"merged_output"}},
    .fixes = {"state_validation", "timeout_addition", "independent_verifier"},
};

enum Means : std::uint32_t { kScope = 1u << 0, kResolves = 1u << 1, kOption = 1u << 2 };
constexpr text::CueRow kRows[] = {
    {kScope,
     "before|after|historical|current|forecast|scenario|conservative|aggressive|optimistic|pessimistic|urban|rural|"
     "training|held out|test set|validation|peak|normal load|created|updated|old|new|initial|initially|last|previous|"
     "allocation|optimization|email|direct|marketing|sales|feature|stream|branch|region|north|south|east|west|weekday|"
     "weekend|morning|evening|version|online|offline|in store|staging|production|security|compliance|expected|first|"
     "second|minimum|maximum|average|median|p95|p99|q1|q2|q3|q4|low risk|high risk|option|plan|best case|worst case"},
    {kResolves,
     "more recent|was used|is used|corrected|supersedes|because|resolved|authoritative|takes precedence|range from"},
    {kOption, "option|options|scenario|scenarios|alternative|profiles|growth"},
};
constexpr text::CueTable<kRows> kCues;

constexpr double kOtherValue = 0.8;
constexpr double kOpposite = 0.8;
constexpr double kOtherName = 0.75;
constexpr double kCarried = 0.3;
constexpr double kMostOther = 5;  // words two statements of one attribute may differ in
constexpr std::size_t kMaxBranches = 10;
constexpr std::size_t kMaxStatements = 40;

struct Branch {
  std::string given;
  text::Reading reading;
  std::size_t position = 0;
};

// Words of a statement that are no values: what it is about.
std::vector<std::uint64_t> subject(const text::Reading& r, std::size_t first, std::size_t last, std::uint32_t& scopes,
                                   std::vector<std::uint64_t>& scope_words) {
  std::vector<std::uint64_t> keys;
  for (std::size_t i = first; i < last; ++i) {
    std::size_t length = 0;
    const std::uint32_t bits = text::cues_at(kCues, r.words, i, &length);
    if ((bits & (kScope | kOption)) != 0) {
      scopes |= bits;
      scope_words.push_back(r.words[i].key);
    }
    if (r.words[i].content && !r.words[i].digits) keys.push_back(r.words[i].key);
  }
  return keys;
}

struct Pair {
  double value = 0;
  double opposite = 0;
  double name = 0;
  std::string_view a;
  std::string_view b;
  [[nodiscard]] double strength() const {
    return 1 - (1 - kOtherValue * value) * (1 - kOpposite * opposite) * (1 - kOtherName * name);
  }
};

text::Bag bag_of(std::vector<std::uint64_t> keys) {
  sort_numbers(keys);
  std::vector<std::uint64_t> once;
  for (const std::uint64_t key : keys) {
    if (once.empty() || once.back() != key) once.push_back(key);
  }
  return text::Bag(std::move(once));
}

// "40 chairs" and "6 tables": the words right after the values name different things.
bool counts_another(const text::Reading& a, const text::Fact& x, const text::Reading& b, const text::Fact& y) {
  if (x.last_word >= a.words.size() || y.last_word >= b.words.size()) return false;
  const text::Word& left = a.words[x.last_word];
  const text::Word& right = b.words[y.last_word];
  return left.content && right.content && !left.starts && !right.starts && !left.digits && !right.digits &&
         left.key != right.key;
}

Pair compare(const text::Reading& a, const text::Sentence& sa, const text::Reading& b, const text::Sentence& sb) {
  Pair out;
  out.a = sa.of(a.given);
  out.b = sb.of(b.given);
  std::uint32_t scopes_a = 0;
  std::uint32_t scopes_b = 0;
  std::vector<std::uint64_t> words_a;
  std::vector<std::uint64_t> words_b;
  const std::size_t fa = a.first_word(sa);
  const std::size_t la = a.last_word(sa);
  const std::size_t fb = b.first_word(sb);
  const std::size_t lb = b.last_word(sb);
  const text::Bag ka = bag_of(subject(a, fa, la, scopes_a, words_a));
  const text::Bag kb = bag_of(subject(b, fb, lb, scopes_b, words_b));
  if (ka.empty() || kb.empty()) return out;
  const text::Bag qa = bag_of(std::move(words_a));
  const text::Bag qb = bag_of(std::move(words_b));
  if (text::common(qa, qb) < qa.size() || text::common(qa, qb) < qb.size()) return out;  // other scope: not comparable
  const double both = static_cast<double>(text::common(ka, kb));
  const double other = static_cast<double>(ka.size() + kb.size()) - 2 * both;
  const double smaller = static_cast<double>(ka.size() < kb.size() ? ka.size() : kb.size());
  if (both < 1 || other > kMostOther || both / smaller < 0.5) return out;
  bool differ = false;
  bool same = false;
  bool names = false;
  for (const text::Fact& x : a.facts) {
    if (x.first_word < fa || x.first_word >= la) continue;
    for (const text::Fact& y : b.facts) {
      if (y.first_word < fb || y.first_word >= lb || x.kind != y.kind) continue;
      const bool equal = text::same(x, y);
      if (counts_another(a, x, b, y)) continue;
      if (x.kind == text::FactKind::kName)
        names = names || !equal;
      else if (x.unit == y.unit)
        (equal ? same : differ) = true;
    }
  }
  out.value = differ && (!same || other <= 2) ? 1 : 0;
  const text::Sides left = text::sides(a.words, fa, la);
  const text::Sides right = text::sides(b.words, fb, lb);
  out.opposite = text::opposed(left, right) > 0 ? 1 : 0;
  // One name in the place of another, all other words equal.
  out.name = names && other <= 3 && !differ ? 1 : 0;
  return out;
}

Detection ask(json::View input, const Options& options) {
  TextInput in(kDescriptor, input);
  const json::View list = in.list("branches");
  const std::string merged_text = in.text("merged_output");
  if (in.failed()) return in.answer();
  std::vector<Branch> branches;
  branches.reserve(kMaxBranches);  // the readings point into the texts
  json::for_each(list, [&](json::View item, std::size_t i) {
    if (branches.size() >= kMaxBranches || !item["output"].is_string()) return;
    Branch& branch = branches.emplace_back();
    branch.given = item["output"].text();
    branch.reading = text::Reading(branch.given);
    branch.position = i;
  });
  Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
  if (branches.size() < 2) return verdict.done("There are not two branches to compare.");
  const text::Reading merged(merged_text);
  Pair worst;
  std::size_t first = 0;
  std::size_t second = 1;
  for (std::size_t i = 0; i < branches.size(); ++i) {
    for (std::size_t k = i + 1; k < branches.size(); ++k) {
      const text::Reading& a = branches[i].reading;
      const text::Reading& b = branches[k].reading;
      for (std::size_t m = 0; m < a.sentences.size() && m < kMaxStatements; ++m) {
        for (std::size_t n = 0; n < b.sentences.size() && n < kMaxStatements; ++n) {
          const Pair pair = compare(a, a.sentences[m], b, b.sentences[n]);
          if (pair.strength() <= worst.strength()) continue;
          worst = pair;
          first = i;
          second = k;
        }
      }
    }
  }
  const std::uint32_t says = text::cues_in(kCues, merged.words, 0, merged.words.size());
  verdict.signal("other_value", worst.value, kOtherValue)
      .signal("opposite", worst.opposite, kOpposite)
      .signal("other_name", worst.name, kOtherName);
  if (worst.strength() <= 0) return verdict.done("The branches say nothing that excludes each other.");
  const text::Lost kept = text::lost_facts(branches[second].reading, merged, text::kValues);
  verdict.signal("carried_over", kept.lost == 0 || kept.all == 0 ? 1 : 0.5, kCarried);
  if ((says & kResolves) != 0) verdict.suppress("resolved", 0.8);
  if ((says & kOption) != 0) verdict.suppress("options", 0.7);
  verdict.evidence("statement", say({item_path("branches", branches[first].position), "/output"}), worst.a);
  verdict.evidence("statement", say({item_path("branches", branches[second].position), "/output"}), worst.b);
  verdict.evidence("merged", "/merged_output", merged.given.substr(0, 200));
  return verdict.done("Two branches state different things of the same attribute, and the merged result keeps both.");
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask};

}  // namespace agentmend::detectors::parallel_consistency
