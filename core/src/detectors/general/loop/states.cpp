#include "detectors/general/loop/states.h"

#include <algorithm>

#include "json/writer.h"
#include "text/hash.h"
#include "text/math.h"
#include "trace/action_history.h"
#include "trace/key_words.h"

namespace agentmend::detectors::loop {
namespace {

constexpr std::size_t kMaxMembers = 64;  // of a state_delta that are compared

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 100 || !(is_letter(text[0]) || text[0] == '_')) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.' || c == ':' || c == '/';
  });
}

// "tool.call: rest" gives rest when the word before the colon is one of the given ones.
bool take_prefix(std::string_view& text, std::string_view words) {
  const std::size_t colon = text.substr(0, 20).find(':');
  if (colon == std::string_view::npos || !is_one_of(trim(text.substr(0, colon)), words)) return false;
  text = trim(text.substr(colon + 1));
  return true;
}
bool take_call(std::string_view& text) {
  return take_prefix(text, "tool.call|tool_call|tool call|call|action|function_call|function|tool|calling");
}
bool take_result(std::string_view& text, bool& failed) {
  if (take_prefix(text, "error|tool.error|tool_error")) {
    failed = true;
    return true;
  }
  return take_prefix(text, "tool.result|tool_result|tool result|result|observation|output|tool.output|response");
}

struct Call {
  std::string_view tool;
  std::string_view arguments;
};

// name(...) or name: {...}, and nothing else.
bool parse_call(std::string_view text, bool announced, Call& call) {
  const std::size_t open = text.find('(');
  if (open != std::string_view::npos && text.back() == ')' && is_name(text.substr(0, open))) {
    call = {text.substr(0, open), text.substr(open + 1, text.size() - open - 2)};
    return true;
  }
  const std::size_t colon = text.find(": {");
  if (colon != std::string_view::npos && text.back() == '}' && is_name(text.substr(0, colon)) &&
      (announced || text.find_first_of("._") < colon)) {
    call = {text.substr(0, colon), text.substr(colon + 2)};
    return true;
  }
  if (!announced) return false;
  const std::size_t space = text.find(' ');
  const std::string_view name = text.substr(0, space);
  if (!is_name(name)) return false;
  call = {name, space == std::string_view::npos ? std::string_view() : trim(text.substr(space))};
  return true;
}

json::View first_of(json::View object, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    const json::View value = object[key];
    if (!value.is_null()) return value;
  }
  return {};
}

// A sentence as a key: lower case, one blank between words, numbers of attempts left out.
std::uint64_t sentence_key(std::string_view text, std::string& buffer) {
  buffer.clear();
  bool attempt = false;
  for (std::size_t i = 0; i < text.size();) {
    if (is_blank(text[i])) {
      ++i;
      continue;
    }
    const std::size_t begin = i;
    while (i < text.size() && !is_blank(text[i])) ++i;
    const std::string_view token = text.substr(begin, i - begin);
    const bool number =
        std::any_of(token.begin(), token.end(), is_digit) && std::none_of(token.begin(), token.end(), is_letter);
    if (!(attempt && number)) {
      for (const char c : token) buffer.push_back(lower(c));
      buffer.push_back(' ');
    }
    attempt = has_word(token, "attempt|attempts|retry|retrying|try") || (attempt && is_one_of(token, "#"));
  }
  while (!buffer.empty() && !is_letter(buffer.back()) && !is_digit(buffer.back()) && buffer.back() > 0)
    buffer.pop_back();
  return text::hash(buffer, 7);
}

// Sum over the tokens with a digit: what the sentence is about.
std::uint64_t subjects(std::string_view text) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t begin = i;
    bool digit = false;
    const auto inside = [&] { return is_letter(text[i]) || is_digit(text[i]) || text[i] == '-' || text[i] == '_'; };
    for (; i < text.size() && inside(); ++i) digit = digit || is_digit(text[i]);
    if (digit) sum += text::hash(text.substr(begin, i - begin), 9);
    if (i < text.size()) ++i;
  }
  return sum;
}

// "The same in other words" needs a state_delta that names the act, e.g. {"action": "check_stock"}, and a sentence that
// names its subject, e.g. SKU-12; all of the delta is compared. The same opening with another end ("Reading the
// abstract of 7", "Reading the tables of 7") is other work, so that the openings must differ: Streak::push.
std::uint64_t wish_of(std::string_view text, json::View delta) {
  bool named = false;
  json::for_each_member(delta, [&](std::string_view key, json::View value) {
    named = named || (value.is_string() &&
                      has_word(key, "action|operation|query|command|function|method|request|search|intent"));
  });
  const std::uint64_t about = subjects(text);
  if (!named || about == 0) return 0;
  const ResultFacts facts = read_result(delta.raw());
  return text::combine(facts.content, about) | 1;
}

bool tells_failure(std::string_view text) {
  return has_word(text,
                  "error|failed|fails|failure|invalid|timeout|exception|unavailable|unable|cannot|denied|"
                  "exceeded");
}

bool is_outcome(std::string_view key) {
  return has_word(key,
                  "output|result|results|response|hash|status|error|found|score|content|answer|summary|"
                  "classification|decision|documents|success");
}
// A number that grows by one on such a key is work done, not a counter of tries.
bool is_progress(std::string_view key) {
  return classify_key(key) == KeyClass::kPosition || has_word(key, "processed|done|completed|handled|current");
}

// A counter grows by one a step, and a round has at most kMaxPeriod steps.
bool counts_on(double growth) {
  return growth >= 1 && growth <= static_cast<double>(ActionHistory::kMaxPeriod) && std::floor(growth) == growth;
}

std::vector<Member> members_of(json::View delta) {
  std::vector<Member> members;
  json::for_each_member(delta, [&](std::string_view key, json::View value) {
    if (members.size() >= kMaxMembers) return;
    const KeyClass kind = classify_key(key);
    if (kind == KeyClass::kVolatile || kind == KeyClass::kMeter) return;  // says nothing
    members.push_back({text::hash(key), kind, is_outcome(key), is_progress(key), value});
  });
  return members;
}

class StateReader {
 public:
  void state(json::View state, std::size_t position) {
    if (!state.is_object()) return;
    position_ = position;
    const std::string agent = state["agent_id"].text();
    text_ = std::string(trim(json::as_text(state["content"], storage_)));
    delta_ = state["state_delta"].is_object() ? state["state_delta"] : json::View();
    std::string_view text = text_;
    bool failed = false;
    if (is_one_of(agent, "user|human|customer|end_user")) {
      ++user_turns_;
    } else if (is_one_of(agent, "tool|tools|function|environment|observation")) {
      static_cast<void>(take_result(text, failed));
      result(text, failed);
    } else if (call_in_delta(agent)) {
      return;
    } else if (std::string_view inside = text; take_result(inside, failed) && has_open()) {
      result(inside, failed);
    } else if (inside.size() < text.size() || !call_in_text(agent, text)) {
      if (has_open() && found_.agents[found_.steps.back().agent] == agent && is_json(text)) {
        result(text, false);
      } else {
        sentence(agent, text);
      }
    }
  }
  Steps done() { return std::move(found_); }

 private:
  [[nodiscard]] std::size_t agent_of(const std::string& name) {
    const auto known = std::find(found_.agents.begin(), found_.agents.end(), name);
    if (known != found_.agents.end()) return static_cast<std::size_t>(known - found_.agents.begin());
    if (found_.agents.size() >= 256) return 255;  // a list of states with more agents is not about one loop
    found_.agents.push_back(name);
    return found_.agents.size() - 1;
  }
  [[nodiscard]] static bool is_json(std::string_view text) {
    return !text.empty() &&
           ((text.front() == '{' && text.back() == '}') || (text.front() == '[' && text.back() == ']'));
  }
  [[nodiscard]] bool has_open() const {
    return !found_.steps.empty() && found_.steps.back().call && found_.steps.back().result == 0;
  }

  Step& add(const std::string& agent) {
    Step& step = found_.steps.emplace_back();
    step.state = position_;
    step.agent = agent_of(agent);
    step.user_turn = user_turns_;
    step.waited = waited_;
    step.delta = members_of(delta_);
    waited_ = false;
    return step;
  }

  void call(const std::string& agent, std::string_view tool, std::string_view arguments) {
    if (is_one_of(tool, "sleep|wait|delay|pause")) {
      waited_ = true;
      return;
    }
    Step& step = add(agent);
    const CallHash hash = hash_call(tool, arguments);
    step.call = true;
    step.waited = step.waited || waits_inside(arguments);
    step.key = hash.loose;
    step.exact = hash.exact;
    step.name = std::string(json::cut_utf8(tool, kNameBytes));
  }

  bool call_in_delta(const std::string& agent) {
    const json::View tool = first_of(delta_, {"tool", "tool_name"});
    const json::View input = first_of(delta_, {"input", "arguments", "args", "tool_input", "parameters"});
    if (!tool.is_string() || !input) return false;
    std::string name;
    std::string arguments;
    const std::size_t before = found_.steps.size();
    call(agent, tool.text(name), json::as_text(input, arguments));
    if (found_.steps.size() == before) return true;
    found_.steps.back().delta = {};  // it is the call and its result, read below, and nothing else
    const json::View output = first_of(delta_, {"result", "output", "tool_result", "observation"});
    const json::View error = first_of(delta_, {"error"});
    std::string text;
    delta_ = {};
    if (output) {
      result(json::as_text(output, text), false);
    } else if (error) {
      result(json::as_text(error, text), true);
    }
    return true;
  }

  bool call_in_text(const std::string& agent, std::string_view text) {
    if (text.empty()) return false;
    const bool announced = take_call(text);
    if (text.empty()) return false;
    Call parsed;
    if (parse_call(text, announced, parsed)) {
      call(agent, parsed.tool, parsed.arguments);
      return true;
    }
    if (text.front() != '{' || !index_.read(text)) return false;
    const json::View root = json::View::root(index_);
    const json::View tool = first_of(root, {"tool", "tool_name", "function", "name", "action"});
    const json::View input = first_of(root, {"input", "arguments", "args", "tool_input", "parameters", "action_input"});
    if (!tool.is_string() || !input) return false;
    std::string arguments;
    call(agent, tool.text(), json::as_text(input, arguments));
    return true;
  }

  void result(std::string_view text, bool failed) {
    if (found_.steps.empty()) return;
    Step& step = found_.steps.back();
    if (!step.call || step.result != 0) return;
    step.result = text::hash(text) | 1;
    step.facts = read_result(text);
    step.facts.failed = step.facts.failed || failed;
    step.result_delta = members_of(delta_);
  }

  void sentence(const std::string& agent, std::string_view text) {
    if (text.empty() && !delta_) return;
    Step& step = add(agent);
    step.key = text::combine(text::hash(agent, 8), sentence_key(text, buffer_));
    step.exact = step.key;
    step.opening = text::hash(text.substr(0, text.find(' ')));
    const std::uint64_t wish = wish_of(text, delta_);
    step.wish = wish == 0 ? 0 : text::combine(text::hash(agent, 8), wish);
    step.failed_itself = tells_failure(text) || (delta_ && read_result(delta_.raw()).failed);
    step.name = std::string(json::cut_utf8(text, kNameBytes));
  }

  Steps found_;
  json::Index index_;
  json::View delta_;
  std::string text_;
  std::string storage_;
  std::string buffer_;
  std::size_t position_ = 0;
  std::uint32_t user_turns_ = 0;
  bool waited_ = false;
};

struct DeltaChange {
  bool fresh = false;  // a new key or value
  bool walked = false;  // a position moved
  bool same_outcome = false;
  bool same = false;  // something that is no counter stayed as it was
};

void compare_member(const Member& now, const Member& before, DeltaChange& change) {
  if (now.value.raw() == before.value.raw()) {
    change.same = true;
    change.same_outcome = change.same_outcome || now.outcome;
    return;
  }
  const auto a = now.value.number();
  const auto b = before.value.number();
  if (a && b && now.kind == KeyClass::kPosition) {
    change.walked = true;
  } else if (a && b && !now.outcome && counts_on(*a - *b)) {
    if (now.progress) change.walked = true;  // else: a counter
  } else if (now.value.is_object() || now.value.is_array()) {
    if (read_result(now.value.raw()).content != read_result(before.value.raw()).content) change.fresh = true;
  } else {
    change.fresh = true;
  }
}

void compare_deltas(const std::vector<Member>& now, const std::vector<Member>& before, DeltaChange& change) {
  for (std::size_t i = 0; i < now.size() && !change.fresh; ++i) {
    const Member* old = i < before.size() && before[i].key == now[i].key ? &before[i] : nullptr;
    for (std::size_t j = 0; old == nullptr && j < before.size(); ++j) {
      if (before[j].key == now[i].key) old = &before[j];
    }
    if (old == nullptr) {
      change.fresh = true;
    } else {
      compare_member(now[i], *old, change);
    }
  }
}

}  // namespace

Steps read_steps(json::View states) {
  StateReader reader;
  json::for_each(states, [&](json::View state, std::size_t i) { reader.state(state, i); });
  return reader.done();
}

Gain gain(const Step& later, const Step& earlier) {
  DeltaChange change;
  compare_deltas(later.delta, earlier.delta, change);
  if (later.result != 0 && earlier.result != 0) compare_deltas(later.result_delta, earlier.result_delta, change);
  if (change.fresh) return Gain::kNew;
  if (later.result != 0 && earlier.result != 0) {
    if (later.facts.failed) return Gain::kFailed;
    if (earlier.facts.failed) return Gain::kNew;
    if (later.facts.empty && earlier.facts.empty) return Gain::kEmpty;
    const bool same = later.facts.content == earlier.facts.content ||
                      (makes_new(later.name) && later.facts.nameless == earlier.facts.nameless);
    return same ? Gain::kUnchanged : Gain::kNew;
  }
  if (change.walked && !change.same_outcome) return Gain::kNew;
  if (later.failed_itself && earlier.failed_itself) return Gain::kFailed;
  return change.same ? Gain::kUnchanged : Gain::kUnknown;
}

}  // namespace agentmend::detectors::loop
