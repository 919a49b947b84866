#include "trace/models.h"

#include <algorithm>

#include "trace/key_words.h"

namespace agentmend {
namespace {

constexpr ModelTier kSmall = ModelTier::kSmall, kStandard = ModelTier::kStandard, kPremium = ModelTier::kPremium;

// Source: the providers' public price lists as collected in LiteLLM's model_prices_and_context_window.json (MIT), read
// in March 2026. Long-context and batch rates are left out: the base rate is what a budget is made with.
constexpr ModelFacts kModels[] = {
    {"claude-3-haiku", kSmall, 200'000, 250, 1'250, 30},
    {"claude-3-5-haiku", kSmall, 200'000, 800, 4'000, 80},
    {"claude-haiku-4", kSmall, 200'000, 1'000, 5'000, 100},
    {"claude-haiku", kSmall, 200'000, 1'000, 5'000, 100},
    {"claude-3-sonnet", kStandard, 200'000, 3'000, 15'000, 300},
    {"claude-3-5-sonnet", kStandard, 200'000, 3'000, 15'000, 300},
    {"claude-3-7-sonnet", kStandard, 200'000, 3'000, 15'000, 300},
    {"claude-sonnet", kStandard, 200'000, 3'000, 15'000, 300},
    {"claude-3-opus", kPremium, 200'000, 15'000, 75'000, 1'500},
    {"claude-opus-4-5", kPremium, 200'000, 5'000, 25'000, 500},
    {"claude-opus-4-6", kPremium, 1'000'000, 5'000, 25'000, 500},
    {"claude-opus", kPremium, 200'000, 15'000, 75'000, 1'500},
    {"gpt-3.5-turbo", kSmall, 16'385, 500, 1'500, 0},
    {"gpt-4o-mini", kSmall, 128'000, 150, 600, 75},
    {"gpt-4o", kStandard, 128'000, 2'500, 10'000, 1'250},
    {"gpt-4-turbo", kPremium, 128'000, 10'000, 30'000, 0},
    {"gpt-4.1-nano", kSmall, 1'047'576, 100, 400, 25},
    {"gpt-4.1-mini", kSmall, 1'047'576, 400, 1'600, 100},
    {"gpt-4.1", kStandard, 1'047'576, 2'000, 8'000, 500},
    {"gpt-4-32k", kPremium, 32'768, 60'000, 120'000, 0},
    {"gpt-4", kPremium, 8'192, 30'000, 60'000, 0},
    {"gpt-5-nano", kSmall, 400'000, 50, 400, 5},
    {"gpt-5-mini", kSmall, 400'000, 250, 2'000, 25},
    {"gpt-5-pro", kPremium, 400'000, 15'000, 120'000, 0},
    {"gpt-5", kPremium, 400'000, 1'250, 10'000, 125},
    {"o1-mini", kSmall, 128'000, 1'100, 4'400, 550},
    {"o1", kPremium, 200'000, 15'000, 60'000, 7'500},
    {"o3-mini", kSmall, 200'000, 1'100, 4'400, 550},
    {"o3", kPremium, 200'000, 2'000, 8'000, 500},
    {"o4-mini", kSmall, 200'000, 1'100, 4'400, 275},
    {"gemini-1.5-flash", kSmall, 1'048'576, 75, 300, 0},
    {"gemini-1.5-pro", kStandard, 2'097'152, 1'250, 5'000, 0},
    {"gemini-2.0-flash", kSmall, 1'048'576, 100, 400, 25},
    {"gemini-2.5-flash-lite", kSmall, 1'048'576, 100, 400, 10},
    {"gemini-2.5-flash", kSmall, 1'048'576, 300, 2'500, 30},
    {"gemini-2.5-pro", kPremium, 1'048'576, 1'250, 10'000, 125},
    {"mistral-large", kStandard, 128'000, 2'000, 6'000, 0},
    {"mistral-small", kSmall, 128'000, 100, 300, 0},
    {"deepseek-reasoner", kStandard, 128'000, 550, 2'190, 140},
    {"deepseek-chat", kStandard, 128'000, 270, 1'100, 70},
    {"llama-3", kStandard, 128'000, 0, 0, 0},
    {"qwen", kStandard, 128'000, 0, 0, 0},
};

bool begins(std::string_view name, std::string_view family) {
  if (name.size() < family.size()) return false;
  for (std::size_t i = 0; i < family.size(); ++i) {
    const char c = name[i] == '_' ? '-' : lower(name[i]);
    if (c != family[i]) return false;
  }
  return true;
}

}  // namespace

std::string_view name_of(ModelTier tier) {
  constexpr std::string_view kNames[] = {"unknown", "small", "standard", "premium"};
  return kNames[static_cast<std::size_t>(tier)];
}

const ModelFacts* find_model(std::string_view name) {
  constexpr std::size_t kLongest = 200;
  name = name.substr(0, kLongest);
  const ModelFacts* best = nullptr;
  for (std::size_t at = 0; at < name.size(); ++at) {
    if (at > 0 && name[at - 1] != '/' && name[at - 1] != '.' && name[at - 1] != ':') continue;
    for (const ModelFacts& model : kModels) {
      const bool longer = best == nullptr || model.family.size() > best->family.size();
      if (longer && begins(name.substr(at), model.family)) best = &model;
    }
  }
  return best;
}

std::int64_t price_of(std::string_view model, std::int64_t input, std::int64_t output, std::int64_t cached) {
  const ModelFacts* facts = find_model(model);
  if (facts == nullptr || facts->input == 0) return -1;
  constexpr std::int64_t kMost = 1'000'000'000'000;  // tokens of a call: beyond any window, and no overflow below
  input = std::clamp<std::int64_t>(input, 0, kMost);
  output = std::clamp<std::int64_t>(output, 0, kMost);
  cached = facts->cached == 0 ? 0 : std::clamp<std::int64_t>(cached, 0, input);
  return ((input - cached) * facts->input + cached * facts->cached + output * facts->output) / 1000;
}

}  // namespace agentmend
