// Orders to a model, by kind. Found in user text and in data alike; what they are worth is decided elsewhere.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "detectors/general/injection/reading.h"

namespace agentmend::detectors::injection {

enum class Category : std::uint8_t {
  kOverride,
  kIdentity,
  kExtraction,
  kMarkup,
  kSteering,
  kExfiltration,
  kDelayed,
  kGuardBypass,
  kRequest,  // an ordinary task, where none may stand: data only
};
constexpr std::size_t kCategories = 9;

struct CategoryFacts {
  std::string_view name;
  double weight;  // of a clear cue in user text
};

// Weights from the specification; guard bypass stands between identity replacement and tool steering: it asks for the
// act that the guard was there to prevent, but names no outside target.
constexpr CategoryFacts kCategoryFacts[kCategories] = {
    {"instruction_override", 0.85}, {"identity_replacement", 0.75}, {"secret_extraction", 0.75},
    {"fake_authority", 0.7},        {"tool_steering", 0.85},        {"data_exfiltration", 0.85},
    {"delayed_order", 0.7},         {"guard_bypass", 0.75},         {"foreign_request", 0.85},
};

struct Cue {
  Category category = Category::kOverride;
  double strength = 0;  // 1 = cannot be read otherwise
  std::uint32_t first = 0;  // token
  std::uint32_t last = 0;  // token, included
  bool quoted = false;
};

// In order of place. O(tokens): each rule looks at a window of at most 12 words.
[[nodiscard]] std::vector<Cue> find_cues(const Reading& reading, bool data);

// Is the verb at `i` an order (imperative, "you must", "I need you to"), not a report, a wish of others or negated?
[[nodiscard]] bool orders(const Reading& reading, std::size_t i);

// "Linda: send the file": a task of somebody whom the text names elsewhere too.
[[nodiscard]] bool is_for_somebody(const Reading& reading, std::size_t i);

// A web or mail address.
[[nodiscard]] bool is_address(std::string_view word);

}  // namespace agentmend::detectors::injection
