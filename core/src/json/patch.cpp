#include "json/patch.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "json/writer.h"

namespace agentmend::json {
namespace {

using Json = nlohmann::ordered_json;

std::string print(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

Result<std::vector<std::string>> split(std::string_view pointer, const std::string& at) {
  std::vector<std::string> tokens;
  if (pointer.empty()) return tokens;
  if (pointer.front() != '/') return fail(ErrorCode::kPatchBadToken, at, "A JSON pointer starts with /.");
  std::string token;
  for (std::size_t i = 1; i <= pointer.size(); ++i) {
    if (i == pointer.size() || pointer[i] == '/') {
      tokens.push_back(std::move(token));
      token.clear();
    } else if (pointer[i] == '~') {
      if (i + 1 >= pointer.size() || (pointer[i + 1] != '0' && pointer[i + 1] != '1')) {
        return fail(ErrorCode::kPatchBadToken, at, "In a JSON pointer ~ is written ~0 and / is written ~1.");
      }
      token.push_back(pointer[++i] == '0' ? '~' : '/');
    } else {
      token.push_back(pointer[i]);
    }
  }
  return tokens;
}

// A canonical array index, or nothing.
std::optional<std::size_t> index_of(const std::string& token) {
  if (token.empty() || token.size() > 9 || (token.size() > 1 && token[0] == '0')) return std::nullopt;
  std::size_t value = 0;
  for (const char c : token) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::size_t>(c - '0');
  }
  return value;
}

Json* step(Json& parent, const std::string& token) {
  if (parent.is_object()) {
    const auto found = parent.find(token);
    return found == parent.end() ? nullptr : &*found;
  }
  const auto index = index_of(token);
  return parent.is_array() && index && *index < parent.size() ? &parent[*index] : nullptr;
}

Json* resolve(Json& root, const std::vector<std::string>& tokens, std::size_t count) {
  Json* here = &root;
  for (std::size_t i = 0; i < count && here != nullptr; ++i) here = step(*here, tokens[i]);
  return here;
}

tl::unexpected<Error> missing(const std::string& at) {
  return fail(ErrorCode::kPatchPathMissing, at, "The path does not exist in the document.");
}

class Applier {
 public:
  explicit Applier(Json& document) : document_(document) {}

  Result<void> apply(const PatchOp& op, const std::string& at) {
    auto tokens = split(op.path, at + "/path");
    if (!tokens) return tl::unexpected(tokens.error());
    switch (op.kind) {
      case PatchOpKind::kTest: return test(*tokens, op, at);
      case PatchOpKind::kAdd: return parse_and([&](Json value) { return add(*tokens, std::move(value), at); }, op, at);
      case PatchOpKind::kReplace:
        return parse_and([&](Json value) { return replace(*tokens, std::move(value), at); }, op, at);
      case PatchOpKind::kRemove: return remove(*tokens, at);
      case PatchOpKind::kMove:
      case PatchOpKind::kCopy: return transfer(*tokens, op, at);
    }
    return {};
  }

 private:
  template <typename F>
  Result<void> parse_and(F&& then, const PatchOp& op, const std::string& at) {
    Json value = Json::parse(op.value, nullptr, false);
    if (value.is_discarded()) return fail(ErrorCode::kPatchBadValue, at + "/value", "The value is not JSON.");
    return then(std::move(value));
  }

  Result<void> test(const std::vector<std::string>& tokens, const PatchOp& op, const std::string& at) {
    return parse_and(
        [&](const Json& value) -> Result<void> {
          const Json* here = resolve(document_, tokens, tokens.size());
          if (here == nullptr) return missing(at + "/path");
          if (!equal(*here, value))
            return fail(ErrorCode::kPatchTestFailed, at,
                        "The document holds another value at " + op.path + " than the patch was made for.");
          return {};
        },
        op, at);
  }

  Result<void> add(const std::vector<std::string>& tokens, Json value, const std::string& at) {
    if (tokens.empty()) {
      document_ = std::move(value);
      return {};
    }
    Json* parent = resolve(document_, tokens, tokens.size() - 1);
    if (parent == nullptr) return missing(at + "/path");
    const std::string& last = tokens.back();
    if (parent->is_object()) {
      (*parent)[last] = std::move(value);
      return {};
    }
    if (!parent->is_array()) return missing(at + "/path");
    const auto index = last == "-" ? std::optional(parent->size()) : index_of(last);
    if (!index || *index > parent->size())
      return fail(ErrorCode::kPatchBadIndex, at + "/path", "The array index is not canonical or out of range.");
    parent->insert(parent->begin() + static_cast<std::ptrdiff_t>(*index), std::move(value));
    return {};
  }

  Result<void> replace(const std::vector<std::string>& tokens, Json value, const std::string& at) {
    Json* here = resolve(document_, tokens, tokens.size());
    if (here == nullptr) return missing(at + "/path");
    *here = std::move(value);
    return {};
  }

  Result<void> remove(const std::vector<std::string>& tokens, const std::string& at) {
    if (tokens.empty())
      return fail(ErrorCode::kPatchPathMissing, at + "/path", "The whole document cannot be removed.");
    Json* parent = resolve(document_, tokens, tokens.size() - 1);
    if (parent == nullptr || step(*parent, tokens.back()) == nullptr) return missing(at + "/path");
    if (parent->is_object()) {
      parent->erase(tokens.back());
    } else {
      parent->erase(parent->begin() + static_cast<std::ptrdiff_t>(*index_of(tokens.back())));
    }
    return {};
  }

  Result<void> transfer(const std::vector<std::string>& tokens, const PatchOp& op, const std::string& at) {
    auto from = split(op.from, at + "/from");
    if (!from) return tl::unexpected(from.error());
    const Json* source = resolve(document_, *from, from->size());
    if (source == nullptr) return missing(at + "/from");
    const bool into_itself = op.kind == PatchOpKind::kMove && tokens.size() > from->size() &&
                             std::equal(from->begin(), from->end(), tokens.begin());
    if (into_itself) return fail(ErrorCode::kPatchBadToken, at, "A value cannot be moved into itself.");
    Json value = *source;
    if (op.kind == PatchOpKind::kMove) {
      if (auto removed = remove(*from, at); !removed) return removed;
    }
    return add(tokens, std::move(value), at);
  }

 public:
  // Equal as JSON: key order does not matter, 1 and 1.0 are equal.
  static bool equal(const Json& a, const Json& b) {
    if (a.is_object() && b.is_object()) {
      if (a.size() != b.size()) return false;
      return std::all_of(a.items().begin(), a.items().end(), [&b](const auto& member) {
        const auto found = b.find(member.key());
        return found != b.end() && equal(member.value(), *found);
      });
    }
    if (a.is_array() && b.is_array()) {
      return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), equal);
    }
    return a == b;
  }

 private:
  Json& document_;
};

Result<Json> parse_document(std::string_view text) {
  if (auto ok = check_patchable(text); !ok) return tl::unexpected(ok.error());
  Json document = Json::parse(text, nullptr, false);
  if (document.is_discarded()) return fail(ErrorCode::kJsonSyntax, "", "The document is not JSON.");
  return document;
}

std::string place(std::size_t operation) { return "/" + print_integer(static_cast<std::int64_t>(operation)); }

PatchOp op(PatchOpKind kind, const std::string& path, std::string value = {}) {
  return {kind, path, std::move(value), {}};
}

// What undoes one operation, in the order to be applied, given the document before it.
Result<Patch> undo_one(Json& before, const PatchOp& change, std::size_t number) {
  auto tokens = split(change.path, place(number) + "/path");
  if (!tokens) return tl::unexpected(tokens.error());
  if (change.kind == PatchOpKind::kTest) return Patch{};
  if (change.kind == PatchOpKind::kMove || change.kind == PatchOpKind::kCopy) {
    return fail(ErrorCode::kPatchOpNotAllowed, place(number), "Fixes use test, add, replace and remove only.");
  }
  std::string path = change.path;
  const Json* old = resolve(before, *tokens, tokens->size());
  const Json* parent = tokens->empty() ? nullptr : resolve(before, *tokens, tokens->size() - 1);
  const bool into_array = parent != nullptr && parent->is_array();
  if (into_array && tokens->back() == "-")
    path = path.substr(0, path.size() - 1) + print_integer(static_cast<std::int64_t>(parent->size()));
  if (change.kind == PatchOpKind::kRemove) {
    if (old == nullptr) return missing(place(number) + "/path");
    return Patch{op(PatchOpKind::kAdd, path, print(*old))};
  }
  const bool overwrites = old != nullptr && !(change.kind == PatchOpKind::kAdd && into_array);
  Patch undo{op(PatchOpKind::kTest, path, change.value)};
  undo.push_back(overwrites ? op(PatchOpKind::kReplace, path, print(*old)) : op(PatchOpKind::kRemove, path));
  return undo;
}

}  // namespace

Result<Patch> read_patch(View array) {
  if (!array.is_array()) return fail(ErrorCode::kInvalidInput, "", "A patch is an array of operations.");
  constexpr std::string_view kNames[] = {"test", "add", "replace", "remove", "move", "copy"};
  if (const auto twice = duplicate_key(array))
    return fail(ErrorCode::kDuplicateKey, *twice, "An operation has the same key twice.");
  Patch patch;
  Error problem;
  for_each(array, [&](View item, std::size_t i) {
    const auto* name = std::find_if(std::begin(kNames), std::end(kNames),
                                    [&item](std::string_view n) { return item["op"].equals(n); });
    if (name == std::end(kNames) || !item["path"].is_string()) {
      if (problem.message.empty())
        problem = {ErrorCode::kPatchOpNotAllowed, place(i),
                   "An operation has op (test, add, replace, remove) and path."};
      return;
    }
    const auto kind = static_cast<PatchOpKind>(name - std::begin(kNames));
    const bool has_value = kind == PatchOpKind::kTest || kind == PatchOpKind::kAdd || kind == PatchOpKind::kReplace;
    const bool has_from = kind == PatchOpKind::kMove || kind == PatchOpKind::kCopy;
    if ((has_value && !item["value"].exists()) || (has_from && !item["from"].is_string())) {
      if (problem.message.empty())
        problem = {ErrorCode::kMissingField, place(i), "test, add and replace have a value, move and copy a from."};
      return;
    }
    patch.push_back(
        {kind, item["path"].text(), has_value ? std::string(item["value"].raw()) : std::string(), item["from"].text()});
  });
  if (!problem.message.empty()) return tl::unexpected(problem);
  return patch;
}

std::string write_patch(const Patch& patch) {
  constexpr std::string_view kNames[] = {"test", "add", "replace", "remove", "move", "copy"};
  Writer writer;
  writer.begin_array();
  for (const PatchOp& item : patch) {
    writer.begin_object().member("op", kNames[static_cast<std::size_t>(item.kind)]).member("path", item.path);
    if (!item.value.empty()) writer.member_raw("value", item.value);
    if (!item.from.empty()) writer.member("from", item.from);
    writer.end_object();
  }
  return writer.end_array().take();
}

Result<std::string> apply_patch(std::string_view text, const Patch& patch) {
  auto document = parse_document(text);
  if (!document) return tl::unexpected(document.error());
  Applier applier(*document);
  for (std::size_t i = 0; i < patch.size(); ++i) {
    if (auto done = applier.apply(patch[i], place(i)); !done) return tl::unexpected(done.error());
  }
  return print(*document);
}

Result<Undo> plan_patch(std::string_view text, const Patch& patch) {
  auto document = parse_document(text);
  if (!document) return tl::unexpected(document.error());
  const Json original = *document;
  Applier applier(*document);
  std::vector<Patch> undone;
  for (std::size_t i = 0; i < patch.size(); ++i) {
    auto undo = undo_one(*document, patch[i], i);
    if (!undo) return tl::unexpected(undo.error());
    if (auto done = applier.apply(patch[i], place(i)); !done) return tl::unexpected(done.error());
    undone.push_back(std::move(*undo));
  }
  Undo plan;
  plan.post = print(*document);
  for (auto step = undone.rbegin(); step != undone.rend(); ++step)
    plan.inverse.insert(plan.inverse.end(), step->begin(), step->end());
  Applier back(*document);
  for (std::size_t i = 0; i < plan.inverse.size(); ++i) {
    if (!back.apply(plan.inverse[i], place(i)))
      return fail(ErrorCode::kInverseFailed, "", "The change could not be undone, so it is not made.");
  }
  if (!Applier::equal(*document, original))
    return fail(ErrorCode::kInverseFailed, "", "Undoing the change does not give back the original.");
  return plan;
}

bool equal_documents(std::string_view a, std::string_view b) {
  const Json left = Json::parse(a, nullptr, false);
  const Json right = Json::parse(b, nullptr, false);
  return !left.is_discarded() && !right.is_discarded() && Applier::equal(left, right);
}

Result<void> check_patchable(std::string_view text) {
  Index index;
  if (auto read = index.read(text); !read) return tl::unexpected(read.error());
  const View root = View::root(index);
  if (const auto twice = duplicate_key(root))
    return fail(ErrorCode::kDuplicateKey, *twice, "The document has the same key twice in one object.");
  constexpr double kExact = 9007199254740992.0;  // 2^53, which 2^53 + 1 is read as
  for (std::uint32_t i = 0; i < index.entries().size(); ++i) {
    const View value(index, i);
    const auto number = value.number();
    const bool whole = number && value.raw().find_first_of(".eE") == std::string_view::npos;
    if (number && ((*number - *number) != 0 || (whole && (*number >= kExact || *number <= -kExact)))) {
      return fail(ErrorCode::kNotIJson, pointer_of(value),
                  "A number cannot be kept exactly (beyond 2^53); write it as a string.");
    }
  }
  return {};
}

}  // namespace agentmend::json
