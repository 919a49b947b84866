// The patch linter: what a rendered patch must keep to before anything else looks at it (healing rules 4.2).
#pragma once

#include "error.h"
#include "fix/fix_type.h"
#include "json/patch.h"
#include "json/view.h"

namespace agentmend::fix {

constexpr std::size_t kMaxPatchOps = 64;
constexpr std::size_t kMaxPatchBytes = 65'536;

// `config`: the document that the patch was made for.
[[nodiscard]] Result<void> lint_patch(const json::Patch& patch, const FixType& type, std::string_view framework,
                                      json::View config);

}  // namespace agentmend::fix
