// Whether a value fits a JSON Schema: the keywords that tools and answers are declared with. Others are ignored.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "json/view.h"

namespace agentmend::json {

struct Misfit {
  std::string path;  // pointer into the value
  std::string keyword;  // of the schema: type, required, enum, …
  std::string expected;  // what the schema asks for there
};

// The first misfit in order of the value; nothing when it fits. type, const, enum, required, properties,
// additionalProperties: false, items, minItems, maxItems, minimum, maximum, minLength, maxLength.
// O(members of value × members of schema); at most kMaxSteps values, 32 levels: what is beyond counts as fitting.
[[nodiscard]] std::optional<Misfit> misfit(View schema, View value);

}  // namespace agentmend::json
