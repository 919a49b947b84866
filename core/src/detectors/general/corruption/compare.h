// What went wrong between two states, and inside one. Each finding has a rule, a place and the two values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/view.h"

namespace agentmend::detectors::corruption {

struct Damage {
  std::string_view rule;
  double weight = 0;
  bool loss = false;  // something was there before: an event or a step forward may explain it
  bool critical = false;  // money, identity or rights
  std::string path;  // "/current_state/…", or "/prev_state/…" when it is gone
  std::string key;
  json::View before, after;
};

// What else happened in the same step.
struct Progress {
  std::uint32_t changed = 0;  // leaves with another value
  std::uint32_t added = 0;  // members that are new
  bool counts = false;  // the state has a counter of steps, turns, versions
  bool stepped = false;  // and it moved on
  bool ahead = false;  // a status moved on, or something was assigned
};

struct Comparison {
  std::vector<Damage> damages;
  Progress progress;
  bool cut = false;  // more than was looked at
};

// Walks both states. At most kMaxLeaves values and kMaxDepth levels are looked at; members of one object are matched in
// O(members of a * members of b), at most kMaxMembers each.
constexpr std::size_t kMaxLeaves = 5'000;
constexpr std::size_t kMaxMembers = 300;
constexpr int kMaxDepth = 24;
[[nodiscard]] Comparison compare(json::View before, json::View after);

// What is wrong inside one state; `path` is where it stands.
void inspect(json::View state, const std::string& path, int depth, std::size_t& left, std::vector<Damage>& found);

// What a declared schema (type, required, enum, minimum, maximum, properties) does not allow.
void check_schema(json::View schema, json::View state, const std::string& path, int depth, std::vector<Damage>& found);

}  // namespace agentmend::detectors::corruption
