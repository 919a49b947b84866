// Counts of a run in bounded memory: what comes often survives, what had to make room is counted.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trace/action_history.h"
#include "trace/event.h"

namespace agentmend {

class Archive;

// How often keys came. A full row gives up its rarest key (space-saving, Metwally 2005, by rows): a count is at most
// `over` too high, never too low. O(1), 256 keys.
class KeyCounts {
 public:
  static constexpr std::size_t kRows = 64;
  static constexpr std::size_t kInRow = 4;
  struct Item {
    std::uint64_t key = 0;  // 0 = free
    std::uint32_t count = 0;
    std::uint32_t over = 0;  // of these, perhaps of the key that had the place before
    std::uint32_t first_step = 0;
    std::uint32_t last_step = 0;
  };
  Item& add(std::uint64_t key, std::uint32_t step);
  [[nodiscard]] const Item* find(std::uint64_t key) const;
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }  // keys that made room
  void exchange(Archive& archive);

 private:
  std::vector<Item> items_;  // none before the first key
  std::uint64_t dropped_ = 0;
};

struct ToolTally {
  std::uint64_t key = 0;  // hash of the name; 0 = free
  std::string name;  // cut to kNameBytes
  std::uint32_t calls = 0;
  std::uint32_t errors = 0;
  std::uint32_t error_run = 0;  // the last results, as many as were errors in a row
  std::uint32_t longest_error_run = 0;
  std::uint32_t last_step = 0;
};

struct AgentTally {
  static constexpr std::uint32_t kNone = 0xffffffffu;
  std::uint32_t calls = 0;
  std::uint32_t errors = 0;
  std::uint32_t error_run = 0;
  std::uint32_t model_ends = 0;
  std::uint32_t turns = 0;
  std::uint32_t children = 0;  // spawned by it
  std::uint32_t parent = kNone;  // position of the agent that spawned it
  std::uint32_t root = kNone;  // of its tree; kNone = itself
  std::uint32_t depth = 0;  // below its root
  std::uint32_t last_step = 0;
};

struct KeptHandoff {
  std::uint64_t from = 0;  // hashes of names
  std::uint64_t to = 0;
  std::uint64_t text = 0;
  std::uint32_t step = 0;
};

// A result in short.
struct KeptResult {
  std::uint64_t call = 0;  // hash of the id; 0 = none
  std::uint64_t hash = 0;  // of the text
  std::uint64_t bytes = 0;
  std::uint32_t agent = 0;
  std::uint32_t step = 0;
  CallStatus status = CallStatus::kOk;
  std::string tool;
  std::string text;  // its beginning
};

class RunTally {
 public:
  static constexpr std::size_t kNameBytes = 256;  // of names and ids that are kept
  static constexpr std::size_t kToolRows = 32;  // times four tools
  static constexpr std::size_t kHandoffs = 32;
  static constexpr std::size_t kResults = 16;
  static constexpr std::size_t kResultBytes = 160;

  // After the action history of the event's agent has taken the event; `action` is the one it was about, or null.
  // `agents` = positions in use.
  void append(const Event& event, const Action* action, std::string_view tool, std::size_t agents);
  // Another agent was started by `parent`. A second parent, or one below the child, changes nothing.
  void spawn(std::uint32_t child, std::uint32_t parent);

  [[nodiscard]] const KeyCounts& calls() const { return calls_; }  // by Action::key and agent: call_key()
  [[nodiscard]] const KeyCounts& results() const { return results_; }  // by call_key() and Action::observation
  [[nodiscard]] const KeyCounts& states() const { return states_; }  // by hash of the values and agent
  [[nodiscard]] const KeyCounts& pairs() const { return pairs_; }  // hand-offs between two agents, both ways
  [[nodiscard]] static std::uint64_t call_key(std::uint32_t agent, std::uint64_t action_key);
  [[nodiscard]] const ToolTally* tool(std::string_view name) const;
  [[nodiscard]] const AgentTally& agent(std::uint32_t position) const;
  [[nodiscard]] std::uint32_t root_of(std::uint32_t agent) const;  // itself when nobody spawned it

  [[nodiscard]] std::uint32_t deepest_spawn() const { return deepest_; }
  [[nodiscard]] std::uint32_t widest_spawn() const { return widest_; }
  [[nodiscard]] std::uint32_t spawned() const { return spawned_; }
  // The newest hand-offs that went back and forth between the same two: A->B->A->B is 3 returns.
  [[nodiscard]] std::uint32_t returns() const { return returns_; }
  [[nodiscard]] const std::vector<KeptHandoff>& handoffs() const { return handoffs_; }  // newest last
  [[nodiscard]] std::uint32_t same_state_run() const { return same_state_; }  // newest states that are equal
  [[nodiscard]] const KeptResult* result(std::size_t back = 0) const;  // newest first; null beyond what is kept
  [[nodiscard]] std::uint64_t dropped() const;  // keys and tools that made room
  [[nodiscard]] std::size_t kept_bytes() const;

  void exchange(Archive& archive);

 private:
  ToolTally& tool_of(std::string_view name);
  AgentTally& agent_of(std::uint32_t position, std::size_t agents);
  void on_result(const Event& event, const Action* action, std::string_view tool, AgentTally& agent);
  void on_handoff(const Event& event);
  void on_state(const Event& event);

  KeyCounts calls_, results_, states_, pairs_;
  std::vector<ToolTally> tools_;
  std::vector<AgentTally> agents_;
  std::vector<KeptHandoff> handoffs_;
  std::vector<KeptResult> kept_results_;  // a ring
  std::uint64_t results_seen_ = 0, tools_dropped_ = 0, last_state_ = 0;
  std::uint32_t deepest_ = 0, widest_ = 0, spawned_ = 0, returns_ = 0, same_state_ = 0;
};

}  // namespace agentmend
