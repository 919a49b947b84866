// Text that reaches the model: templates of the catalogue with typed values only. Nothing from a trace gets in: no tool
// output, no arguments, no error text, no model or user text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fix/draft.h"
#include "fix/target_view.h"

namespace agentmend::fix {

// Text that may stand in a message to the model. There is no way to make one from a string_view except through the name
// filter.
class SafeText {
 public:
  [[nodiscard]] static SafeText number(std::int64_t value);
  // The name when the host declares it and it is short and plain ([A-Za-z0-9_.:/-]{1,64}); else "that tool".
  [[nodiscard]] static SafeText name(std::string_view name, const TargetView& target);
  // A word of a closed list: one of the choices of an enum parameter.
  [[nodiscard]] static std::optional<SafeText> choice(std::string_view word, const ParameterSpec& spec);
  [[nodiscard]] const std::string& str() const { return text_; }

 private:
  explicit SafeText(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// The in-loop text of a draft, at most 600 characters on one line; nothing when the type has none, or a slot of its
// template has no typed value. `firm` is the second, firmer wording, for a model that ignored the first.
[[nodiscard]] std::optional<std::string> system_message(const Draft& draft, const TargetView& target,
                                                        bool firm = false);

}  // namespace agentmend::fix
