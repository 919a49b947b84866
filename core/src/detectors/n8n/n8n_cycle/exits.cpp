#include "detectors/n8n/n8n_cycle/exits.h"

#include <algorithm>

#include "trace/key_words.h"

namespace agentmend::detectors::n8n_cycle {
namespace {

bool has_any(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [text](std::string_view part) { return text.find(part) != std::string_view::npos; });
}

// What n8n itself counts: rounds of a node, and the clock.
bool counts_rounds(std::string_view text) {
  return has_any(text, {"$runIndex", "getWorkflowStaticData", "$now", "Date.now", "getContext", "$today"});
}

bool adds(std::string_view text) {
  return has_any(text, {"++", "--", "+=", "-=", "+ 1", "+1", "- 1", "-1", "+ Number", "shift(", "splice(", "slice("});
}

// Names of fields behind "json" in expressions: $json.a.b gives a and b, $json["a b"] gives "a b".
struct Reference {
  std::string_view node;  // empty: whatever came in
  std::vector<std::string_view> fields;
};

bool is_name(char c) { return is_letter(c) || is_digit(c) || c == '_'; }

class References {
 public:
  static std::vector<Reference> of(std::string_view parameters) {
    References reader(parameters);
    std::vector<Reference> found;
    constexpr std::size_t kMaxReferences = 40;
    for (std::size_t at = 0; found.size() < kMaxReferences;) {
      at = parameters.find('$', at);
      if (at == std::string_view::npos) break;
      reader.at_ = ++at;
      Reference reference;
      if (!reader.start(reference)) continue;
      reader.path(reference);
      if (!reference.fields.empty()) found.push_back(std::move(reference));
    }
    return found;
  }

 private:
  explicit References(std::string_view text) : text_(text) {}
  bool take(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  // A name in quotes; a quote inside JSON text has a backslash in front.
  std::string_view quoted() {
    while (at_ < text_.size() && text_[at_] == '\\') ++at_;
    if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"' && text_[at_] != '`')) return {};
    const char quote = text_[at_++];
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\\') ++at_;
    const std::string_view name = text_.substr(begin, at_ - begin);
    while (at_ < text_.size() && text_[at_] == '\\') ++at_;
    if (at_ < text_.size()) ++at_;
    return name;
  }
  bool start(Reference& reference) {
    if (take("json")) return true;
    if (take("input.")) return to_json();
    if (take("(") || take("node[")) {
      reference.node = quoted();
      return !reference.node.empty() && to_json();
    }
    return false;
  }
  bool to_json() {  // ".item.json", ".first().json", ".all()[0].json"
    const std::size_t json = text_.find("json", at_);
    constexpr std::size_t kFar = 40;
    if (json == std::string_view::npos || json > at_ + kFar) return false;
    at_ = json + 4;
    return true;
  }
  void path(Reference& reference) {
    constexpr std::size_t kMaxFields = 8;
    while (at_ < text_.size() && reference.fields.size() < kMaxFields) {
      if (text_[at_] == '?') ++at_;
      if (take("[")) {
        const std::string_view name = quoted();
        if (!name.empty()) reference.fields.push_back(name);
        at_ = std::min(text_.find(']', at_), text_.size());
        at_ += at_ < text_.size() ? 1 : 0;
      } else if (take(".")) {
        const std::size_t begin = at_;
        while (at_ < text_.size() && is_name(text_[at_])) ++at_;
        if (at_ < text_.size() && text_[at_] == '(') return;  // a function of the value
        if (at_ == begin) return;
        reference.fields.push_back(text_.substr(begin, at_ - begin));
      } else {
        return;
      }
    }
  }
  std::string_view text_;
  std::size_t at_ = 0;
};

bool mentions(std::string_view text, const Reference& reference) {
  return std::any_of(reference.fields.begin(), reference.fields.end(),
                     [text](std::string_view field) { return text.find(field) != std::string_view::npos; });
}

constexpr std::string_view kPaging = "next|more|page|pages|cursor|offset|skip|remaining|continuation|hasnext|hasmore";
bool pages(const Reference& reference) {
  return std::any_of(reference.fields.begin(), reference.fields.end(),
                     [](std::string_view field) { return has_word(field, kPaging) || is_one_of(field, kPaging); });
}

std::string_view raw(const N8nNode& node) { return node.parameters ? node.parameters.raw() : std::string_view(); }

// Code that hands on what it got.
bool passes_on(std::string_view code) {
  return code.size() < 120 && has_any(code, {"return items", "return $input.all()", "return $input.item"}) &&
         !has_any(code, {"map", "json."});
}

// Who last wrote what a condition asks, seen from the node that asks: walks back inside the cycle.
class Writers {
 public:
  Writers(const N8nRun& run, const std::vector<bool>& inside, const std::vector<bool>& without)
      : run_(run), inside_(inside), without_(without) {}

  End of(std::uint32_t decider, const Reference& reference) const {
    if (!reference.node.empty()) {
      const std::uint32_t named = run_.find(reference.node);
      if (named == WorkflowGraph::kNone || !inside_[named]) return End::kStuck;
      if (const End end = written_by(named, reference); end != End::kStuck) return end;
      return back_from(named, reference);
    }
    return back_from(decider, reference);
  }

 private:
  End back_from(std::uint32_t start, const Reference& reference) const {
    End best = End::kStuck;
    std::vector<bool> seen(run_.nodes.size(), false);
    std::vector<std::uint32_t> open{start};
    while (!open.empty()) {
      const std::uint32_t at = open.back();
      open.pop_back();
      for (const std::uint32_t e : run_.flow.entering(at)) {
        const std::uint32_t from = run_.flow.edges()[e].from;
        if (without_[e] || !inside_[from] || seen[from]) continue;
        seen[from] = true;
        const End end = written_by(from, reference);
        best = std::min(best, end);
        if (end == End::kStuck) open.push_back(from);
      }
    }
    return best;
  }

  // kStuck: the node hands the field on as it is.
  [[nodiscard]] End written_by(std::uint32_t at, const Reference& reference) const {
    const N8nNode& node = run_.nodes[at];
    const std::string_view text = raw(node);
    if (!node.runs()) return End::kStuck;
    if (asks_a_person(node)) return End::kPerson;
    if (node.is(kN8nCode)) {
      if (passes_on(text)) return End::kStuck;
      if (!mentions(text, reference)) return End::kUnclear;
      return adds(text) || counts_rounds(text) ? End::kCounter : End::kUnclear;
    }
    if (node.is(kN8nModel | kN8nAgent)) return pages(reference) ? End::kUnclear : End::kModel;
    if (node.type == "set") return set_by(text, reference);
    if (node.is(kN8nSubWorkflow)) return End::kUnclear;
    if (node.is(kN8nExternal)) {
      const std::vector<Reference> asked = References::of(text);
      const bool goes_on = pages(reference) || std::any_of(asked.begin(), asked.end(), pages);
      return goes_on ? End::kPages : pauses() ? End::kPoll : End::kHotPoll;
    }
    // These hand their items on; any other node makes items of its own.
    constexpr std::string_view kHandsOn = "noop|wait|if|switch|filter|merge|sort|limit|splitinbatches|respondtowebhook";
    return is_one_of(node.type, kHandsOn) ? End::kStuck : End::kUnclear;
  }

  // A Set that writes the field: from itself with arithmetic it counts, from a constant it changes nothing.
  [[nodiscard]] static End set_by(std::string_view text, const Reference& reference) {
    if (!mentions(text, reference)) return End::kStuck;
    if (counts_rounds(text)) return End::kCounter;
    const std::vector<Reference> read = References::of(text);
    const bool from_itself = std::any_of(read.begin(), read.end(), [&reference](const Reference& item) {
      return !item.fields.empty() && !reference.fields.empty() && item.fields.back() == reference.fields.back();
    });
    if (from_itself && has_any(text, {"+", "-", "*", "/ 2"})) return End::kCounter;
    return read.empty() || from_itself ? End::kStuck : End::kUnclear;
  }

  [[nodiscard]] bool pauses() const {
    for (std::size_t i = 0; i < run_.nodes.size(); ++i) {
      if (inside_[i] && run_.nodes[i].runs() && run_.nodes[i].type == "wait") return true;
    }
    return false;
  }

  const N8nRun& run_;
  const std::vector<bool>& inside_;
  const std::vector<bool>& without_;
};

}  // namespace

bool asks_a_person(const N8nNode& node) {
  if (!node.runs() || !node.is(kN8nWaits)) return false;
  if (node.type != "wait") return true;
  return node.parameters["resume"].equals("webhook") || node.parameters["resume"].equals("form");
}

bool may_yield_nothing(const N8nNode& node) {
  if (!node.runs() || !node.is(kN8nMayYieldZero)) return false;
  if (!node.is(kN8nCode)) return true;
  return has_any(raw(node), {"[]", "filter(", "slice(", "splice(", "if ", "if(", "?"});
}

Exit best_exit(const N8nRun& run, const std::vector<bool>& inside, const std::vector<bool>& without,
               const std::vector<std::uint32_t>& deciders) {
  Exit best;
  const Writers writers(run, inside, without);
  for (std::size_t i = 0; i < deciders.size() && i < kMaxDeciders; ++i) {
    const N8nNode& node = run.nodes[deciders[i]];
    const std::string_view text = raw(node);
    End end = End::kStuck;
    if (counts_rounds(text)) {
      end = End::kCounter;
    } else if (node.is(kN8nModel)) {
      end = End::kModel;
    } else if (text.size() <= 2) {
      end = End::kUnclear;  // no condition is written down
    } else {
      for (const Reference& reference : References::of(text)) end = std::min(end, writers.of(deciders[i], reference));
    }
    if (best.node == WorkflowGraph::kNone || end < best.end) best = {end, deciders[i]};
  }
  return best;
}

}  // namespace agentmend::detectors::n8n_cycle
