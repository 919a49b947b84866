// Calls of the seam as JSON values, and findings to heal, for the tests of records and for the attacks.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "agentmend/engine.h"
#include "detector_cases.h"

namespace agentmend::test {

inline json ask_core(std::string_view operation, const std::string& header) {
  return json::parse(call(operation, header), nullptr, false);
}
inline json ask_core(std::string_view operation, const json& header) { return ask_core(operation, header.dump()); }

inline std::string error_of(const json& answer) {
  return answer.contains("error") && answer["error"].is_object() ? answer["error"].value("code", "") : std::string();
}

// The input of the detector's first made case that fires.
inline json firing_input(std::string_view detector) {
  for (const Case& item : read_cases(detector)) {
    if (item.line.contains("input") && item.line["expect"]["fires"] == true) return item.line["input"];
  }
  ADD_FAILURE() << "no case of " << detector << " fires";
  return nullptr;
}

constexpr std::int64_t kNow = 1'750'000'000'000;

// heal_open of the detector's finding with an empty generic config.
inline json open_header(std::string_view detector) {
  return {{"detector", detector},
          {"input", firing_input(detector)},
          {"config", json::object()},
          {"target", {{"kind", "config"}, {"id", "agent-7"}}},
          {"now_ms", kNow}};
}

}  // namespace agentmend::test
