// Generators: a finding to drafts, one file per detector in generators/, one line in generators/all.cpp.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "fix/draft.h"
#include "fix/target_view.h"

namespace agentmend::fix {

// Reads the detection's evidence and the target; pure. Order does not matter: suggestions are sorted later.
using Generate = void (*)(const Detection& detection, const TargetView& target, std::vector<Draft>& drafts);

struct Generator {
  std::string_view detector;
  Generate generate;
  int version = 1;  // raised when its drafts change: the key of the efficacy table
};

[[nodiscard]] const Generator* find_generator(std::string_view detector);
[[nodiscard]] std::span<const Generator> all_generators();

// For generators: the first evidence item of a kind, and its place in the list.
struct Found {
  const Evidence* item = nullptr;
  std::size_t position = 0;
  [[nodiscard]] explicit operator bool() const { return item != nullptr; }
  [[nodiscard]] std::string pointer(std::string_view member) const;  // "/evidence/2/value"
};
[[nodiscard]] Found find_evidence(const Detection& detection, std::string_view kind);
[[nodiscard]] std::int64_t integer_of(std::string_view json, std::int64_t otherwise);
[[nodiscard]] std::string string_of(std::string_view json);  // decoded, empty unless a JSON string

}  // namespace agentmend::fix
