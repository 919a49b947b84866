// The labelled cases of the detectors (tests/data/detectors/<name>.jsonl) and how one is asked, for the runners.
//
// One JSON object a line: {id, input | trace, expect, why, kind}. `trace` is a document of any known source (a text is
// taken as it stands), `context` an optional run-context, `source` an optional format hint.
// expect: {fires, min?, max?, pointer?, subtype?, severity?, status?}; min and max bound the confidence (0 when a trace
// has no finding), `pointer` is the path or source of one evidence item.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/registry.h"

namespace agentmend::test {

using nlohmann::json;

struct Case {
  std::string place;  // file:line, for messages
  json line;
};

[[nodiscard]] std::string case_file(std::string_view detector);
// Nothing when the file is missing; a line that is not JSON becomes a Case whose `line` is discarded.
[[nodiscard]] std::vector<Case> read_cases(std::string_view detector);

// The detection (schema detection/1) of a detector on its own input, or {"error":...}.
[[nodiscard]] json ask(std::string_view detector, const json& input, const json& context = nullptr);
// The finding of a detector in a whole trace; null when there is none; {"error":...} when it could not be read.
[[nodiscard]] json find(std::string_view detector, const Case& item);

}  // namespace agentmend::test
