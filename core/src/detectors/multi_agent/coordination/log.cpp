#include "detectors/multi_agent/coordination/log.h"

#include <algorithm>

#include "json/writer.h"
#include "order.h"
#include "text/cues.h"
#include "text/hash.h"
#include "text/time.h"
#include "text/verbs.h"
#include "trace/key_words.h"

namespace agentmend::detectors::coordination {
namespace {

// States that exclude each other, as pairs of bits: said of one thing by two agents, both cannot hold.
constexpr text::CueRow kStateRows[] = {
    {1u << 0, "unlock*|unlocked"},
    {1u << 1, "remain locked|remains locked|stay locked|stays locked|keep locked|keep it locked|must be locked"},
    {1u << 2, "approve|approved|approves|approval granted"},
    {1u << 3, "deny|denied|denies|rejected|reject|declined|disapproved|not approved"},
    {1u << 4, "enable|enabled|activate|activated|active"},
    {1u << 5, "disable|disabled|deactivate|deactivated|inactive"},
    {1u << 6, "allow|allowed|permitted"},
    {1u << 7, "forbid|forbidden|prohibited|not allowed"},
    {1u << 8, "eligible|qualifies"},
    {1u << 9, "ineligible|not eligible|does not qualify"},
    {1u << 10, "in stock|available"},
    {1u << 11, "out of stock|unavailable|not available|sold out"},
    {1u << 12, "unban|unbanned|lift the ban|reinstate|reinstated"},
    {1u << 13, "ban|banned|permanent ban|suspend|suspended"},
};
constexpr text::CueTable<kStateRows> kStates;

bool token_char(char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '#' || c == '.'; }

// Tokens with a digit: order-12, #100, INV-5678. O(n)
void read_subjects(Message& message) {
  constexpr std::size_t kMost = 32;
  const std::string& text = message.text;
  for (std::size_t i = 0; i < text.size() && message.subjects.size() < kMost;) {
    const std::size_t begin = i;
    bool digit = false;
    bool other = false;
    std::uint64_t key = 0;
    for (; i < text.size() && token_char(text[i]); ++i) {
      digit = digit || is_digit(text[i]);
      other = other || is_letter(text[i]) || text[i] == '#';
    }
    std::size_t end = i;
    while (end > begin && (text[end - 1] == '.' || text[end - 1] == '-')) --end;
    if (digit && other && end > begin + 1) {
      for (std::size_t k = begin; k < end; ++k) key = text::combine(key, static_cast<unsigned char>(lower(text[k])));
      message.subjects.push_back(key);
    }
    if (i == begin) ++i;
  }
  sort_numbers(message.subjects);
}

// "customer name: Alice", "name is Bob": one name for one thing. A message that gives two names for one lists several.
void read_names(const text::Words& words, Message& message) {
  for (std::size_t i = 0; i + 1 < words.size() && message.names.size() < 8; ++i) {
    const std::string_view word = words.text(i);
    if (word != "name" && word != "email" && word != "owner" && word != "assignee") continue;
    std::size_t value = i + 1;
    while (value < words.size() && value < i + 3 && (words.text(value) == "is" || words.text(value) == "was")) ++value;
    if (value >= words.size() || !words[value].capital || words[value].all_capitals) continue;
    message.names.emplace_back(words[i].key, words[value].key);
  }
}

Ack ack_of(json::View value) {
  if (!value.is_bool()) return Ack::kUnknown;
  return value.boolean(false) ? Ack::kYes : Ack::kNo;
}

std::int64_t time_of(json::View value) {
  if (value.is_number()) return text::number_to_ms(value.number().value_or(-1));
  return value.is_string() ? text::iso_to_ms(value.text()) : -1;
}

json::View first_of(json::View object, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    const json::View value = object[key];
    if (!value.is_null()) return value;
  }
  return {};
}

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::uint32_t Log::agent(std::string_view name) {
  for (std::size_t i = 0; i < agents.size(); ++i) {
    if (same_name(agents[i].name, name)) return static_cast<std::uint32_t>(i);
  }
  if (agents.size() >= kMaxAgents) return kMaxAgents - 1;
  Agent agent;
  agent.name = std::string(json::cut_utf8(name, 200));
  agent.person = is_one_of(name, "user|human|customer|client|end_user|end-user|person");
  agents.push_back(std::move(agent));
  return static_cast<std::uint32_t>(agents.size() - 1);
}

void Log::add(Message message, std::string_view from, std::string_view to) {
  const text::Words words(message.text);
  message.acts = talk::acts_of(message.text, words);
  message.words = text::Bag(words);
  message.everybody = to.empty() || is_one_of(to, "all|*|everyone|everybody|broadcast|team|group|any");
  read_subjects(message);
  read_names(words, message);
  const std::uint32_t states = text::cues_in(kStates, words, 0, words.size());
  for (std::uint64_t bit = 0; bit < 14; ++bit) {
    if ((states >> bit & 1u) != 0) message.states.push_back(bit);
  }
  std::uint32_t verbs = 0;
  for (std::size_t i = 0; i < words.size() && i < 6 && verbs == 0; ++i) verbs = text::verb_classes(words.text(i));
  message.reads = verbs == text::kVerbRead;
  if (!from.empty()) message.from = agent(from);
  if (!message.everybody) message.to = agent(to);
  messages.push_back(std::move(message));
  if (!from.empty()) agents[messages.back().from].last_spoke = messages.size();
}

Log read_log(json::View messages, json::View agent_ids) {
  Log log;
  json::for_each(agent_ids, [&](json::View id, std::size_t) {
    const std::string name = id.is_object() ? first_of(id, {"id", "name"}).text() : id.text();
    if (!name.empty()) log.agents[log.agent(name)].listed = true;
  });
  const std::size_t count = messages.size();
  const std::size_t skip = count > kMaxMessages ? count - kMaxMessages : 0;
  std::string storage;
  json::for_each(messages, [&](json::View item, std::size_t at) {
    if (at < skip || !item.is_object()) return;
    const json::View to = first_of(item, {"to_agent", "to", "recipient", "receiver", "target"});
    Message message;
    message.at = at;
    message.ack = ack_of(first_of(item, {"acknowledged", "ack"}));
    message.at_ms = time_of(first_of(item, {"timestamp", "time", "ts"}));
    message.text =
        std::string(json::cut_utf8(json::as_text(first_of(item, {"content", "text", "message"}), storage), kTextBytes));
    log.add(std::move(message), first_of(item, {"from_agent", "from", "sender", "source"}).text(),
            to.is_string() ? to.text() : std::string());
  });
  return log;
}

bool share(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
  for (std::size_t i = 0, k = 0; i < a.size() && k < b.size();) {
    if (a[i] == b[k]) return true;
    a[i] < b[k] ? ++i : ++k;
  }
  return false;
}

std::uint64_t opposite(std::uint64_t state) { return state ^ 1u; }

}  // namespace agentmend::detectors::coordination
