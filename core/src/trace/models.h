// What models cost and hold: list prices and windows by family, versioned data. A price is for whoever gives none.
#pragma once

#include <cstdint>
#include <string_view>

namespace agentmend {

enum class ModelTier : std::uint8_t { kUnknown, kSmall, kStandard, kPremium };
[[nodiscard]] std::string_view name_of(ModelTier tier);

struct ModelFacts {
  std::string_view family;  // the beginning of the name, behind a provider's prefix
  ModelTier tier = ModelTier::kUnknown;
  std::uint32_t window = 0;  // tokens
  // Nano-USD a token (thousandths of a USD per million tokens); 0 = no common price, it depends on who serves it.
  std::uint32_t input = 0, output = 0, cached = 0;
};

inline constexpr std::string_view kModelTableVersion = "2026-03";

// The longest family that the name begins with, also behind "openai/", "us.anthropic." and the like; nullptr = unknown.
// O(table).
[[nodiscard]] const ModelFacts* find_model(std::string_view name);

// Micro-USD of a call; -1 when the model has no price. `input` includes `cached`.
[[nodiscard]] std::int64_t price_of(std::string_view model, std::int64_t input, std::int64_t output,
                                    std::int64_t cached);

// Tokens of a text where nobody counted: four bytes each, a common rule for English text and JSON.
[[nodiscard]] constexpr std::int64_t estimated_tokens(std::size_t bytes) {
  return static_cast<std::int64_t>((bytes + 3) / 4);
}

}  // namespace agentmend
