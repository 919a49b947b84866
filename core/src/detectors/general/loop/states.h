// The detector's own input: a list of states, read into steps. A state is a rendering of a call, a result or a message
// in one of many dialects:
//   tool.call: name({...})   name({...})   name: {...}   {"tool": ..., "input": ...}   state_delta {tool, input,
//   result} tool.result: ...   error: ...   anything said by an agent named "tool" any sentence (its state_delta is
//   what came of it)
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "json/view.h"
#include "trace/result_facts.h"

namespace agentmend::detectors::loop {

// A member of a state_delta, judged once: deltas are compared often.
struct Member {
  std::uint64_t key = 0;  // hash
  KeyClass kind = KeyClass::kPlain;
  bool outcome = false;  // the key names what came of the step
  bool progress = false;  // the key counts work done
  json::View value;
};

struct Step {
  std::size_t state = 0;  // position of the action in `states`
  std::size_t agent = 0;
  bool call = false;  // of a tool; else a sentence
  bool waited = false;  // the agent waited before it
  bool failed_itself = false;  // the sentence or its state_delta tells of a failure
  std::uint32_t user_turn = 0;  // user messages before it
  std::uint64_t key = 0;
  std::uint64_t exact = 0;
  std::uint64_t wish = 0;  // the same act in other words: what state_delta says is done, and to what; 0 = not said
  std::uint64_t opening = 0;  // first word of the sentence
  std::uint64_t result = 0;  // hash of the observation as it is; 0 = none
  ResultFacts facts;  // of the observation
  std::vector<Member> delta;
  std::vector<Member> result_delta;
  std::string name;  // tool, or the sentence cut to kNameBytes
};
constexpr std::size_t kNameBytes = 200;

struct Steps {
  std::vector<Step> steps;
  std::vector<std::string> agents;
};

// O(bytes of the states).
[[nodiscard]] Steps read_steps(json::View states);

enum class Gain : std::uint8_t { kNew, kUnchanged, kFailed, kEmpty, kUnknown };
// What the later of two equal steps brought compared with the earlier one. O(members) when they come in the same order,
// else O(members^2); at most 64 members are looked at.
[[nodiscard]] Gain gain(const Step& later, const Step& earlier);

}  // namespace agentmend::detectors::loop
