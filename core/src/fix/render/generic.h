// What the generic renderer and the linter both have to know: where a fix type writes, and which way is stricter.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fix/fix_type.h"

namespace agentmend::fix {

// Tokens of the one path that the type writes in a generic config; "{name}" stands for one token. Empty or beginning
// with "system_message": it writes none.
[[nodiscard]] std::vector<std::string> generic_path(const FixType& type);

// Which way is stricter, for numbers of SAFE fixes (healing rules 4.6). Others are written only where absent.
enum class Direction : std::uint8_t { kLower, kHigher, kFree };
[[nodiscard]] Direction direction_of(std::string_view parameter);

}  // namespace agentmend::fix
