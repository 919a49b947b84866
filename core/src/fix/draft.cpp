#include "fix/draft.h"

#include "json/writer.h"

namespace agentmend::fix {

DraftBuilder::DraftBuilder(std::string_view fix_type, DraftTarget target) {
  draft_.type = find_fix_type(fix_type);
  draft_.target = std::move(target);
}

DraftBuilder& DraftBuilder::integer(std::string_view name, std::int64_t value, ParameterSource source,
                                    std::string pointer, std::string note) {
  for (const ParameterSpec& spec : draft_.type->parameters) {
    if (spec.name != name || spec.minimum > spec.maximum) continue;
    const auto low = static_cast<std::int64_t>(spec.minimum);
    const auto high = static_cast<std::int64_t>(spec.maximum);
    const std::int64_t clamped = value < low ? low : value > high ? high : value;
    if (clamped != value)
      note += (note.empty() ? "" : "; ") + std::string("clamped from ") + json::print_integer(value);
    value = clamped;
  }
  return this->json(name, json::print_integer(value), source, std::move(pointer), std::move(note));
}

DraftBuilder& DraftBuilder::json(std::string_view name, std::string value, ParameterSource source, std::string pointer,
                                 std::string note) {
  draft_.parameters.push_back({std::string(name), std::move(value), source, std::move(pointer), std::move(note)});
  if (source == ParameterSource::kEvidence && !draft_.parameters.back().pointer.empty())
    reference(draft_.parameters.back().pointer);
  return *this;
}

DraftBuilder& DraftBuilder::slot(std::string name, std::int64_t value) {
  draft_.slots.emplace_back(std::move(name), json::print_integer(value));
  return *this;
}

DraftBuilder& DraftBuilder::reference(std::string pointer) {
  for (const std::string& known : draft_.evidence_refs) {
    if (known == pointer) return *this;
  }
  draft_.evidence_refs.push_back(std::move(pointer));
  return *this;
}

Draft DraftBuilder::done() {
  for (const ParameterSpec& spec : draft_.type->parameters) {
    if (draft_.parameter(spec.name) == nullptr) {
      draft_.parameters.push_back(
          {std::string(spec.name), std::string(spec.fallback), ParameterSource::kDefault, {}, {}});
    }
  }
  if (draft_.evidence_refs.empty()) draft_.evidence_refs.emplace_back("/evidence/0");
  return std::move(draft_);
}

}  // namespace agentmend::fix
