// The "flatted" form in which n8n stores run data: a JSON array whose elements refer to each other by index, every
// string inside an object or array being such an index. Element 0 is the root.
#pragma once

#include <cstdint>
#include <string>

#include "error.h"
#include "json/limits.h"
#include "json/view.h"

namespace agentmend::json {

struct Unflattened {
  std::string text;  // ordinary JSON
  std::uint32_t cycles = 0;  // references back to an enclosing value: cut, null in the text
};

// Shared values are written out at each place, so the text may be longer than the input: beyond limits.max_bytes or
// limits.max_depth it fails. An index that is out of range or no number fails with flatted_index. O(text written).
[[nodiscard]] Result<Unflattened> unflatten(View array, const Limits& limits = {});

// An array of at least two elements whose first is an object with index strings only for its text values.
[[nodiscard]] bool looks_flatted(View value);

}  // namespace agentmend::json
