#include "json/patch.h"

#include <algorithm>

#include "json/value.h"
#include "json/writer.h"

namespace agentmend::json {
namespace {

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

Value* step(Value& parent, const std::string& token) {
  if (parent.is_object()) return parent.find(token);
  const auto index = index_of(token);
  return parent.is_array() && index && *index < parent.items.size() ? &parent.items[*index] : nullptr;
}

Value* resolve(Value& root, const std::vector<std::string>& tokens, std::size_t count) {
  Value* here = &root;
  for (std::size_t i = 0; i < count && here != nullptr; ++i) here = step(*here, tokens[i]);
  return here;
}

std::string place(std::size_t operation) { return "/" + print_integer(static_cast<std::int64_t>(operation)); }

tl::unexpected<Error> missing(const std::string& at) {
  return fail(ErrorCode::kPatchPathMissing, at, "The path does not exist in the document.");
}

class Applier {
 public:
  explicit Applier(Value& document) : document_(document) {}

  Result<void> apply(const PatchOp& op, std::size_t number) {
    const std::string at = place(number);
    auto tokens = split(op.path, at + "/path");
    if (!tokens) return tl::unexpected(tokens.error());
    if (op.kind == PatchOpKind::kRemove) return remove(*tokens, at);
    if (op.kind == PatchOpKind::kMove || op.kind == PatchOpKind::kCopy) return transfer(*tokens, op, at);
    auto value = read_value(op.value);
    if (!value) return fail(ErrorCode::kPatchBadValue, at + "/value", "The value is not JSON.");
    if (op.kind == PatchOpKind::kAdd) return add(*tokens, std::move(*value), at);
    Value* here = resolve(document_, *tokens, tokens->size());
    if (here == nullptr) return missing(at + "/path");
    if (op.kind == PatchOpKind::kReplace) {
      set(*here, std::move(*value));
    } else if (!equal(*here, *value)) {
      return fail(ErrorCode::kPatchTestFailed, at,
                  "The document holds another value at " + op.path + " than the patch was made for.");
    }
    return {};
  }

 private:
  // The member keeps its name.
  static void set(Value& here, Value value) {
    value.key = std::move(here.key);
    here = std::move(value);
  }

  Result<void> add(const std::vector<std::string>& tokens, Value value, const std::string& at) {
    if (tokens.empty()) {
      set(document_, std::move(value));
      return {};
    }
    Value* parent = resolve(document_, tokens, tokens.size() - 1);
    if (parent == nullptr || (!parent->is_object() && !parent->is_array())) return missing(at + "/path");
    const std::string& last = tokens.back();
    if (parent->is_object()) {
      parent->put(last, std::move(value));
      return {};
    }
    auto& items = parent->items;
    const auto index = last == "-" ? std::optional(items.size()) : index_of(last);
    if (!index || *index > items.size())
      return fail(ErrorCode::kPatchBadIndex, at + "/path", "The array index is not canonical or out of range.");
    items.insert(items.begin() + static_cast<std::ptrdiff_t>(*index), std::move(value));
    return {};
  }

  Result<void> remove(const std::vector<std::string>& tokens, const std::string& at) {
    if (tokens.empty())
      return fail(ErrorCode::kPatchPathMissing, at + "/path", "The whole document cannot be removed.");
    Value* parent = resolve(document_, tokens, tokens.size() - 1);
    Value* here = parent == nullptr ? nullptr : step(*parent, tokens.back());
    if (here == nullptr) return missing(at + "/path");
    parent->items.erase(parent->items.begin() + (here - parent->items.data()));
    return {};
  }

  Result<void> transfer(const std::vector<std::string>& tokens, const PatchOp& op, const std::string& at) {
    auto from = split(op.from, at + "/from");
    if (!from) return tl::unexpected(from.error());
    const Value* source = resolve(document_, *from, from->size());
    if (source == nullptr) return missing(at + "/from");
    const bool into_itself = op.kind == PatchOpKind::kMove && tokens.size() > from->size() &&
                             std::equal(from->begin(), from->end(), tokens.begin());
    if (into_itself) return fail(ErrorCode::kPatchBadToken, at, "A value cannot be moved into itself.");
    Value value = *source;
    if (op.kind == PatchOpKind::kMove) {
      if (auto removed = remove(*from, at); !removed) return removed;
    }
    return add(tokens, std::move(value), at);
  }

  Value& document_;
};

Result<void> check_patchable(const Index& index) {
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

Result<Value> read_patchable(std::string_view text) {
  Index index;
  if (auto read = index.read(text); !read) return tl::unexpected(read.error());
  if (auto ok = check_patchable(index); !ok) return tl::unexpected(ok.error());
  return value_of(View::root(index));
}

PatchOp op(PatchOpKind kind, const std::string& path, std::string value = {}) {
  return {kind, path, std::move(value), {}};
}

// What undoes one operation, in the order to be applied, given the document before it.
Result<Patch> undo_one(Value& before, const PatchOp& change, std::size_t number) {
  auto tokens = split(change.path, place(number) + "/path");
  if (!tokens) return tl::unexpected(tokens.error());
  if (change.kind == PatchOpKind::kTest) return Patch{};
  if (change.kind == PatchOpKind::kMove || change.kind == PatchOpKind::kCopy) {
    return fail(ErrorCode::kPatchOpNotAllowed, place(number), "Fixes use test, add, replace and remove only.");
  }
  std::string path = change.path;
  const Value* old = resolve(before, *tokens, tokens->size());
  const Value* parent = tokens->empty() ? nullptr : resolve(before, *tokens, tokens->size() - 1);
  const bool into_array = parent != nullptr && parent->is_array();
  if (into_array && tokens->back() == "-")
    path = path.substr(0, path.size() - 1) + print_integer(static_cast<std::int64_t>(parent->items.size()));
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
  auto document = read_patchable(text);
  if (!document) return tl::unexpected(document.error());
  Applier applier(*document);
  for (std::size_t i = 0; i < patch.size(); ++i) {
    if (auto done = applier.apply(patch[i], i); !done) return tl::unexpected(done.error());
  }
  return print(*document);
}

Result<Undo> plan_patch(std::string_view text, const Patch& patch) {
  auto document = read_patchable(text);
  if (!document) return tl::unexpected(document.error());
  const Value original = *document;
  Applier applier(*document);
  std::vector<Patch> undone;
  for (std::size_t i = 0; i < patch.size(); ++i) {
    auto undo = undo_one(*document, patch[i], i);
    if (!undo) return tl::unexpected(undo.error());
    if (auto done = applier.apply(patch[i], i); !done) return tl::unexpected(done.error());
    undone.push_back(std::move(*undo));
  }
  Undo plan;
  plan.post = print(*document);
  for (auto step = undone.rbegin(); step != undone.rend(); ++step)
    plan.inverse.insert(plan.inverse.end(), step->begin(), step->end());
  Applier back(*document);
  for (std::size_t i = 0; i < plan.inverse.size(); ++i) {
    if (!back.apply(plan.inverse[i], i))
      return fail(ErrorCode::kInverseFailed, "", "The change could not be undone, so it is not made.");
  }
  if (!equal(*document, original))
    return fail(ErrorCode::kInverseFailed, "", "Undoing the change does not give back the original.");
  return plan;
}

bool equal_documents(std::string_view a, std::string_view b) {
  Index left;
  Index right;
  if (!left.read(a) || !right.read(b)) return false;
  const View x = View::root(left);
  const View y = View::root(right);
  // A document with a key written twice has no single reading and equals nothing.
  return !duplicate_key(x) && !duplicate_key(y) && equal(value_of(x), value_of(y));
}

Result<void> check_patchable(std::string_view text) {
  Index index;
  if (auto read = index.read(text); !read) return tl::unexpected(read.error());
  return check_patchable(index);
}

}  // namespace agentmend::json
