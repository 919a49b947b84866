#include "ingest/conversation.h"

#include <cstring>

#include "ingest/otlp_rows.h"

namespace agentmend {
namespace {

// Lists of messages that are compared with: more than the agents that talk at the same time.
constexpr std::size_t kChains = 8;

// As text.starts_with(head), eight bytes at a time: the memcmp of WebAssembly's C library goes byte by byte, and here
// whole conversations are compared.
bool begins_with(std::string_view text, std::string_view head) {
  if (text.size() < head.size()) return false;
  std::size_t i = 0;
  for (; i + 8 <= head.size(); i += 8) {
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    std::memcpy(&a, text.data() + i, 8);
    std::memcpy(&b, head.data() + i, 8);
    if (a != b) return false;
  }
  return text.substr(i, head.size() - i) == head.substr(i);
}

// A list without its closing bracket: what a longer list begins with.
std::string_view without_end(std::string_view list) {
  while (!list.empty() && (list.back() == ' ' || list.back() == '\n' || list.back() == '\r')) list.remove_suffix(1);
  if (list.size() < 2 || list.front() != '[' || list.back() != ']') return {};
  list.remove_suffix(1);
  while (!list.empty() && (list.back() == ' ' || list.back() == '\n' || list.back() == '\r')) list.remove_suffix(1);
  return list;
}

}  // namespace

bool Conversation::is_new(int table, std::string_view text, As as) {
  std::uint32_t& at = seen_at_[table].at(text);
  if (at == IdTable::kNone) {
    at = static_cast<std::uint32_t>(seen_.size());
    seen_.emplace_back();
  }
  Seen& seen = seen_[at];
  if (as == As::kAnswer) return ++seen.told != 0;  // what a model says now is new
  if (as == As::kInstructions) return seen.told++ == 0;
  if (seen.chain != chain_) {
    seen.chain = chain_;
    seen.in_chain = 0;
  }
  if (++seen.in_chain <= seen.told) return false;
  seen.told = seen.in_chain;
  return true;
}

void Conversation::tell_once(const Said& said, As as) {
  ++said_;
  switch (said.kind) {
    case Said::Kind::kText:
      if (is_new(static_cast<int>(said.role), said.text, as)) builder_.turn(said.role, said.text, said.place);
      break;
    case Said::Kind::kCall: call(said, as); break;
    case Said::Kind::kResult: result(said, as); break;
    case Said::Kind::kDocuments: tell(builder_, said); break;
  }
}

void Conversation::element(const SourceReader& reader, json::View item, Role role, As as) {
  const json::View plain = otlp::unwrap(item);
  if (plain.is_array() && item.is_object()) {  // an arrayValue or kvlistValue
    std::string text;
    otlp::write_plain(item, text);
    json::Index& index = trace_.arena.index();
    SourceReader inner = reader;
    inner.outer = reader.place(plain);
    inner.inner = true;
    if (index.read(trace_.arena.keep(text))) element(inner, json::View::root(index), role, as);
    return;
  }
  if (plain.is_string() && reader.text(plain).starts_with('{')) {
    static_cast<void>(open_inner_json(reader, plain, [&](const SourceReader& inner, json::View message) {
      read_message(inner, message, role, [&](const Said& said) { tell_once(said, as); });
    }));
    return;
  }
  read_message(reader, plain, role, [&](const Said& said) { tell_once(said, as); });
}

void Conversation::elements(const SourceReader& reader, json::View array, std::size_t from, Role role, As as) {
  const std::size_t begin = array.offset() + from;
  json::for_each(array, [&](json::View item, std::size_t) {
    if (item.offset() >= begin) element(reader, item, role, as);
  });
}

// How much of a list an earlier call had, and what chain it goes on with; a chain of its own when nothing.
std::size_t Conversation::known_prefix(std::string_view body) {
  Chain* found = nullptr;
  for (Chain& chain : chains_) {
    const bool begins =
        begins_with(body, chain.text) && (body.size() == chain.text.size() || body[chain.text.size()] == ',' ||
                                          body[chain.text.size()] == ' ' || body[chain.text.size()] == '\n');
    if (begins && (found == nullptr || found->text.size() < chain.text.size())) found = &chain;
  }
  const std::size_t known = found == nullptr ? 0 : found->text.size();
  if (found == nullptr) {
    if (chains_.size() >= kChains) chains_.erase(chains_.begin());
    found = &chains_.emplace_back();
    found->number = ++last_chain_;
  }
  found->text = body;
  chain_ = found->number;
  return known;
}

// The rest of a list inside a string, of which the beginning is known.
void Conversation::tail(const SourceReader& reader, json::View value, std::string_view rest, Role role, As as) {
  const std::size_t comma = rest.find(',');
  if (comma == std::string_view::npos) return;
  std::string text = "\"[";
  text += rest.substr(comma + 1);
  text += "]\"";
  json::Index& index = trace_.arena.index();
  if (!index.read(trace_.arena.keep(text))) return;  // never: it was part of a valid string
  SourceReader inner = reader;
  inner.outer = reader.place(value);
  inner.inner = true;
  static_cast<void>(
      open_inner_json(inner, json::View::root(index), [&](const SourceReader& deeper, json::View messages) {
        json::for_each(messages, [&](json::View item, std::size_t) { element(deeper, item, role, as); });
      }));
}

// A value that is no bare list: one message, {messages: […]}, {choices: […]}, {system, prompt}, or plain text.
void Conversation::whole(const SourceReader& reader, json::View value, Role role, As as) {
  if (value.is_array()) {
    elements(reader, value, 0, role, as);
    return;
  }
  if (value.is_object()) {
    for (const std::string_view key : {"messages", "choices"}) {
      if (!value[key].is_array()) continue;
      json::for_each(value[key], [&](json::View item, std::size_t) {
        element(reader, item["message"].is_object() ? item["message"] : item, role, as);
      });
      return;
    }
    if (value["system"].is_string()) element(reader, value["system"], Role::kSystem, as);
    const json::View only = first_of(value, {"prompt", "question", "query", "input", "output", "answer", "response"});
    if (only.is_string()) {
      element(reader, only, role, as);
      return;
    }
    if (first_of(value, {"role", "content", "parts", "text", "type"}).is_null()) return;  // some other data
  }
  element(reader, value, role, as);
}

void Conversation::plain(const SourceReader& reader, json::View value, Role role, As as) {
  Said said;
  said.role = role;
  said.text = reader.text(value);
  said.place = reader.place(value);
  if (!said.text.empty()) tell_once(said, as);
}

void Conversation::list(const SourceReader& reader, json::View value, Role role, As as) {
  if (value.is_null()) return;
  chain_ = ++last_chain_;
  if (value.is_array()) {
    const std::string_view body = without_end(value.raw());
    elements(reader, value, as == As::kHistory && !body.empty() ? known_prefix(body) : 0, role, as);
    return;
  }
  if (!value.is_string()) {
    whole(reader, value, role, as);
    return;
  }
  const std::string_view raw = value.raw();
  const std::string_view body = without_end(raw.substr(1, raw.size() - 2));
  if (as == As::kHistory && body.size() > 2) {
    const std::size_t known = known_prefix(body);
    if (known != 0) {
      tail(reader, value, body.substr(known), role, as);
      return;
    }
  }
  const std::string_view text = reader.text(value);
  if (!text.starts_with('[') && !text.starts_with('{')) {
    plain(reader, value, role, as);
    return;
  }
  static_cast<void>(open_inner_json(
      reader, value, [&](const SourceReader& inner, json::View opened) { whole(inner, opened, role, as); }));
}

}  // namespace agentmend
