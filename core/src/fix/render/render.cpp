#include "fix/render/render.h"

namespace agentmend::fix {

Result<Rendered> render(const Draft& draft, const TargetView& target) {
  if (!target.has_config()) return fail(ErrorCode::kPatchPathMissing, "", "No config was given.");
  if (draft.type->name == "governance_escalation") {
    return fail(ErrorCode::kGovernanceHasNoApply, "", "A governance finding changes nothing.");
  }
  if (target.framework == "n8n") return render_n8n(draft, target);
  return render_generic(draft, target);
}

}  // namespace agentmend::fix
