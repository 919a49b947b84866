// Points in time from text: ISO 8601 with any offset, and numbers whose unit follows from their size.
#pragma once

#include <cstdint>
#include <string_view>

namespace agentmend::text {

// Milliseconds since 1970 UTC of "2026-01-01T09:00:00.000Z" (date, optional time, fraction and offset; no offset =
// UTC); -1 when it is none or lies before 1970.
[[nodiscard]] std::int64_t iso_to_ms(std::string_view text);

// A number of seconds (< 1e11), milliseconds (< 1e14), microseconds (< 1e17) or nanoseconds, as milliseconds; -1 when
// negative.
[[nodiscard]] std::int64_t number_to_ms(double number);

}  // namespace agentmend::text
