// Messages between agents as facts: who, to whom, when, acknowledged or not, what it does, what it is about.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/multi_agent/talk/acts.h"
#include "json/view.h"
#include "text/similarity.h"
#include "trace/event.h"

namespace agentmend::detectors::coordination {

constexpr std::uint32_t kNobody = 0xffffffffu;
constexpr std::size_t kMaxMessages = 2'000;  // the newest; some checks look at all later messages for each
constexpr std::size_t kMaxAgents = 256;  // told apart; later names share the last place
constexpr std::size_t kTextBytes = 4'000;  // of a message: what it asks stands at its beginning

enum class Ack : std::uint8_t { kUnknown, kYes, kNo };

struct Message {
  std::size_t at = 0;  // position in the input
  std::uint32_t from = kNobody;
  std::uint32_t to = kNobody;
  bool everybody = false;  // addressed to all: needs no answer of each
  Ack ack = Ack::kUnknown;
  std::int64_t at_ms = -1;
  std::uint32_t acts = 0;
  text::Bag words;
  std::vector<std::uint64_t> subjects;  // identifiers in it, sorted
  std::vector<std::uint64_t> states;  // what is said of them: words that have an opposite, see opposite()
  std::vector<std::pair<std::uint64_t, std::uint64_t>> names;  // "name" of what, and the name
  bool reads = false;  // asks to look at something only
  std::string text;
  Place place;
  [[nodiscard]] bool does(std::uint32_t act) const { return (acts & act) != 0; }
};

struct Agent {
  std::string name;
  bool listed = false;
  bool person = false;  // user, customer: need not be listed, need not answer
  std::size_t last_spoke = 0;  // position in `messages` plus one; 0 = never
};

struct Log {
  std::vector<Message> messages;
  std::vector<Agent> agents;
  bool whole = true;  // the log has ended; else answers may be outstanding
  [[nodiscard]] std::uint32_t agent(std::string_view name);
  void add(Message message, std::string_view from, std::string_view to);
};

// O(bytes).
[[nodiscard]] Log read_log(json::View messages, json::View agent_ids);

[[nodiscard]] bool share(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b);  // both sorted
[[nodiscard]] std::uint64_t opposite(std::uint64_t state);  // state words come in pairs of keys 2k and 2k + 1

}  // namespace agentmend::detectors::coordination
