// Marks that pretend another speaker: role tags, "SYSTEM:", ends of prompts, forged tool results.
#pragma once

#include <vector>

#include "detectors/general/injection/cues.h"

namespace agentmend::detectors::injection {

void find_markup(const Reading& reading, bool data, std::vector<Cue>& cues);  // O(n)

}  // namespace agentmend::detectors::injection
