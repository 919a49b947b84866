// What detectors ask about a run while it happens: kept up to date by append(), in bounded memory, so that a question
// costs the same at call 10 and at call 1,000,000. A whole trace is the same index fed at once.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "trace/action_history.h"
#include "trace/event.h"
#include "trace/run_tally.h"
#include "trace/spending.h"
#include "trace/state_memory.h"

namespace agentmend {

// The last turns, as approval and flattery look at them. Texts longer than kTurnBytes are cut in the middle.
struct KeptTurn {
  Role role = Role::kUser;
  std::uint32_t agent = 0;
  std::uint32_t step = 0;
  Place place;
  std::string text;
  bool cut = false;
};

// The last retrievals, for whoever judges them once their answer is there. Texts are cut.
struct KeptDocument {
  std::string title;
  std::string text;
  double score = -1;
  Place place;
};
struct KeptRetrieval {
  std::uint32_t agent = 0;
  std::uint32_t step = 0;
  Place place;
  std::string query;  // empty: what the user said last
  std::vector<KeptDocument> documents;
  std::uint64_t answered = 0;  // number of the event (RunCounts::events) that answered it; 0 = not yet
};

struct RunCounts {
  std::uint64_t events = 0;
  std::uint64_t turns = 0;
  std::uint64_t user_turns = 0;
  std::uint64_t tool_calls = 0;
  std::uint64_t tool_errors = 0;
  std::uint64_t retrievals = 0;
  std::uint64_t handoffs = 0;
};

class RunIndex {
 public:
  static constexpr std::size_t kTurns = 40;  // turns kept: an approval older than that is stale
  static constexpr std::size_t kTurnBytes = 4096;  // of one turn
  static constexpr std::size_t kRetrievals = 4;  // retrievals kept: a turn rarely needs more before it answers
  static constexpr std::size_t kDocuments = 20;  // of one retrieval: more than most prompts hold
  static constexpr std::size_t kDocumentBytes = 1024;  // of one document: what it is about stands at its beginning
  static constexpr std::size_t kAgents = 256;  // agents told apart; later ones share the last place
  static constexpr std::size_t kOpenCalls = 64;  // awaited results; parallel calls in one turn stay far below
  static constexpr std::size_t kNameBytes = RunTally::kNameBytes;  // of agents, ids and tools

  RunIndex();

  [[nodiscard]] std::uint32_t agent(std::string_view name);
  [[nodiscard]] const std::vector<std::string>& agents() const { return agents_; }

  void append(const Event& event);
  // Above so many bytes, the agent that was quiet longest loses its action history. No limit: only the bounds above.
  void limit_bytes(std::uint64_t most) { most_bytes_ = most; }

  [[nodiscard]] const RunCounts& counts() const { return counts_; }
  // Newest last. Includes the turn just appended.
  [[nodiscard]] const std::deque<KeptTurn>& turns() const { return turns_; }
  // Newest last. An assistant turn with text answers those of its agent that are still open.
  [[nodiscard]] const std::deque<KeptRetrieval>& retrievals() const { return retrievals_; }
  [[nodiscard]] const ActionHistory& actions(std::uint32_t agent) const;
  [[nodiscard]] const Spending& spending() const { return spending_; }
  void limit(const Budget& budget) { spending_.limit(budget); }  // what the run says about itself
  // The newest state of each agent, and the one before.
  [[nodiscard]] const StateMemory& states() const { return states_; }
  // The call that a result event belongs to was made by this tool, or empty (results often carry the id only).
  [[nodiscard]] std::string_view tool_of_call(std::string_view call_id) const;

  // Counts that need no text: repeats, errors, hand-offs, spawned agents, results in short.
  [[nodiscard]] const RunTally& tally() const { return tally_; }

  [[nodiscard]] std::uint64_t seen_bytes() const { return seen_bytes_; }  // texts of all events
  [[nodiscard]] std::uint64_t kept_bytes() const;  // what the index holds of them, and its action histories
  [[nodiscard]] std::uint32_t forgotten_agents() const { return forgotten_agents_; }

  // `trusted`: else the words of the user are left out, for consent would follow from them.
  void exchange(Archive& archive, bool trusted);

 private:
  void keep_turn(const Event& event);
  void keep_retrieval(const Event& event);
  void answer_retrievals(const Event& event);
  std::vector<std::string> agents_;
  std::deque<KeptTurn> turns_;
  std::deque<KeptRetrieval> retrievals_;
  std::vector<ActionHistory> actions_;
  StateMemory states_;
  Spending spending_;
  struct OpenCall {
    std::string id;
    std::string tool;
  };
  std::vector<OpenCall> open_calls_;  // a ring: the last calls with an id, their memory used again
  std::size_t opened_ = 0;  // calls with an id so far
  RunCounts counts_;
  RunTally tally_;
  void make_room(std::size_t busy);
  std::uint64_t most_bytes_ = ~0ull, seen_bytes_ = 0;
  std::uint64_t action_bytes_ = 0;  // of all histories
  std::uint32_t forgotten_agents_ = 0;
};

}  // namespace agentmend
