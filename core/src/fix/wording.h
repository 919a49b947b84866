// Title, description, rationale and expected effect of a suggestion: templates with computed values.
#pragma once

#include "detectors/detector.h"
#include "fix/target_view.h"

namespace agentmend::fix {

struct Suggestion;
void word(Suggestion& suggestion, const Detection& detection, const TargetView& target);

}  // namespace agentmend::fix
