// Our reader against nlohmann_json: both accept, and then agree on every value, or both refuse.
// Known differences: nlohmann takes a NUL byte for the end of the text (we refuse it), has no depth limit, refuses
// numbers out of double's range and lone surrogates (we keep the first as infinity and replace the second).
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "json/view.h"

namespace {

using agentmend::json::Index;
using agentmend::json::View;
using Json = nlohmann::ordered_json;

[[noreturn]] void differ() { std::abort(); }

// Lone surrogates: we replace them, nlohmann refuses the document; compared only when both accept.
void compare(View ours, const Json& theirs) {
  if (theirs.is_object()) {
    if (!ours.is_object()) differ();
    for (const auto& [key, value] : theirs.items()) compare(ours[key], value);
  } else if (theirs.is_array()) {
    if (!ours.is_array() || ours.size() != theirs.size()) differ();
    std::size_t i = 0;
    for (View item = ours.first(); item; item = item.next_in(ours)) compare(item, theirs[i++]);
  } else if (theirs.is_string()) {
    if (!ours.is_string() || ours.text() != theirs.get_ref<const std::string&>()) differ();
  } else if (theirs.is_number()) {
    if (!ours.is_number() || ours.number() != theirs.get<double>()) differ();
  } else if (theirs.is_boolean()) {
    if (!ours.is_bool() || ours.boolean(false) != theirs.get<bool>()) differ();
  } else if (!ours.is_null()) {
    differ();
  }
}

// What nlohmann refuses and we accept on purpose.
bool wanted_difference(const Index& index) {
  if (index.text().find("\\u") != std::string_view::npos) return true;  // perhaps a lone surrogate
  for (std::uint32_t i = 0; i < index.entries().size(); ++i) {
    const auto number = View(index, i).number();
    if (number && (*number - *number) != 0) return true;  // out of double's range
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (text.find('\0') != std::string::npos) return 0;
  Index index;
  const bool accepted = index.read(text).has_value();
  const Json theirs = Json::parse(text, nullptr, false);
  if (theirs.is_discarded()) {
    if (accepted && !wanted_difference(index)) differ();
    return 0;
  }
  if (!accepted) {
    if (index.read(text).error().code == agentmend::ErrorCode::kLimitDepth) return 0;
    differ();
  }
  compare(View::root(index), theirs);
  return 0;
}
