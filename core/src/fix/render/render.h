// Renderers: a draft to a patch of one framework's config. The table is keyed by fix type and has no entry for
// governance_escalation: there is nothing that it could write.
#pragma once

#include <string>
#include <vector>

#include "error.h"
#include "fix/draft.h"
#include "fix/target_view.h"
#include "json/patch.h"

namespace agentmend::fix {

struct Rendered {
  json::Patch patch;
  std::string path;  // the member that is changed
  bool already_in_place = false;  // the config holds an equal or stricter value
  bool structural = false;  // nodes or edges were added, moved or removed
};

// kPatchPathMissing: the target was not found, the draft stays text.
[[nodiscard]] Result<Rendered> render(const Draft& draft, const TargetView& target);

// The renderers behind it.
[[nodiscard]] Result<Rendered> render_generic(const Draft& draft, const TargetView& target);
[[nodiscard]] Result<Rendered> render_n8n(const Draft& draft, const TargetView& target);

}  // namespace agentmend::fix
