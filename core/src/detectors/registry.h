// The only list of detectors.
#pragma once

#include <span>
#include <string_view>

#include "detectors/detector.h"

namespace agentmend {

[[nodiscard]] std::span<const Entry* const> all_detectors();  // in catalogue order
[[nodiscard]] const Entry* find_detector(std::string_view name);  // by equality; nullptr = unknown

}  // namespace agentmend
