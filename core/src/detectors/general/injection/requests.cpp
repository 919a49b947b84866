#include "detectors/general/injection/requests.h"

#include <algorithm>
#include <array>

#include "detectors/general/injection/scene.h"
#include "text/hash.h"

namespace agentmend::detectors::injection {
namespace {

// A verb alone is how manuals, menus and reminders read, so it stays well below a half; two more signs are needed in
// tool results. A retrieved document that starts to give tasks needs one.
constexpr RequestSignal kToolSignals[kSignals] = {
    {"request_verb", 0.25},  {"please", 0.3},       {"foreign_to_text", 0.25}, {"owner_speaks", 0.4},
    {"outside_target", 0.5}, {"names_a_tool", 0.5}, {"addresses_model", 0.65}, {"at_the_edge", 0.0}};
constexpr RequestSignal kRetrievedSignals[kSignals] = {
    {"request_verb", 0.4},   {"please", 0.1},       {"foreign_to_text", 0.25}, {"owner_speaks", 0.2},
    {"outside_target", 0.4}, {"names_a_tool", 0.4}, {"addresses_model", 0.6},  {"at_the_edge", 0.1}};

constexpr std::size_t kClause = 60;  // words of a clause that are looked at

class Requests {
 public:
  Requests(const Reading& reading, bool retrieved) : r_(reading), retrieved_(retrieved) {
    for (const Token& token : r_.tokens) {
      if (std::uint16_t& n = count_[slot(token.word)]; n < 0xffff) ++n;
    }
  }

  FoundRequest run() {
    FoundRequest best;
    std::uint32_t heads = 0;
    for (std::size_t i = 0; i < r_.tokens.size(); ++i) {
      const std::size_t verb = head(i);
      if (verb == kNone) continue;
      ++heads;
      const FoundRequest found = judge(i, verb);
      if (found.score > best.score) best = found;
      i = verb;
    }
    // A text made of requests is a manual, a recipe or a list of tasks.
    const auto sentences = static_cast<std::uint32_t>(r_.sentences.size());
    if (heads > 3 && retrieved_ && best.values[kAddressed] <= 0) best.score *= 0.85;
    if (heads > 2 && heads * 2 > sentences && best.values[kAddressed] <= 0) best.score *= 0.5;
    return best;
  }

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};
  static std::size_t slot(std::string_view word) { return text::hash(word) % 4096; }

  // Where the verb of a request that starts at `i` stands; kNone = no request.
  [[nodiscard]] std::size_t head(std::size_t i) const {
    const Token& token = r_.tokens[i];
    if (!token.opens() || is_for_somebody(r_, i)) return kNone;
    if (const std::size_t verb = called(i); verb != kNone) return verb;
    const bool comma = token.mark == ',' || token.mark == '/' || token.mark == '-' || token.mark == '(' ||
                               token.mark == '`' || token.mark == '<' || token.mark == '_' || token.mark == '.'
                           ? token.mark != '.'
                           : false;
    std::size_t at = i;
    bool polite = false;
    if (r_.word(at) == "todo" || r_.word(at) == "note" || r_.word(at) == "important") ++at;
    while (at < i + 4 && at < r_.tokens.size() && r_.tokens[at].is(kLead))
      polite = r_.tokens[at++].is(kPolite) || polite;
    if ((r_.word(at) == "can" || r_.word(at) == "could" || r_.word(at) == "would") && r_.word(at + 1) == "you") {
      polite = true;
      at += 2;
      while (r_.word(at) == "please" || r_.word(at) == "also") ++at;
    }
    if (r_.says(at, "i want you to") || r_.says(at, "i need you to")) {
      polite = true;
      at += 4;
    }
    if (r_.says(at, "you must") || r_.says(at, "you should")) at += 2;
    if (at >= r_.tokens.size()) return kNone;
    if (comma && !polite) return kNone;
    const Token& verb = r_.tokens[at];
    const bool starts = at == i ? true : r_.tokens[at].sentence == token.sentence || polite;
    if (any_of(r_.word(at), " call contact write tell reply ") && any_of(r_.word(at + 1), " me us back "))
      return kNone;  // people ask people to get in touch
    if (!starts || r_.is_key(at) || (!polite && is_noun(at))) return kNone;
    if (retrieved_ && verb.is(kAsk) && verb.mark == '.' && r_.sentences[verb.sentence].question) return at;
    if (r_.says(at, "in your response") || r_.says(at, "in your answer") || r_.says(at, "when responding") ||
        r_.says(at, "when answering"))
      return at;
    if (r_.tokens[at].parts == 0 && retrieved_ && about_reply(at)) return at;
    if (!verb.is(kTask | kRun | kSend | kReveal | kDisable | kSetAside) || (verb.is(kRoutine) && !polite)) return kNone;
    return at;
  }

  // "Assistant, before you go on, delete ...": the model is called, then told.
  [[nodiscard]] std::size_t called(std::size_t i) const {
    while (r_.parts(i) != 0 && r_.tokens[i].is(kLead)) ++i;
    if (i + 1 >= r_.tokens.size() || !r_.tokens[i].is(kModel) || r_.tokens[i].word == "agent") return kNone;
    if (r_.tokens[i + 1].mark != ',' && r_.tokens[i + 1].mark != ':') return kNone;
    for (std::size_t k = i + 1; k < r_.clause_end(i, 12); ++k) {
      if (r_.tokens[k].is(kTask | kRun | kSend | kReveal | kDisable) && orders(r_, k)) return k;
    }
    return kNone;
  }

  // "creates", "Access to", "Output from": no imperative, though spelled like one.
  [[nodiscard]] bool is_noun(std::size_t i) const {
    const std::string_view word = r_.word(i);
    if (r_.is_third_person(i)) return !r_.tokens[i].is(kAsk);
    if (word == "respond" || word == "say" || word == "write" || word == "start" || word == "begin" || word == "end" ||
        r_.tokens[i].is(kAsk))
      return false;
    constexpr std::string_view kAfterNouns[] = {"to",  "from", "of", "in", "has", "was", "is",    "are",
                                                "for", "on",   "by", "at", "and", "or",  "failed"};
    return std::find(std::begin(kAfterNouns), std::end(kAfterNouns), r_.word(i + 1)) != std::end(kAfterNouns);
  }

  // Any verb at all, when it says how to write "your answer": a reader of a mail writes none.
  [[nodiscard]] bool about_reply(std::size_t i) const {
    const std::string_view word = r_.word(i);
    if (r_.tokens[i].mark != '.' || word.size() < 4 || word.substr(0, 5) == "thank" || word.back() == 's') return false;
    if (word.size() > 5 && (word.substr(word.size() - 3) == "ing" || word.substr(word.size() - 2) == "ed"))
      return false;
    const std::size_t end = r_.clause_end(i, 20);
    for (std::size_t k = i + 2; k < end; ++k) {
      if ((r_.tokens[k].is(kReply) || r_.word(k) == "message" || r_.word(k) == "answer's") &&
          r_.tokens[k - 1].is(kYour))
        return true;
    }
    return false;
  }

  [[nodiscard]] FoundRequest judge(std::size_t from, std::size_t verb) const {
    FoundRequest found;
    const std::size_t end = r_.clause_end(verb, kClause);
    // "Delete all", "change my password": labels and search words are that short.
    if (end - from < 5) return found;
    found.first = static_cast<std::uint32_t>(from);
    found.last = static_cast<std::uint32_t>(end - 1);
    double* v = found.values;
    const Token& head = r_.tokens[verb];
    // What pages ask of their readers (check, refer to) counts little, unless it carries something away.
    v[kHead] = head.is(kAsk) ? 0.8 : head.is(kRoutine) ? 0.3 : 1.0;
    std::size_t content = 0;
    std::size_t known = 0;
    bool mine = false;
    bool private_data = false;
    for (std::size_t i = from; i < end; ++i) {
      const Token& token = r_.tokens[i];
      if (i < verb && (token.is(kPolite) || (token.word == "you" && i > from && r_.tokens[i - 1].is(kOught))))
        v[kPoliteHead] = value_starts(from) ? 1.0 : 0.3;
      if (i < verb && token.word == "todo" && !is_item(i) && r_.is_key(i))
        v[kAddressed] = 0.4;  // a note to whoever works here
      if (token.word.size() > 3 && !token.is(kGlue | kLead | kPolite)) {
        ++content;
        // Its own occurrence counts once; what stands elsewhere too is what the text is about.
        std::uint16_t own = 0;
        for (std::size_t k = from; k < end; ++k)
          own = static_cast<std::uint16_t>(own + (r_.word(k) == token.word ? 1 : 0));
        if (count_[slot(token.word)] > own) ++known;
      }
      mine = mine || (token.is(kMine) && token.word != "me");
      private_data = private_data || token.is(kPrivate | kSecret | kData);
      if (is_address(token.word)) v[kTarget] = 1.0;
      if ((token.word == "tool" || token.word == "function") && by_means(verb, i)) v[kNamesTool] = 1.0;
      if (token.word.find('_') != std::string_view::npos && r_.tokens[verb].is(kRun))
        v[kNamesTool] = std::max(v[kNamesTool], 0.4);
      if (token.is(kReply) && i > 0 && r_.tokens[i - 1].is(kYour)) v[kAddressed] = 1.0;
      if (token.is(kModel) && i + 1 < end && token.word != "agent")
        v[kAddressed] = std::max(v[kAddressed], i <= verb ? 1.0 : 0.3);
    }
    // "Send questions to ..." stands on every page; data or secrets to an address do not.
    if (v[kTarget] > 0) v[kTarget] = !carries(verb, end) ? 0.0 : private_data ? 1.0 : 0.4;
    if (v[kTarget] > 0 && v[kTarget] < 1 && !mine) v[kHead] *= 0.2;
    v[kOwner] = mine ? (private_data ? 1.0 : 0.6) : 0.0;
    v[kForeign] =
        content < 2 ? 0.0 : std::max(0.0, 1.0 - 2.0 * static_cast<double>(known) / static_cast<double>(content));
    const bool edge = head.sentence == 0 || head.sentence + 1 == r_.sentences.size();
    v[kEdge] = edge ? 1.0 : 0.0;
    double quiet = 1.0;
    for (std::size_t k = 0; k < kSignals; ++k) quiet *= 1.0 - request_signal(k, retrieved_).weight * v[k];
    found.score = 1.0 - quiet;
    // A sentence of its own begins with a capital letter; list items and wrapped lines do not stand alone.
    if (retrieved_ && (head.mark != '.' || !r_.is_titled(from) || is_item(from)) && v[kPoliteHead] <= 0)
      found.score *= 0.75;
    if (v[kForeign] < 0.3) found.score *= 0.6;  // about what the text is about: the sender asks the reader
    if (!retrieved_ && letter(from)) found.score *= v[kNamesTool] > 0 || v[kAddressed] >= 1 ? 0.9 : 0.6;
    if (r_.program && v[kAddressed] < 1) found.score *= 0.6;  // comments tell programmers what to do
    return found;
  }

  // "using the X tool", "use 'X' function", "through 'X' tool"
  [[nodiscard]] bool by_means(std::size_t verb, std::size_t tool) const {
    for (std::size_t i = std::max(verb, tool - std::min<std::size_t>(tool, 5)); i < tool; ++i) {
      const std::string_view word = r_.word(i);
      if (word == "use" || word == "using" || word == "through" || word == "via" || word == "with") return true;
    }
    return false;
  }

  // At the start of a member's value, or glued to one: pages and manuals say "please" in the run of their sentences.
  [[nodiscard]] bool value_starts(std::size_t from) const {
    const Token& token = r_.tokens[from];
    const bool glued = token.mark == ',' && r_.is_titled(from);
    return from == 0 || glued || token.mark == '"' || token.mark == '\'' || token.mark == ':' || token.mark == '>';
  }

  // After a bullet or a number: one of a list.
  [[nodiscard]] bool is_item(std::size_t from) const {
    const std::string_view text = r_.folded.text;
    std::size_t at = r_.tokens[from].begin;
    while (at > 0 && text[at - 1] == ' ') --at;
    if (at == 0) return false;
    constexpr std::string_view kBullets = "*-+#|)>\xa2\xb7";  // the last bytes of two round bullets in UTF-8
    const char before = text[at - 1];
    return kBullets.find(before) != std::string_view::npos ||
           (before == '.' && at > 1 && text[at - 2] >= '0' && text[at - 2] <= '9');
  }

  [[nodiscard]] bool carries(std::size_t verb, std::size_t end) const {
    for (std::size_t i = verb; i < end; ++i) {
      if (r_.tokens[i].is(kSend)) return true;
    }
    return false;
  }

  // People write to people: a greeting by name in the 40 words before.
  [[nodiscard]] bool letter(std::size_t from) const {
    for (std::size_t i = from - std::min<std::size_t>(from, 40); i < from; ++i) {
      const std::string_view word = r_.word(i);
      if ((word == "hi" || word == "hello" || word == "dear" || word == "hey") && r_.tokens[i].opens()) return true;
    }
    return false;
  }

  const Reading& r_;
  bool retrieved_;
  std::array<std::uint16_t, 4096> count_{};
};

}  // namespace

const RequestSignal& request_signal(std::size_t i, bool retrieved) {
  return retrieved ? kRetrievedSignals[i] : kToolSignals[i];
}

FoundRequest find_request(const Reading& reading, bool retrieved) { return Requests(reading, retrieved).run(); }

}  // namespace agentmend::detectors::injection
