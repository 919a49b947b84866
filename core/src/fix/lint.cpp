#include "fix/lint.h"

#include <algorithm>
#include <cmath>

#include "fix/render/generic.h"
#include "json/writer.h"

namespace agentmend::fix {
namespace {

constexpr std::size_t kMaxTokens = 16;
constexpr std::size_t kMaxTokenBytes = 256;
constexpr std::uint32_t kMaxValueDepth = 16;
constexpr std::size_t kMaxStringBytes = 4096;

std::string place(std::size_t i) { return "/" + json::print_integer(static_cast<std::int64_t>(i)); }

std::vector<std::string> tokens_of(std::string_view pointer) {
  std::vector<std::string> tokens;
  std::string token;
  for (std::size_t i = 1; i <= pointer.size(); ++i) {
    if (i == pointer.size() || pointer[i] == '/') {
      tokens.push_back(std::move(token));
      token.clear();
    } else if (pointer[i] == '~' && i + 1 < pointer.size()) {
      token.push_back(pointer[++i] == '1' ? '/' : '~');
    } else {
      token.push_back(pointer[i]);
    }
  }
  return tokens;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

// Percent signs decoded, so that a host that decodes paths sees what was checked.
std::string percent_decoded(std::string_view token) {
  std::string out;
  const auto hex = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
  };
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '%' && i + 2 < token.size() && hex(token[i + 1]) >= 0 && hex(token[i + 2]) >= 0) {
      out.push_back(static_cast<char>(static_cast<unsigned char>(hex(token[i + 1]) * 16 + hex(token[i + 2]))));
      i += 2;
    } else {
      out.push_back(token[i]);
    }
  }
  return out;
}

bool is_prototype_token(std::string_view token) {
  const std::string plain = percent_decoded(token);
  return plain == "__proto__" || plain == "prototype" || plain == "constructor";
}

bool is_secret_token(std::string_view token) {
  const std::string plain = lowered(token);
  for (const std::string_view word : {"credential", "apikey", "api_key", "secret", "password", "authorization"}) {
    if (plain.find(word) != std::string::npos) return true;
  }
  return plain == "token" || plain.ends_with("_token") || plain.ends_with("accesstoken");
}

Result<void> check_tokens(const std::vector<std::string>& tokens, const std::string& at) {
  if (tokens.empty() || tokens.size() > kMaxTokens)
    return fail(ErrorCode::kPatchBadToken, at, "A path has 1 to 16 tokens.");
  for (const std::string& token : tokens) {
    if (token.empty() || token.size() > kMaxTokenBytes || is_prototype_token(token)) {
      return fail(ErrorCode::kPatchBadToken, at,
                  "A path token is empty, too long, or a name that JavaScript reserves.");
    }
    if (is_secret_token(token)) return fail(ErrorCode::kPatchTouchesSecret, at, "The patch touches a credential.");
  }
  return {};
}

Result<void> check_value(json::View value, const std::string& at, std::uint32_t depth) {
  if (depth > kMaxValueDepth) return fail(ErrorCode::kPatchTooBig, at, "A value is nested too deeply.");
  if (value.is_string()) {
    const std::string text = value.text();
    const bool control =
        std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; });
    if (text.size() > kMaxStringBytes || control)
      return fail(ErrorCode::kPatchBadValue, at, "A string is too long or holds control characters.");
  }
  constexpr double kExact = 9007199254740992.0;  // 2^53: the last whole number that every reader keeps
  if (value.is_number() && !(std::fabs(value.number().value_or(0)) < kExact))
    return fail(ErrorCode::kPatchBadValue, at, "A number cannot be kept exactly.");
  for (json::View item = value.first(); item; item = item.next_in(value)) {
    if (value.is_object()) {
      const std::string key = item.key().text();
      if (is_prototype_token(key))
        return fail(ErrorCode::kPatchBadToken, at, "A key of a value is a name that JavaScript reserves.");
    }
    if (auto ok = check_value(item, at, depth + 1); !ok) return ok;
  }
  return {};
}

// Generic config: the one path that the catalogue gives the fix type, and empty objects on the way there.
bool may_write_generic(const json::PatchOp& op, const std::vector<std::string>& tokens, const FixType& type) {
  const std::vector<std::string> path = generic_path(type);
  if (path.empty() || path.front() == "system_message" || tokens.size() > path.size()) return false;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (path[i].front() != '{' && path[i] != tokens[i]) return false;
  }
  return tokens.size() == path.size() || (op.kind == json::PatchOpKind::kAdd && op.value == "{}");
}

// n8n: error handling, retries and bounds of nodes, wiring, new nodes, bounds in settings.
bool may_write_n8n(const std::vector<std::string>& tokens) {
  if (tokens[0] == "connections") return tokens.size() >= 2;
  if (tokens[0] == "settings")
    return tokens.size() == 2 && (tokens[1] == "executionTimeout" || tokens[1] == "errorWorkflow");
  if (tokens[0] != "nodes") return false;
  if (tokens.size() == 2) return true;  // a whole node: added ones only, checked by the caller
  constexpr std::string_view kMembers[] = {"onError",          "continueOnFail", "retryOnFail", "maxTries",
                                           "waitBetweenTries", "name",           "id"};
  const bool member =
      tokens.size() == 3 && std::find(std::begin(kMembers), std::end(kMembers), tokens[2]) != std::end(kMembers);
  constexpr std::string_view kParameters[] = {"options",    "limitWaitTime", "limitType", "resumeAmount",
                                              "resumeUnit", "returnAll",     "limit"};
  const bool option = tokens.size() >= 4 && tokens[2] == "parameters" &&
                      std::find(std::begin(kParameters), std::end(kParameters), tokens[3]) != std::end(kParameters);
  return member || option;
}

bool is_looser(std::string_view name, double before, double after) {
  switch (direction_of(name)) {
    case Direction::kLower: return after > before;
    case Direction::kHigher: return after < before;
    case Direction::kFree: return false;
  }
  return false;
}

// Would this replace loosen a bound that is there? `name`: of the value, the last token of its path.
bool loosens(const FixType& type, std::string_view name, json::View before, json::View after) {
  // The one SAFE fix that may raise a bound: at most twice what it was, and 2 minutes.
  constexpr double kLongestTimeoutMs = 120'000;
  const auto old_number = before.number();
  if (type.name == "timeout_adjustment")
    return old_number && (!after.number() || *after.number() > std::min(2 * *old_number, kLongestTimeoutMs));
  if (old_number) {
    const bool n8n_bound = (name == "executionTimeout" || name == "maxTries") && *old_number > 0;  // -1: no bound
    if (!n8n_bound && direction_of(name) == Direction::kFree) return false;
    if (!after.number()) return true;
    return n8n_bound ? *after.number() > *old_number : is_looser(name, *old_number, *after.number());
  }
  for (json::View item = before.first(); before.is_object() && item; item = item.next_in(before)) {
    const std::string key = item.key().text();
    if (item.number() && loosens(type, key, item, after[key])) return true;
  }
  return false;
}

// A path through an array needs an earlier test of the element's identity, unless the element is one that this patch
// added.
bool is_anchored(const json::Patch& patch, std::size_t upto, std::string_view element) {
  for (std::size_t i = 0; i < upto; ++i) {
    const json::PatchOp& earlier = patch[i];
    const std::string path(element);
    if (earlier.kind == json::PatchOpKind::kTest &&
        (earlier.path == path + "/id" || earlier.path == path + "/name" || earlier.path == path))
      return true;
    if (earlier.kind == json::PatchOpKind::kAdd && earlier.path == path) return true;
  }
  return false;
}

Result<void> check_arrays(const json::Patch& patch, std::size_t i, const std::vector<std::string>& tokens,
                          json::View config) {
  std::string here;
  json::View value = config;
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    const bool array = value.is_array();
    const bool last = t + 1 == tokens.size();
    const bool canonical = tokens[t] == "-" || tokens[t] == "0" ||
                           (tokens[t][0] != '0' && tokens[t].find_first_not_of("0123456789") == std::string::npos);
    if (array && !canonical)
      return fail(ErrorCode::kPatchBadIndex, place(i), "An array index is 0 or a number without leading zeros.");
    here += "/" + json::escape_token(tokens[t]);
    // Items of lists of plain values and of n8n's connection lists have no identity; their parent is tested as a whole
    // instead.
    const bool has_identity = value.at(0)["id"].exists() || value.at(0)["name"].exists();
    if (array && !last && has_identity && !is_anchored(patch, i, here)) {
      return fail(ErrorCode::kPatchUnanchored, place(i),
                  "The path goes through an array without a test of the element's identity.");
    }
    if (array && tokens[t] == "-" && !(last && patch[i].kind == json::PatchOpKind::kAdd)) {
      return fail(ErrorCode::kPatchBadIndex, place(i), "- stands for the end of an array when adding only.");
    }
    value = json::resolve(config, here);
  }
  return {};
}

// An add of an object member that the document has already, and that no earlier operation touched.
bool is_taken(const json::Patch& patch, std::size_t i, json::View config) {
  const std::string& path = patch[i].path;
  const std::string parent = path.substr(0, path.rfind('/'));
  if (!json::resolve(config, parent).is_object() || !json::resolve(config, path)) return false;
  return std::none_of(patch.begin(), patch.begin() + static_cast<std::ptrdiff_t>(i), [&](const json::PatchOp& earlier) {
    return earlier.kind == json::PatchOpKind::kRemove && path.compare(0, earlier.path.size(), earlier.path) == 0;
  });
}

}  // namespace

Result<void> lint_patch(const json::Patch& patch, const FixType& type, std::string_view framework, json::View config) {
  if (patch.size() > kMaxPatchOps || json::write_patch(patch).size() > kMaxPatchBytes) {
    return fail(ErrorCode::kPatchTooBig, "", "A patch has at most 64 operations and 65,536 bytes.");
  }
  if (type.name == "governance_escalation")
    return fail(ErrorCode::kGovernanceHasNoApply, "", "A governance finding changes nothing.");
  for (std::size_t i = 0; i < patch.size(); ++i) {
    const json::PatchOp& op = patch[i];
    if (op.kind == json::PatchOpKind::kMove || op.kind == json::PatchOpKind::kCopy) {
      return fail(ErrorCode::kPatchOpNotAllowed, place(i), "Fixes use test, add, replace and remove only.");
    }
    if (op.path.empty() || op.path.front() != '/')
      return fail(ErrorCode::kPatchBadToken, place(i) + "/path", "A JSON pointer starts with /.");
    const std::vector<std::string> tokens = tokens_of(op.path);
    if (auto ok = check_tokens(tokens, place(i) + "/path"); !ok) return ok;
    const bool may_write = framework == "n8n" ? may_write_n8n(tokens) : may_write_generic(op, tokens, type);
    if (op.kind != json::PatchOpKind::kTest && !may_write) {
      return fail(ErrorCode::kPatchOutOfBounds, place(i) + "/path", "The fix type may not write there.");
    }
    const bool is_anchor =
        op.kind == json::PatchOpKind::kTest && tokens.size() >= 2 && (tokens.back() == "id" || tokens.back() == "name");
    if (!is_anchor) {
      if (auto ok = check_arrays(patch, i, tokens, config); !ok) return ok;
    }
    if (op.kind == json::PatchOpKind::kReplace || op.kind == json::PatchOpKind::kRemove) {
      const bool guarded = i > 0 && patch[i - 1].kind == json::PatchOpKind::kTest && patch[i - 1].path == op.path;
      if (!guarded)
        return fail(ErrorCode::kPatchUnguarded, place(i),
                    "A replace or remove has no test of the old value directly before it.");
    }
    if (op.kind == json::PatchOpKind::kAdd && is_taken(patch, i, config)) {
      return fail(ErrorCode::kPatchUnguarded, place(i), "An add would overwrite a member that is there.");
    }
    if (op.value.empty()) continue;
    json::Index index;
    if (!index.read(op.value)) return fail(ErrorCode::kPatchBadValue, place(i) + "/value", "The value is not JSON.");
    if (auto ok = check_value(json::View::root(index), place(i) + "/value", 1); !ok) return ok;
    if (op.kind == json::PatchOpKind::kReplace && type.risk == Risk::kSafe &&
        loosens(type, tokens.back(), json::resolve(config, op.path), json::View::root(index))) {
      return fail(ErrorCode::kPatchLoosens, place(i), "A SAFE fix may only make a bound stricter.");
    }
  }
  return {};
}

}  // namespace agentmend::fix
