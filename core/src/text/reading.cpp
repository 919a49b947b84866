#include "text/reading.h"

#include "text/ascii.h"
#include "text/opposites.h"
#include "text/verbs.h"

namespace agentmend::text {

Reading::Reading(std::string_view text)
    : given(text.substr(0, kMaxBytes)),
      words(given),
      sentences(text::sentences(given, kMaxSentences)),
      facts(text::facts(given, words)),
      bag(words) {}

CueCounts count_cues(CueView table, const Reading& reading) {
  CueCounts counts{};
  for (std::size_t i = 0; i < reading.words.size(); ++i) {
    std::uint32_t bits = cues_at(table, reading.words, i);
    for (std::size_t bit = 0; bits != 0; ++bit, bits >>= 1) {
      if ((bits & 1u) != 0 && counts[bit] < 1000) ++counts[bit];
    }
  }
  return counts;
}

namespace {

enum BeforeWord : std::uint32_t { kUndone = 1, kTell = 2, kAsks = 4 };
constexpr CueRow kBeforeRows[] = {
    {kUndone,
     "to|will|would|should|can|could|may|might|if|when|once|before|after|until|be|is|are|must|please|lets|let|ill|not|"
     "never|cannot|unable|need|needs|get|being|the|a|an|this|that|your|our|their|any|some"},
    {kTell, "tell me|let me know|help me understand|find out|show me|explain|i think|i wonder|fyi|worth"},
    {kAsks, "what|which|who|why|how|when|where|is|are|can|could|did|does|do|has|have|should|was|were|would|will"},
};
constexpr CueTable<kBeforeRows> kBefore;

bool past_form(std::string_view word) {
  if (word.ends_with("ed")) return true;
  constexpr std::string_view kIrregular[] = {"sent", "paid", "made",  "built", "ran", "sold",
                                             "gave", "told", "wrote", "shut",  "drew"};
  for (const std::string_view each : kIrregular) {
    if (word == each) return true;
  }
  return false;
}

}  // namespace

Acts acts(const Reading& reading) {
  Acts out;
  const Words& words = reading.words;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::uint32_t classes = verb_classes(words.text(i));
    if (classes == 0) continue;
    out.named |= classes;
    if (out.head == 0 && !past_form(words.text(i))) out.head = classes;
    if (!past_form(words.text(i)) || negated(words, i)) continue;
    const std::uint32_t before = i == 0 ? 0 : cues_at(kBefore, words, i - 1);
    if ((before & kUndone) == 0) out.done |= classes;
  }
  if (words.empty()) return out;
  for (const Sentence& s : reading.sentences) out.question = out.question || s.question;
  if ((cues_at(kBefore, words, 0) & kAsks) != 0 || (cues_in(kBefore, words, 0, 6) & kTell) != 0) out.question = true;
  if (out.question && out.head == 0) out.head = kVerbRead;
  return out;
}

bool has_fact(const Reading& in, const Fact& fact) {
  for (const Fact& other : in.facts) {
    if (same(other, fact)) return true;
    const bool numbers = other.kind <= FactKind::kMoney && fact.kind <= FactKind::kMoney;
    if (numbers && other.value == fact.value) return true;
  }
  return fact.kind == FactKind::kName || fact.kind == FactKind::kIdentifier
             ? coverage(Bag(std::vector<std::uint64_t>{fact.key}), in.bag) > 0
             : false;
}

Lost lost_facts(const Reading& a, const Reading& b, std::uint32_t kinds) {
  Lost out;
  for (const Fact& fact : a.facts) {
    if ((kinds & kind_bit(fact.kind)) == 0) continue;
    ++out.all;
    if (has_fact(b, fact)) continue;
    // A name of several words is there when all of its words are.
    if ((kind_bit(fact.kind) & kTokens) != 0) {
      const Bag name(a.words, fact.first_word, fact.last_word);
      if (name.empty() || coverage(name, b.bag) >= 0.99) continue;
    }
    if (out.lost++ == 0) out.first = &fact;
  }
  return out;
}

bool derived(const Reading& in, const Fact& fact) {
  constexpr std::size_t kMost = 40;
  const auto near = [&fact](double x) {
    const double gap = x > fact.value ? x - fact.value : fact.value - x;
    const double size = fact.value < 0 ? -fact.value : fact.value;
    return gap <= size * 0.01 || gap <= fact.step * 0.5;
  };
  const std::size_t count = in.facts.size() < kMost ? in.facts.size() : kMost;
  for (std::size_t i = 0; i < count; ++i) {
    if (in.facts[i].kind > FactKind::kMoney) continue;
    const double a = in.facts[i].value;
    for (std::size_t k = 0; k < count; ++k) {
      if (k == i || in.facts[k].kind > FactKind::kMoney) continue;
      const double b = in.facts[k].value;
      if (near(a + b) || near(a - b) || near(a * b) || near(a * b / 100)) return true;
      if (b != 0 && (near(a / b) || near(100 * a / b) || near(100 * (a - b) / b))) return true;
    }
  }
  return false;
}

namespace {

void push_part(std::string_view text, std::size_t begin, std::size_t end, std::vector<Sentence>& out) {
  constexpr std::string_view kEdge = " \t\r\n.,;:-*>";
  while (begin < end && kEdge.find(text[begin]) != std::string_view::npos) ++begin;
  while (end > begin && kEdge.find(text[end - 1]) != std::string_view::npos) --end;
  if (end - begin < 2 || out.size() >= Reading::kMaxSentences) return;
  Sentence part;
  part.begin = static_cast<std::uint32_t>(begin);
  part.end = static_cast<std::uint32_t>(end);
  out.push_back(part);
}

// Bytes of a mark that begins a part at `i`: "3. ", "3) ", "(3) ", "Step 3: ", an arrow, a line with a bullet.
std::size_t mark_at(std::string_view text, std::size_t i) {
  if (text.substr(i, 3) == "\xe2\x86\x92") return 3;
  if (text.substr(i, 2) == "->" || text.substr(i, 2) == "=>") return 2;
  if (i != 0 && text[i - 1] != ' ' && text[i - 1] != '\n') return 0;
  std::size_t k = i;
  const bool step = text.substr(k, 5) == "Step " || text.substr(k, 5) == "step ";
  if (step) k += 5;
  const bool bracket = !step && k < text.size() && text[k] == '(';
  if (bracket) ++k;
  const std::size_t digits = k;
  while (k < text.size() && k < digits + 2 && is_digit(text[k])) ++k;
  if (k > digits && k + 1 < text.size() && (text[k] == '.' || text[k] == ')' || text[k] == ':') && text[k + 1] == ' ')
    return k + 2 - i;
  if ((i == 0 || text[i - 1] == '\n') && (text.substr(i, 2) == "- " || text.substr(i, 2) == "* ")) return 2;
  return 0;
}

}  // namespace

std::vector<Sentence> listed(std::string_view text) {
  std::vector<Sentence> out;
  text = text.substr(0, Reading::kMaxBytes);
  std::size_t begin = 0;
  bool any = false;
  bool arrows = false;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t mark = mark_at(text, i);
    if (mark == 0) {
      ++i;
      continue;
    }
    const bool arrow = text[i] == '-' || text[i] == '=' || static_cast<unsigned char>(text[i]) >= 0x80;
    arrows = arrows || arrow;
    if (any || arrow) push_part(text, begin, i, out);  // what stands before the first number is no item
    any = true;
    begin = i += mark;
  }
  if (any) push_part(text, begin, text.size(), out);
  return out;
}

std::vector<Sentence> parts(std::string_view text) {
  text = text.substr(0, Reading::kMaxBytes);
  const std::size_t colon = text.find(": ");
  const bool after = colon != std::string_view::npos && text.find(',', colon) != std::string_view::npos;
  std::vector<Sentence> out;
  std::size_t begin = after ? colon + 1 : 0;
  int depth = 0;
  for (std::size_t i = begin; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && depth > 0) --depth;
    if (depth > 0) continue;
    std::size_t cut = 0;
    if (text[i] == ';' || (text[i] == ',' && i + 1 < text.size() && text[i + 1] == ' ')) cut = 1;
    for (const std::string_view word : {" and ", " then ", ", and ", " AND "}) {
      if (text.substr(i, word.size()) == word && word.size() > cut) cut = word.size();
    }
    if (cut == 0) continue;
    push_part(text, begin, i, out);
    i += cut - 1;
    begin = i + 1;
  }
  push_part(text, begin, text.size(), out);
  return out;
}

Support support(const Bag& part, const Reading& in) {
  Support best;
  for (std::size_t i = 0; i < in.sentences.size(); ++i) {
    const double value = coverage(part, in.bag_of(in.sentences[i]));
    if (value > best.value) best = {value, i};
  }
  return best;
}

}  // namespace agentmend::text
