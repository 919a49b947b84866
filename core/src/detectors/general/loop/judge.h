// How much of a loop a repetition is: the scoring of the loop detector, shared by its two inputs (a live run and a list
// of states).
#pragma once

#include <string>
#include <string_view>

#include "detectors/detector.h"
#include "trace/action_history.h"

namespace agentmend::detectors::loop {

// Signals by the names of the specification, and what speaks against.
struct Judgement {
  double exact = 0;  // s1: longest run of equal actions
  double cycle = 0;  // s2: repeats of a short cycle
  double near = 0;  // s3: equal but for volatile parts
  double no_gain = 0;  // s4: share of repeats known to have brought nothing new
  double waiting = 0;  // suppressor: polling something that is under way
  double stepping = 0;  // suppressor: clicking or scrolling through, answered with bare acknowledgements
  double recovered = 0;  // suppressor: the retry succeeded in the end
  double limit = 1;  // cap: too short to be more than an honest retry, or the host says that this tool polls
  std::string_view subtype = "exact";

  [[nodiscard]] double confidence() const;
  void tell(Verdict& verdict) const;
};

struct Circumstances {
  std::string_view tool;  // empty for a sentence
  bool polls = false;  // the host says so
  bool interleaved = false;  // other agents acted in between: what is not known to be unchanged may be news
  bool reworded = false;  // the same act in other words: a reading of ours, so it takes one repeat more
  bool recovered = false;  // the next equal action brought something new
};

[[nodiscard]] Judgement judge(const Repeats& repeats, const Circumstances& about);

// The repeated action changes the world: the same again may send, spend or delete again. What the host says counts.
[[nodiscard]] bool changes_world(std::string_view tool, const RunContext* context);

}  // namespace agentmend::detectors::loop
