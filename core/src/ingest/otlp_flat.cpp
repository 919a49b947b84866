// Messages and documents whose parts are attributes of their own: llm.input_messages.0.message.content and its likes.
#include "ingest/otlp_rows.h"
#include "order.h"

namespace agentmend::otlp {
namespace {

// One leaf of a message whose parts are attributes of their own.
constexpr std::uint32_t kParts = 1;
constexpr std::uint32_t kCalls = 2;

struct Leaf {
  std::uint32_t message = 0;
  std::uint32_t part = 0;  // of the message itself, of its contents, of its calls
  std::uint32_t number = 0;
  std::string_view name;
  json::View value;
};

bool read_number(std::string_view& path, std::uint32_t& number) {
  std::size_t digits = 0;
  number = 0;
  while (digits < path.size() && digits < 7 && path[digits] >= '0' && path[digits] <= '9')
    number = number * 10 + static_cast<std::uint32_t>(path[digits++] - '0');
  if (digits == 0 || (digits < path.size() && path[digits] != '.')) return false;
  path.remove_prefix(digits == path.size() ? digits : digits + 1);
  return true;
}

// N.message.contents.M.message_content.text and its likes: the segments between are the same in all dialects.
bool read_leaf(std::string_view path, Leaf& leaf) {
  if (!read_number(path, leaf.message)) return false;
  while (!path.empty()) {
    const std::string_view segment = path.substr(0, path.find('.'));
    path.remove_prefix(segment.size() == path.size() ? segment.size() : segment.size() + 1);
    if (segment == "contents" || segment == "tool_calls") {
      leaf.part = segment == "contents" ? kParts : kCalls;
      if (!read_number(path, leaf.number)) return false;
    } else if (path.empty()) {
      leaf.name = segment;
      return !segment.empty() && segment.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos;
    }
  }
  return false;
}

// Sorted leaves of one message as JSON, so that it is read like any other.
std::string as_json(const std::vector<Leaf>& leaves, std::size_t from, std::size_t to) {
  std::string text = "{";
  std::uint32_t part = 0;
  std::uint32_t number = 0;
  for (std::size_t i = from; i < to; ++i) {
    const Leaf& leaf = leaves[i];
    const bool again = i != from && leaf.part == part;
    if (leaf.part == 0) {
      if (again) text += ',';
    } else if (!again) {
      if (part != 0) text += "}]";
      if (i != from) text += ',';
      text += leaf.part == kParts ? "\"parts\":[{" : "\"tool_calls\":[{";
    } else {
      text += leaf.number == number ? "," : "},{";
    }
    part = leaf.part;
    number = leaf.number;
    ((text += '"') += leaf.name) += "\":";
    const json::View value = leaf.value;
    text += value.raw();
  }
  return text += part != 0 ? "}]}" : "}";
}

}  // namespace

void Rows::flat(const Row& row, Field field, RecordVisitor visit) {
  std::vector<Leaf> leaves;
  for (const Found& found : this->found(row)) {
    if (found.field != field) continue;
    const std::string_view path = row.reader->text({*row.span.index(), found.key});
    Leaf leaf;
    leaf.value = json::View(*row.span.index(), found.value);
    for (const Name& prefix : attribute_prefixes()) {
      if (!path.starts_with(prefix.name) || !read_leaf(path.substr(prefix.name.size()), leaf)) continue;
      leaves.push_back(leaf);
      break;
    }
  }
  sort_stable(leaves, [](const Leaf& a, const Leaf& b) {
    if (a.message != b.message) return a.message < b.message;
    if (a.part != b.part) return a.part < b.part;
    return a.number != b.number ? a.number < b.number : a.name < b.name;
  });
  for (std::size_t i = 0, end = 0; i < leaves.size(); i = end) {
    for (end = i; end < leaves.size() && leaves[end].message == leaves[i].message;) ++end;
    json::Index& index = trace_.arena.index();
    if (!index.read(trace_.arena.keep(as_json(leaves, i, end)))) continue;
    SourceReader inner = *row.reader;
    inner.outer = row.reader->place(leaves[i].value);
    inner.inner = true;
    visit(inner, json::View::root(index));
  }
}

}  // namespace agentmend::otlp
