// Suggestions: what could be done about a finding, best first, each with its patch where a config was given.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fix/draft.h"
#include "fix/finding.h"
#include "fix/generator.h"
#include "fix/target_view.h"
#include "json/patch.h"
#include "json/writer.h"

namespace agentmend::fix {

constexpr std::size_t kMaxSuggestions = 5;

enum class SuggestionConfidence : std::uint8_t { kLow, kMedium, kHigh };

struct Suggestion {
  std::string id;  // <detection id>~<fix type>~<ordinal>: the same call gives the same id
  std::string detection_id;
  const Descriptor* detector = nullptr;
  Draft draft;
  SuggestionConfidence confidence = SuggestionConfidence::kLow;
  std::string title, description, rationale, expected_effect;
  std::optional<json::Patch> patch;  // nothing without a config, or when the target was not found
  std::string why_no_patch;  // the renderer's sentence, when it refused
  std::string path;  // of the member that is changed
  bool structural = false;
  std::optional<std::string> prompt_patch;
  int generator_version = 1;

  [[nodiscard]] Risk risk() const { return draft.type->risk; }
  [[nodiscard]] const FixType& type() const { return *draft.type; }
};

struct Suggestions {
  std::vector<Suggestion> items;
  std::string reason;  // why there are none: no_remediation_path, existing_guard_did_not_hold, nothing_to_suggest
  std::size_t dropped = 0;  // drafts that the checks refused: bugs of generators
};

[[nodiscard]] Suggestions suggest(const HealableFinding& finding, const TargetView& target);

void write_suggestion(json::Writer& writer, const Suggestion& suggestion);

}  // namespace agentmend::fix
