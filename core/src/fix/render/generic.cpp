// Framework-neutral config: limits, guards, monitors. The path of each fix type is the one that the catalogue writes
// ("limits.retry[scope]={max_retries,on_exhausted}"), read here, so that catalogue and renderer can't drift apart.
#include <algorithm>

#include "fix/render/generic.h"
#include "fix/render/render.h"
#include "json/writer.h"

namespace agentmend::fix {
namespace {

struct Template {
  std::vector<std::string> tokens;  // of the pointer; "{name}" stands for a parameter
  std::vector<std::string> members;  // of the value; empty = all parameters that are not in the path
  std::string single;  // the value is this parameter alone
};

// Types whose value is one number at the path.
struct Single {
  std::string_view fix_type;
  std::string_view parameter;
};
constexpr Single kSingles[] = {{"execution_timeout", "timeout_seconds"},
                               {"timeout_adjustment", "timeout_ms"},
                               {"exploration_temperature", "temperature"}};

Template read_template(const FixType& type) {
  Template out;
  const std::string_view text = type.rendered_generic;
  const std::string_view path = text.substr(0, text.find('='));
  std::string token;
  const auto flush = [&] {
    if (!token.empty()) out.tokens.push_back(std::move(token));
    token.clear();
  };
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '.') {
      flush();
    } else if (path[i] == '[') {
      flush();
      const std::size_t end = std::min(path.find(']', i), path.size());
      out.tokens.push_back("{" + std::string(path.substr(i + 1, end - i - 1)) + "}");
      i = end;
    } else {
      token.push_back(path[i]);
    }
  }
  flush();
  const std::size_t open = text.find("={");
  if (open != std::string_view::npos && text.find("...") == std::string_view::npos) {
    std::string name;
    for (const char c : text.substr(open + 2)) {
      if (c == ',' || c == '}') {
        out.members.push_back(std::move(name));
        name.clear();
        if (c == '}') break;
      } else {
        name.push_back(c);
      }
    }
  }
  for (const Single& single : kSingles) {
    if (single.fix_type == type.name) out.single = std::string(single.parameter);
  }
  return out;
}

// The stricter of what is there and what the draft says.
std::string tightened(std::string_view name, json::View existing, const std::string& wanted) {
  if (existing.is_null()) return wanted;
  const Direction direction = direction_of(name);
  json::Index index;
  const auto old_number = existing.number();
  if (!old_number || direction == Direction::kFree || !index.read(wanted)) return std::string(existing.raw());
  const auto new_number = json::View::root(index).number();
  if (!new_number) return std::string(existing.raw());
  const bool stricter = direction == Direction::kLower ? *new_number < *old_number : *new_number > *old_number;
  return stricter ? wanted : std::string(existing.raw());
}

std::string value_of(const Draft& draft, const Template& shape, json::View existing, bool safe) {
  const auto member = [&](const DraftParameter& parameter, json::View old) {
    return safe ? tightened(parameter.name, old, parameter.value) : parameter.value;
  };
  if (!shape.single.empty()) {
    // timeout_adjustment is the one SAFE fix that may raise a bound: at most twice the previous one, which its
    // generator keeps to.
    const DraftParameter* only = draft.parameter(shape.single);
    return draft.type->name == "timeout_adjustment" ? only->value : member(*only, existing);
  }
  json::Writer writer;
  writer.begin_object();
  for (const DraftParameter& parameter : draft.parameters) {
    const bool in_path =
        std::find(shape.tokens.begin(), shape.tokens.end(), "{" + parameter.name + "}") != shape.tokens.end();
    const bool listed = shape.members.empty() ||
                        std::find(shape.members.begin(), shape.members.end(), parameter.name) != shape.members.end();
    if (in_path || !listed) continue;
    if (parameter.value == "null" && existing[parameter.name].is_null()) continue;  // a limit that is not set
    writer.member_raw(parameter.name, member(parameter, existing[parameter.name]));
  }
  json::for_each_member(existing, [&](std::string_view key, json::View value) {  // what others have set there stays
    if (draft.parameter(key) == nullptr) writer.member_raw(key, value.raw());
  });
  return writer.end_object().take();
}

}  // namespace

std::vector<std::string> generic_path(const FixType& type) { return read_template(type).tokens; }

Direction direction_of(std::string_view parameter) {
  constexpr std::string_view kLower[] = {
      "max_retries",         "failure_threshold", "timeout_seconds",      "wait_timeout_seconds",
      "max_identical_steps", "max_cost_usd",      "max_tokens",           "max_llm_calls",
      "max_tool_calls",      "max_handoffs",      "max_returns_per_pair", "max_concurrent",
      "max_skips",           "stall_limit",       "max_regression",       "execution_timeout_seconds"};
  if (std::find(std::begin(kLower), std::end(kLower), parameter) != std::end(kLower)) return Direction::kLower;
  if (parameter == "cooldown_seconds" || parameter == "window") return Direction::kHigher;
  return Direction::kFree;
}

Result<Rendered> render_generic(const Draft& draft, const TargetView& target) {
  const Template shape = read_template(*draft.type);
  if (shape.tokens.empty() || shape.tokens.front() == "system_message") {
    return fail(ErrorCode::kPatchPathMissing, "", "A change of the prompt is text for a person, not a patch.");
  }
  if (!target.config.is_object()) return fail(ErrorCode::kSchemaType, "", "The config must be an object.");
  Rendered out;
  json::View here = target.config;
  for (std::size_t i = 0; i < shape.tokens.size(); ++i) {
    std::string token = shape.tokens[i];
    if (token.front() == '{') {
      const DraftParameter* parameter = draft.parameter(std::string_view(token).substr(1, token.size() - 2));
      json::Index index;
      if (parameter == nullptr || !index.read(parameter->value))
        return fail(ErrorCode::kPatchPathMissing, "", "The fix names no scope.");
      token = json::View::root(index).text();
      if (token.empty()) return fail(ErrorCode::kPatchPathMissing, "", "The fix names no scope.");
    }
    out.path += "/" + json::escape_token(token);
    here = here[token];
    const bool last = i + 1 == shape.tokens.size();
    if (!last && !here.is_object()) {
      if (here) return fail(ErrorCode::kSchemaType, out.path, "The config holds something else here than an object.");
      // Missing ancestors become empty objects, each an operation of its own.
      out.patch.push_back({json::PatchOpKind::kAdd, out.path, "{}", {}});
    }
  }
  const std::string value = value_of(draft, shape, here, draft.type->risk == Risk::kSafe);
  if (here && json::equal_documents(here.raw(), value)) {
    out.already_in_place = true;
    out.patch.clear();
    return out;
  }
  if (here) {
    out.patch.push_back({json::PatchOpKind::kTest, out.path, std::string(here.raw()), {}});
    out.patch.push_back({json::PatchOpKind::kReplace, out.path, value, {}});
  } else {
    out.patch.push_back({json::PatchOpKind::kAdd, out.path, value, {}});
  }
  return out;
}

}  // namespace agentmend::fix
