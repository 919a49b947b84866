#include "fix/render/system_message.h"

#include "json/writer.h"

namespace agentmend::fix {
namespace {

constexpr std::size_t kMaxText = 600;

bool is_plain_name(std::string_view name) {
  if (name.empty() || name.size() > 64) return false;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && c != '_' && c != '.' && c != ':' && c != '/' && c != '-') return false;
  }
  return true;
}

// Parameters that name a tool, node, agent or resource.
bool is_name_parameter(std::string_view parameter) {
  return parameter == "scope" || parameter == "target" || parameter == "resource" || parameter == "role";
}

std::optional<SafeText> slot_value(const Draft& draft, const TargetView& target, std::string_view slot) {
  for (const auto& [name, value] : draft.slots) {
    json::Index index;
    if (name != slot || !index.read(value)) continue;
    if (const auto number = json::View::root(index).integer()) return SafeText::number(*number);
  }
  const DraftParameter* parameter = draft.parameter(slot);
  json::Index index;
  if (parameter == nullptr || !index.read(parameter->value)) return std::nullopt;
  const json::View value = json::View::root(index);
  if (const auto number = value.integer()) return SafeText::number(*number);
  if (value.is_string() && is_name_parameter(slot)) return SafeText::name(value.text(), target);
  if (value.is_string()) {
    for (const ParameterSpec& spec : draft.type->parameters) {
      if (spec.name == slot && spec.kind == ParameterKind::kEnum) return SafeText::choice(value.text(), spec);
    }
  }
  return std::nullopt;  // free text and lists never reach the model
}

}  // namespace

SafeText SafeText::number(std::int64_t value) { return SafeText(json::print_integer(value)); }

SafeText SafeText::name(std::string_view name, const TargetView& target) {
  return SafeText(is_plain_name(name) && target.declares(name) ? std::string(name) : std::string("that tool"));
}

std::optional<SafeText> SafeText::choice(std::string_view word, const ParameterSpec& spec) {
  std::string_view left = spec.choices;
  while (!left.empty()) {
    const std::size_t end = std::min(left.find('|'), left.size());
    if (left.substr(0, end) == word) return SafeText(std::string(word));
    left.remove_prefix(end == left.size() ? end : end + 1);
  }
  return std::nullopt;
}

std::optional<std::string> system_message(const Draft& draft, const TargetView& target, bool firm) {
  const std::string_view text = draft.type->system_message;
  // Only SAFE types speak to the model: no MEDIUM type has a text, and DANGEROUS ones wait for a person.
  if (text.empty() || draft.type->risk != Risk::kSafe) return std::nullopt;
  std::string out = firm ? "This is the second notice. " : "";
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '{') {
      out.push_back(text[i]);
      continue;
    }
    const std::size_t end = text.find('}', i);
    if (end == std::string_view::npos) return std::nullopt;
    const auto value = slot_value(draft, target, text.substr(i + 1, end - i - 1));
    if (!value) return std::nullopt;
    out += value->str();
    i = end;
  }
  if (firm) out += " If you do it once more, the run ends.";
  if (out.size() > kMaxText) return std::nullopt;
  return out;
}

}  // namespace agentmend::fix
