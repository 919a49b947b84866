// What the cues of one text are worth together: suppressors, decoding, the two regimes (user text, data).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/general/injection/cues.h"
#include "detectors/general/injection/requests.h"

namespace agentmend::detectors::injection {

enum class Origin : std::uint8_t { kUser, kTool, kRetrieved };

struct Part {  // a cue category as it counts
  Category category = Category::kOverride;
  double strength = 0;  // after suppressors
  double weight = 0;
  std::string text;
  std::string decoded;  // where decoding or unfolding was needed: what the payload says in clear
  std::string_view coding;
};

struct Finding {
  std::vector<Part> parts;  // strongest first; at most one per category
  double disguise = 0;  // weight of "obfuscation" (0 or 0.2)
  double frame = 0;  // what the suppressors took away, for signals
  double limit = 1.0;
};

// O(n) for a text of up to kHeadBytes + kTailBytes + kWindows windows.
[[nodiscard]] Finding judge(std::string_view text, Origin origin);

// Longer texts are looked at in part: their start, their end, and windows around cue words between.
constexpr std::size_t kHeadBytes = 20 * 1024;
constexpr std::size_t kTailBytes = 20 * 1024;
constexpr std::size_t kWindowBytes = 1024;
constexpr std::size_t kWindows = 16;

}  // namespace agentmend::detectors::injection
