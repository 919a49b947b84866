// What a generator makes of a finding: which fix, with which numbers, on what. A draft has no risk and no patch: the
// risk is the fix type's, the patch is the renderer's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fix/fix_type.h"

namespace agentmend::fix {

enum class ParameterSource : std::uint8_t { kEvidence, kConfig, kHistory, kDefault };

struct DraftParameter {
  std::string name;
  std::string value;  // JSON
  ParameterSource source = ParameterSource::kDefault;
  std::string pointer;  // into the detection ("/evidence/0/value") or the config
  std::string note;
};

enum class TargetKind : std::uint8_t { kConfig, kPrompt, kRunState, kNone };

struct DraftTarget {
  TargetKind kind = TargetKind::kNone;
  std::string path;  // the member that is changed; the renderer fills it in
  std::string node, tool, agent;
};

struct Draft {
  const FixType* type = nullptr;
  std::vector<DraftParameter> parameters;
  DraftTarget target;
  std::vector<std::string> evidence_refs;  // pointers into the detection that the parameters came from
  // Values of the in-loop text that are no parameters, such as {count}: computed numbers only.
  std::vector<std::pair<std::string, std::string>> slots;

  [[nodiscard]] const DraftParameter* parameter(std::string_view name) const {
    for (const DraftParameter& item : parameters) {
      if (item.name == name) return &item;
    }
    return nullptr;
  }
};

// Fills in what a generator derives. Numbers are clamped to the declared range, and the clamp is noted.
class DraftBuilder {
 public:
  DraftBuilder(std::string_view fix_type, DraftTarget target);
  DraftBuilder& integer(std::string_view name, std::int64_t value, ParameterSource source, std::string pointer,
                        std::string note = {});
  DraftBuilder& json(std::string_view name, std::string value, ParameterSource source, std::string pointer = {},
                     std::string note = {});
  DraftBuilder& slot(std::string name, std::int64_t value);
  DraftBuilder& reference(std::string pointer);
  // Adds the defaults of what was not set.
  [[nodiscard]] Draft done();

 private:
  Draft draft_;
};

}  // namespace agentmend::fix
