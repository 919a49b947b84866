#include "fix/suggestion.h"

#include <algorithm>

#include "fix/lint.h"
#include "fix/render/render.h"
#include "fix/render/system_message.h"
#include "fix/wording.h"
#include "order.h"
#include "text/math.h"

namespace agentmend::fix {
namespace {

// A confident finding, a located target and no required parameter from a default: high. The bounds are those of healing
// rules 2.5.
constexpr double kSure = 0.8;
constexpr double kBarely = 0.1;  // above the threshold

bool value_fits(const ParameterSpec& spec, json::View value) {
  if (value.is_null()) return spec.nullable || spec.fallback == "null";
  switch (spec.kind) {
    case ParameterKind::kInteger: {
      const auto number = value.integer();
      return number && (spec.minimum > spec.maximum ||
                        (static_cast<double>(*number) >= spec.minimum && static_cast<double>(*number) <= spec.maximum));
    }
    case ParameterKind::kNumber: {
      const auto number = value.number();
      return number && (spec.minimum > spec.maximum || (*number >= spec.minimum && *number <= spec.maximum));
    }
    case ParameterKind::kString: return value.is_string();
    case ParameterKind::kBoolean: return value.is_bool();
    case ParameterKind::kEnum:
      return value.is_string() &&
             ("|" + std::string(spec.choices) + "|").find("|" + value.text() + "|") != std::string::npos;
    case ParameterKind::kArray: return value.is_array();
    case ParameterKind::kObject: return value.is_object();
  }
  return false;
}

// Only declared parameters, each in its range: anything else is a bug of the generator, and the draft is dropped.
bool parameters_fit(const Draft& draft) {
  for (const DraftParameter& parameter : draft.parameters) {
    const auto spec = std::find_if(draft.type->parameters.begin(), draft.type->parameters.end(),
                                   [&](const ParameterSpec& s) { return s.name == parameter.name; });
    json::Index index;
    if (spec == draft.type->parameters.end() || !index.read(parameter.value) ||
        !value_fits(*spec, json::View::root(index)))
      return false;
  }
  return true;
}

SuggestionConfidence confidence_of(const Detection& detection, const Draft& draft, bool located) {
  const bool measured = std::any_of(draft.parameters.begin(), draft.parameters.end(), [](const DraftParameter& p) {
    return p.source == ParameterSource::kEvidence || p.source == ParameterSource::kConfig;
  });
  if (!located || detection.confidence < detection.descriptor->threshold + kBarely) return SuggestionConfidence::kLow;
  return detection.confidence >= kSure && measured ? SuggestionConfidence::kHigh : SuggestionConfidence::kMedium;
}

bool is_report_only(std::string_view fix_type) {
  return fix_type == "cost_monitor" || fix_type == "progress_monitoring";
}

std::size_t order_in(const Descriptor& descriptor, std::string_view fix_type) {
  std::size_t i = 0;
  for (const std::string_view name : descriptor.fixes) {
    if (name == fix_type) return i;
    ++i;
  }
  return i;
}

// Risk first, because the bucket is defined by the lowest-risk fix; then curing before reporting; then what has a
// patch.
bool before(const Suggestion& a, const Suggestion& b) {
  if (a.risk() != b.risk()) return a.risk() < b.risk();
  if (is_report_only(a.type().name) != is_report_only(b.type().name)) return is_report_only(b.type().name);
  if (a.patch.has_value() != b.patch.has_value()) return a.patch.has_value();
  if (a.confidence != b.confidence) return a.confidence > b.confidence;
  return order_in(*a.detector, a.type().name) < order_in(*b.detector, b.type().name);
}

}  // namespace

Suggestions suggest(const HealableFinding& finding, const TargetView& target) {
  Suggestions out;
  const Detection& detection = finding.detection();
  const Descriptor& descriptor = finding.descriptor();
  const Generator* generator = find_generator(descriptor.name);
  std::vector<Draft> drafts;
  if (generator != nullptr) generator->generate(detection, target, drafts);
  std::size_t in_place = 0;
  for (Draft& draft : drafts) {
    const bool allowed = draft.type != nullptr && order_in(descriptor, draft.type->name) < descriptor.fixes.size();
    if (!allowed || !parameters_fit(draft)) {
      ++out.dropped;
      continue;
    }
    Suggestion item;
    item.detection_id = finding.id();
    item.detector = &descriptor;
    item.generator_version = generator->version;
    if (auto rendered = render(draft, target); rendered) {
      if (rendered->already_in_place) {
        ++in_place;
        continue;
      }
      if (!lint_patch(rendered->patch, *draft.type, target.framework, target.config)) {
        ++out.dropped;
        continue;
      }
      item.path = rendered->path;
      item.structural = rendered->structural;
      item.patch = std::move(rendered->patch);
      draft.target.kind = TargetKind::kConfig;
      draft.target.path = item.path;
    } else {
      item.why_no_patch = rendered.error().message;
      if (draft.target.kind == TargetKind::kConfig) draft.target.kind = TargetKind::kNone;
    }
    item.confidence = confidence_of(detection, draft, item.patch.has_value() || !target.has_config());
    item.prompt_patch = system_message(draft, target);
    item.draft = std::move(draft);
    word(item, detection, target);
    out.items.push_back(std::move(item));
  }
  sort_stable(out.items, before);
  if (out.items.size() > kMaxSuggestions) out.items.resize(kMaxSuggestions);
  for (std::size_t i = 0; i < out.items.size(); ++i) {
    Suggestion& item = out.items[i];
    item.id =
        finding.id() + "~" + std::string(item.type().name) + "~" + json::print_integer(static_cast<std::int64_t>(i));
  }
  if (out.items.empty()) out.reason = in_place != 0 ? "existing_guard_did_not_hold" : "nothing_to_suggest";
  return out;
}

namespace {

constexpr std::string_view kSources[] = {"evidence", "config", "history", "default"};
constexpr std::string_view kKinds[] = {"config", "prompt", "run_state", "none"};
constexpr std::string_view kLevels[] = {"low", "medium", "high"};

void write_parameters(json::Writer& writer, const Draft& draft) {
  writer.key("parameters").begin_object();
  for (const DraftParameter& parameter : draft.parameters) writer.member_raw(parameter.name, parameter.value);
  writer.end_object().key("parameter_sources").begin_object();
  for (const DraftParameter& parameter : draft.parameters) {
    writer.key(parameter.name).begin_object().member("source", kSources[static_cast<std::size_t>(parameter.source)]);
    if (!parameter.pointer.empty()) writer.member("pointer", parameter.pointer);
    if (!parameter.note.empty()) writer.member("note", json::cut_utf8(parameter.note, 200));
    writer.end_object();
  }
  writer.end_object();
}

bool is_framework_family(Family family) {
  return family == Family::kN8n || family == Family::kDify || family == Family::kOpenclaw ||
         family == Family::kLanggraph;
}

}  // namespace

void write_suggestion(json::Writer& writer, const Suggestion& suggestion) {
  const Draft& draft = suggestion.draft;
  writer.begin_object()
      .member("schema", "agentmend.fix-suggestion/1")
      .member("id", suggestion.id)
      .member("detection_id", suggestion.detection_id)
      .member("detector", suggestion.detector->name)
      .member("fix_type", draft.type->name)
      .member("risk", name_of(suggestion.risk()))
      .member("confidence", kLevels[static_cast<std::size_t>(suggestion.confidence)])
      .member("title", suggestion.title)
      .member("description", suggestion.description)
      .member("rationale", suggestion.rationale)
      .member("recommendation_source", "template");
  writer.key("applicable_frameworks").begin_array();
  if (is_framework_family(suggestion.detector->family)) writer.string(name_of(suggestion.detector->family));
  writer.end_array();
  write_parameters(writer, draft);
  writer.key("target").begin_object().member("kind", kKinds[static_cast<std::size_t>(draft.target.kind)]);
  if (!draft.target.path.empty()) writer.member("path", draft.target.path);
  writer.member_or_null("node", json::cut_utf8(draft.target.node, 200))
      .member_or_null("tool", json::cut_utf8(draft.target.tool, 200));
  writer.member_or_null("agent", json::cut_utf8(draft.target.agent, 200)).end_object();
  writer.key("patch");
  if (suggestion.patch) {
    writer.raw(json::write_patch(*suggestion.patch));
  } else {
    writer.null();
  }
  writer.member_or_null("prompt_patch", suggestion.prompt_patch.value_or(std::string()));
  writer.key("code_changes").begin_array().end_array();
  writer.member("expected_effect", suggestion.expected_effect)
      .member("reversible", draft.target.kind != TargetKind::kNone)
      .member("breaking_change", draft.type->name == "state_validation" || draft.type->name == "schema_enforcement")
      .key("historical_efficacy")
      .null();
  writer.key("evidence_refs").begin_array();
  for (const std::string& pointer : draft.evidence_refs) writer.string(pointer);
  writer.end_array()
      .member("generator",
              std::string(suggestion.detector->name) + "@" + json::print_integer(suggestion.generator_version))
      .end_object();
}

}  // namespace agentmend::fix
