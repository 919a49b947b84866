// Detector: citation. A citation points to a source that does not exist or does not say what is claimed.
// Quiet on: a correct paraphrase; a value inside the range that the source gives; rounding; a sentence without a
// figure; a source that says nothing of a detail. Cost: O(claims x facts), bounded by 300 sentences, 100 sources of 64
// kB.
#include "detectors/detector.h"
#include "detectors/text_input.h"
#include "text/math.h"
#include "text/opposites.h"
#include "text/reading.h"

namespace agentmend::detectors::citation {
namespace {

constexpr Descriptor kDescriptor{
    .name = "citation",
    .title = "Wrong citation",
    .failure = "A citation points to a source that does not exist or does not say what is claimed.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kBeta,
    .inputs = {{"output"}, {"sources"}},
    .fixes = {"citation_check", "source_grounding", "fact_checking"},
};

enum Means : std::uint32_t { kDenies = 1u << 0, kWeak = 1u << 1, kStrong = 1u << 2, kPage = 1u << 3 };
constexpr text::CueRow kRows[] = {
    {kDenies,
     "no publication|does not exist|do not exist|not exist|exists in|no such|no mention of|has not published|"
     "have not published|not published|do not corroborate|does not support|do not support|contradicts|no evidence|"
     "argues that|actual|actually|rather than|no report|not mentioned|does not mention|is not in"},
    {kWeak, "correlation|correlates|correlate|associated|suggests|may|might|no causal|estimated at|preliminary"},
    {kStrong, "proves|proven|conclusively|causes|definitively|guarantees|confirms that|demonstrated that"},
    {kPage, "page|pages|section|chapter|p"},
};
constexpr text::CueTable<kRows> kCues;

constexpr double kOutOfRange = 0.9;
constexpr double kNegatedValue = 0.9;  // "25 %, not 40 %", and 40 % is claimed
constexpr double kValueClash = 0.75;
constexpr double kDenial = 0.8;
constexpr double kPageClash = 0.7;
constexpr double kUnsupported = 0.35;
constexpr double kStrengthened = 0.5;
constexpr std::size_t kMaxSources = 100;

struct Claim {
  std::size_t sentence = 0;
  std::vector<std::size_t> sources;  // 1-based numbers
};

// The [n] of a sentence, also [1, 2] and [1][2].
std::vector<std::size_t> markers(std::string_view s) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s[i] != '[') continue;
    std::size_t number = 0;
    std::size_t k = i + 1;
    for (; k < s.size() && s[k] != ']' && k < i + 40; ++k) {
      if (s[k] >= '0' && s[k] <= '9') {
        number = number < 100'000 ? number * 10 + static_cast<std::size_t>(s[k] - '0') : number;
      } else if (s[k] == ',' || s[k] == ' ') {
        if (number > 0) out.push_back(number);
        number = 0;
      } else {
        break;
      }
    }
    if (k < s.size() && s[k] == ']' && number > 0) out.push_back(number);
  }
  return out;
}

bool comparable(const text::Fact& a, const text::Fact& b) {
  if (a.kind != b.kind) return false;
  return a.kind != text::FactKind::kNumber || a.unit == b.unit;
}

// A value between two values of one kind of the source is inside its range.
bool inside_range(const text::Reading& source, const text::Fact& fact) {
  for (std::size_t i = 0; i + 1 < source.facts.size(); ++i) {
    const text::Fact& low = source.facts[i];
    const text::Fact& high = source.facts[i + 1];
    if (low.kind > text::FactKind::kMoney || high.kind > text::FactKind::kMoney || high.begin - low.end > 5) continue;
    if (low.value <= fact.value * 1.001 && fact.value <= high.value * 1.001) return true;
  }
  return false;
}

struct Finding {
  double range = 0;
  double negated = 0;
  double clash = 0;
  double denial = 0;
  double page = 0;
  double unsupported = 0;
  double strengthened = 0;
  [[nodiscard]] double strength() const {
    return 1 - (1 - kOutOfRange * range) * (1 - kNegatedValue * negated) * (1 - kValueClash * clash) *
                   (1 - kDenial * denial) * (1 - kPageClash * page) * (1 - kUnsupported * unsupported) *
                   (1 - kStrengthened * strengthened);
  }
};

Finding check(const text::Reading& output, const text::Sentence& claim, const text::Reading& source) {
  Finding out;
  const std::size_t first = output.first_word(claim);
  const std::size_t last = output.last_word(claim);
  const text::Bag bag(output.words, first, last);
  const std::uint32_t told = text::cues_in(kCues, source.words, 0, source.words.size());
  const std::uint32_t said = text::cues_in(kCues, output.words, first, last);
  for (const text::Fact& fact : output.facts) {
    if (fact.first_word < first || fact.first_word >= last) continue;
    const bool value = (text::kind_bit(fact.kind) & text::kValues) != 0;
    // The number in a marker is no value.
    if (fact.begin > 0 && output.given[fact.begin - 1] == '[') continue;
    if (!value) continue;
    const std::size_t before = fact.first_word;
    const bool page = before > first && (text::cues_at(kCues, output.words, before - 1) & kPage) != 0;
    bool found = false;
    bool rival = false;
    for (const text::Fact& other : source.facts) {
      const bool equal = text::same(fact, other) || (fact.kind == other.kind && fact.value == other.value);
      const bool refused =
          text::negated(source.words, other.first_word, other.first_word >= 2 ? other.first_word - 2 : 0);
      if (equal && refused) out.negated = 1;
      found = found || (equal && !refused);
      const bool other_page =
          other.first_word > 0 && (text::cues_at(kCues, source.words, other.first_word - 1) & kPage) != 0;
      if (page != other_page) continue;
      rival = rival || (comparable(fact, other) && !equal && !refused);
    }
    if (found || inside_range(source, fact)) continue;
    if (page) {
      out.page = rival ? 1 : out.page;
    } else if (fact.kind == text::FactKind::kDate) {
      out.clash = rival && source.facts.size() <= 4 && out.clash < 0.4 ? 0.4 : out.clash;
    } else if (rival) {
      // Within a tenth both may be roundings of one figure, unless the source is exact.
      double least = 1e9;
      for (const text::Fact& other : source.facts) {
        if (!comparable(fact, other)) continue;
        const double size = other.value < 0 ? -other.value : other.value;
        const double gap =
            (fact.value > other.value ? fact.value - other.value : other.value - fact.value) / (size + 1e-9);
        least = gap < least ? gap : least;
      }
      const double wide = least > 0.1 || !fact.approximate ? (least > 0.03 ? 1 : 0.3) : 0.2;
      out.clash = wide > out.clash ? wide : out.clash;
    }
  }
  const double support = text::coverage(bag, source.bag);
  out.unsupported = 1.0 - text::ramp(support, 0.1, 0.3);
  out.denial = (told & kDenies) != 0 && (text::common(bag, source.bag) >= 1) ? (source.words.size() < 40 ? 1 : 0.5) : 0;
  out.strengthened = (said & kStrong) != 0 && (told & kWeak) != 0 ? 1 : 0;
  return out;
}

Detection ask(json::View input, const Options& options) {
  TextInput in(kDescriptor, input);
  const std::string output_text = in.text("output");
  const json::View list = in.list("sources");
  if (in.failed()) return in.answer();
  std::vector<std::string> texts;
  json::for_each(list, [&](json::View item, std::size_t i) {
    if (i >= kMaxSources) return;
    std::string storage;
    texts.emplace_back(json::as_text(item, storage));
  });
  std::vector<text::Reading> sources;
  sources.reserve(texts.size());
  for (const std::string& each : texts) sources.emplace_back(each);
  const text::Reading output(output_text);
  Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
  Finding worst;
  std::size_t sentence = 0;
  std::size_t cited = 0;
  std::size_t claims = 0;
  for (std::size_t i = 0; i < output.sentences.size(); ++i) {
    for (const std::size_t number : markers(output.sentences[i].of(output.given))) {
      ++claims;
      Finding found;
      if (number > texts.size()) {
        if (!texts.empty()) found.range = 1;
      } else {
        found = check(output, output.sentences[i], sources[number - 1]);
      }
      if (found.strength() <= worst.strength()) continue;
      worst = found;
      sentence = i;
      cited = number;
    }
  }
  if (claims == 0) return verdict.done("No source is cited by number.");
  verdict.signal("out_of_range", worst.range, kOutOfRange)
      .signal("negated_value", worst.negated, kNegatedValue)
      .signal("value_clash", worst.clash, kValueClash)
      .signal("denied", worst.denial, kDenial)
      .signal("page_clash", worst.page, kPageClash)
      .signal("unsupported", worst.unsupported, kUnsupported)
      .signal("strengthened", worst.strengthened, kStrengthened);
  if (cited == 0) return verdict.done("The cited sources carry what is claimed of them.");
  verdict.evidence("claim", "/output", output.sentences[sentence].of(output.given));
  if (cited <= texts.size())
    verdict.evidence("source", item_path("sources", cited - 1), sources[cited - 1].given.substr(0, 200));
  if (worst.range > 0) {
    verdict.subtype("out_of_range");
    return verdict.done(say({"[", number(cited), "] is cited, and there are ", number(texts.size()), " sources."}));
  }
  if (worst.negated > 0 || worst.clash > 0) {
    verdict.subtype("value");
    return verdict.done(say({"Source [", number(cited), "] gives another value than the sentence that cites it."}));
  }
  if (worst.denial > 0) {
    verdict.subtype("denied");
    return verdict.done(say({"Source [", number(cited), "] denies what is claimed of it."}));
  }
  return verdict.done(say({"The sentence that cites [", number(cited), "] was compared with the source."}));
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask};

}  // namespace agentmend::detectors::citation
