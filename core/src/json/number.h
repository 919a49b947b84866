// Decimal text to double, correctly rounded and the same on every platform (from_chars for doubles is missing in two of
// our compilers, strtod follows the locale).
#pragma once

#include <string_view>

namespace agentmend::json {

// `text` must be a JSON number. Out of range gives +-infinity.
[[nodiscard]] double parse_double(std::string_view text);

}  // namespace agentmend::json
