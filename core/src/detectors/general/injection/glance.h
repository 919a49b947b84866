// The quick look before reading: is there a word in this text that an order to a model could be made of? Runs on every
// tool result of a session, so: one pass, no allocation, about a nanosecond per byte.
#pragma once

#include <cstddef>
#include <string_view>

#include "detectors/general/injection/judge.h"

namespace agentmend::detectors::injection {

constexpr std::size_t kNoCue = static_cast<std::size_t>(-1);

// The first place at or after `from` where a cue stands: a verb of an order (in data: at the start of a clause), a
// forged mark, a disguised letter, an encoded run. Words in leetspeak, spaced-out letters and bytes, and HTML entities
// are not seen here. O(n), no allocation.
[[nodiscard]] std::size_t find_cue(std::string_view text, std::size_t from, Origin origin);

// The text, or its start, its end and the windows around cues between, joined by line ends, in `storage`.
[[nodiscard]] std::string_view bounded(std::string_view text, Origin origin, std::string& storage);

}  // namespace agentmend::detectors::injection
