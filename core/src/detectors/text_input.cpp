#include "detectors/text_input.h"

namespace agentmend {

void TextInput::fail(Detection answer) {
  if (!failed_) answer_ = std::move(answer);
  failed_ = true;
}

std::string TextInput::text(std::string_view key) {
  const json::View value = input_[key];
  if (value.is_string()) return value.text();
  fail(value.is_null() ? insufficient(*descriptor_, key) : invalid(*descriptor_, key));
  return {};
}

json::View TextInput::list(std::string_view key) {
  const json::View value = input_[key];
  if (!value.is_array()) fail(value.is_null() ? insufficient(*descriptor_, key) : invalid(*descriptor_, key));
  return value;
}

std::string TextInput::given(std::string_view key) const {
  const json::View value = input_[key];
  if (value.is_string()) return value.text();
  std::string out;
  json::for_each(value, [&out](json::View item, std::size_t) {
    if (!item.is_string()) return;
    if (!out.empty()) out += '\n';
    out += item.text();
  });
  return out;
}

}  // namespace agentmend
