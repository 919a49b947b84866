// Detector: entity_confusion. An attribute, act or number of one entity is given to another.
// Quiet on: attributes that both share; sentences about both; what the context does not say of anyone; one entity
// alone. Cost: O(clauses of output x sentences of context), bounded by 300 each.
#include "detectors/detector.h"
#include "detectors/text_input.h"
#include "text/math.h"
#include "text/reading.h"

namespace agentmend::detectors::entity_confusion {
namespace {

constexpr Descriptor kDescriptor{
    .name = "entity_confusion",
    .title = "Entities confused",
    .failure = "An attribute, act or number of one entity is given to another.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kBeta,
    .inputs = {{"context"}, {"output"}},
    .fixes = {"entity_scoping", "source_grounding"},
};

enum Means : std::uint32_t { kBoth = 1u << 0, kLinks = 1u << 1 };
constexpr text::CueRow kRows[] = {
    {kBoth, "both|each|respectively|these|compared|unlike|whereas|either|all"},
    {kLinks,
     "ideas from|inspired by|succeeded by|together with|along with|under the leadership|influenced by|preceded"},
};
constexpr text::CueTable<kRows> kCues;

constexpr double kForeignValue = 0.75;  // a figure, date or name that the context gives to another alone
constexpr double kForeignWords = 0.6;
constexpr double kNotOwn = 0.3;

// The name that a sentence of the context is about: the first one in it.
struct Owner {
  text::Bag name;
  text::Bag said;  // all its sentences, names of its own left out
  std::string_view sentence;
};

const text::Fact* first_name(const text::Reading& r, std::size_t first, std::size_t last) {
  for (const text::Fact& fact : r.facts) {
    if (fact.first_word >= first && fact.first_word < last &&
        (fact.kind == text::FactKind::kName || fact.kind == text::FactKind::kIdentifier))
      return &fact;
  }
  return nullptr;
}

// The subject of a sentence: a capitalised run among its first words, also where facts see no name.
text::Bag subject_of(const text::Reading& r, std::size_t first, std::size_t last) {
  std::size_t begin = first;
  while (begin < last && begin < first + 6 && !(r.words[begin].capital && r.words[begin].content)) ++begin;
  if (begin == last || begin == first + 6) {
    const text::Fact* name = first_name(r, first, last);
    return name == nullptr ? text::Bag() : text::Bag(r.words, name->first_word, name->last_word);
  }
  std::size_t end = begin;
  while (end < last && end < begin + 5 && (r.words[end].capital || r.words[end].digits)) ++end;
  return text::Bag(r.words, begin, end);
}

struct Table {
  std::vector<Owner> owners;
  // The owner that shares a word of its name with `name`; size() = none.
  [[nodiscard]] std::size_t of(const text::Bag& name) const {
    std::size_t best = owners.size();
    std::size_t most = 0;
    for (std::size_t i = 0; i < owners.size(); ++i) {
      const std::size_t shared = text::common(owners[i].name, name);
      if (shared > most) {
        most = shared;
        best = i;
      }
    }
    return best;
  }
};

Table read(const text::Reading& context) {
  constexpr std::size_t kMaxOwners = 60;
  Table out;
  for (const text::Sentence& s : context.sentences) {
    const std::size_t first = context.first_word(s);
    const std::size_t last = context.last_word(s);
    if ((text::cues_in(kCues, context.words, first, first + 1) & kBoth) != 0) continue;
    const text::Bag name = subject_of(context, first, last);
    if (name.empty()) continue;
    const std::size_t known = out.of(name);
    if (known < out.owners.size()) {
      out.owners[known].said.add(text::Bag(context.words, first, last));
    } else if (out.owners.size() < kMaxOwners) {
      out.owners.push_back({name, text::Bag(context.words, first, last), s.of(context.given)});
    }
  }
  return out;
}

struct Swap {
  double value = 0;
  double words = 0;
  double not_own = 0;
  std::size_t owner = 0;
  std::string_view sentence;
  [[nodiscard]] double strength() const {
    return 1 - (1 - kForeignValue * value) * (1 - kForeignWords * words) * (1 - kNotOwn * not_own);
  }
};

Swap check(const Table& table, const text::Reading& output, const text::Sentence& s) {
  Swap out;
  out.sentence = s.of(output.given);
  const std::size_t first = output.first_word(s);
  const std::size_t last = output.last_word(s);
  if ((text::cues_in(kCues, output.words, first, last) & (kBoth | kLinks)) != 0) return out;
  const text::Bag subject = subject_of(output, first, last);
  const std::size_t mine = table.of(subject);
  if (mine >= table.owners.size()) return out;
  std::vector<double> foreign(table.owners.size(), 0);
  std::vector<double> values(table.owners.size(), 0);
  double own = 0;
  for (std::size_t i = first; i < last; ++i) {
    const text::Word& word = output.words[i];
    if (!word.content || table.owners[mine].name.has(word.key)) continue;
    if (table.owners[mine].said.has(word.key)) {
      own += 1;
      continue;
    }
    for (std::size_t k = 0; k < table.owners.size(); ++k) {
      if (k == mine || !table.owners[k].said.has(word.key)) continue;
      const bool strong = word.digits || word.capital;
      foreign[k] += 1;
      if (strong) values[k] += 1;
    }
  }
  for (std::size_t k = 0; k < foreign.size(); ++k) {
    if (foreign[k] < 1) continue;
    // The other is a second subject ("X and Y"), not the source of a stray attribute.
    Swap found = out;
    found.value = values[k] >= 1 ? (values[k] >= 2 || foreign[k] >= 2 ? 1 : 0.7) : 0;
    found.words = foreign[k] >= 2 ? 1 : 0.6;
    found.not_own = foreign[k] >= own ? 1 : 0;
    found.owner = k;
    if (found.strength() > out.strength()) out = found;
  }
  return out;
}

// "Netflix and Amazon are …": said of both.
bool two_subjects(const Table& table, const text::Reading& output, const text::Sentence& s) {
  const std::size_t first = output.first_word(s);
  const std::size_t last = output.last_word(s);
  for (std::size_t i = first; i + 1 < last && i < first + 8; ++i) {
    if (output.words.text(i) != "and" || !output.words[i + 1].capital) continue;
    const std::size_t other = table.of(text::Bag(output.words, i + 1, i + 2 < last ? i + 3 : last));
    if (other < table.owners.size() && other != table.of(subject_of(output, first, i))) return true;
  }
  return false;
}

Detection ask(json::View input, const Options& options) {
  TextInput in(kDescriptor, input);
  const std::string context_text = in.text("context");
  const std::string output_text = in.text("output");
  if (in.failed()) return in.answer();
  const text::Reading context(context_text);
  const text::Reading output(output_text);
  Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
  const Table table = read(context);
  if (table.owners.size() < 2) return verdict.done("The context tells of fewer than two entities.");
  Swap worst;
  for (const text::Sentence& s : output.sentences) {
    if (two_subjects(table, output, s)) continue;
    const Swap found = check(table, output, s);
    if (found.strength() > worst.strength()) worst = found;
  }
  verdict.signal("foreign_value", worst.value, kForeignValue)
      .signal("foreign_words", worst.words, kForeignWords)
      .signal("not_own", worst.not_own, kNotOwn);
  if (worst.strength() <= 0) return verdict.done("Every attribute stands with its owner.");
  verdict.evidence("clause", "/output", worst.sentence);
  verdict.evidence("owner", "/context", table.owners[worst.owner].sentence);
  return verdict.done("The output gives one entity what the context says of another.");
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask};

}  // namespace agentmend::detectors::entity_confusion
