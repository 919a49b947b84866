#include "ingest/otlp_messages.h"

namespace agentmend::otlp {
namespace {

// Lists of messages that are compared with: more than the agents that talk at the same time.
constexpr std::size_t kChains = 8;

struct EventName {
  std::string_view name;
  Role role;
};
constexpr EventName kEvents[] = {
    {"gen_ai.system.message", Role::kSystem},       {"gen_ai.user.message", Role::kUser},
    {"gen_ai.assistant.message", Role::kAssistant}, {"gen_ai.tool.message", Role::kTool},
    {"gen_ai.content.prompt", Role::kUser},
};

bool is_answer(std::string_view name) { return name == "gen_ai.choice" || name == "gen_ai.content.completion"; }

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
  const json::View plain = unwrap(item);
  if (plain.is_array() && item.is_object()) {  // an arrayValue or kvlistValue
    std::string text;
    write_plain(item, text);
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
    const bool begins = body.size() >= chain.text.size() && body.starts_with(chain.text) &&
                        (body.size() == chain.text.size() || body[chain.text.size()] == ',' ||
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

void Conversation::flat(const Row& row, Field field, As as) {
  chain_ = ++last_chain_;
  rows_.flat(row, field, [&](const SourceReader& reader, json::View message) {
    read_message(reader, message, field == Field::kFlatInput ? Role::kUser : Role::kAssistant,
                 [&](const Said& said) { tell_once(said, as); });
  });
}

// Before 1.37 messages were span events or log records: gen_ai.user.message {content, …}, gen_ai.choice {message, …}.
void Conversation::event(const SourceReader& reader, std::string_view name, json::View attributes, json::View body) {
  const bool choice = is_answer(name);
  Role role = Role::kAssistant;
  bool known = choice;
  for (const EventName& event : kEvents) {
    if (event.name != name) continue;
    role = event.role;
    known = true;
  }
  if (!known) return;
  const As as = choice ? As::kAnswer : As::kHistory;
  std::string text;
  if (!body.is_null()) {
    write_plain(body, text);
  } else {
    write_attributes(attributes, text);
  }
  json::Index& index = trace_.arena.index();
  if (!index.read(trace_.arena.keep(text))) return;
  SourceReader inner = reader;
  inner.outer = reader.place(body.is_null() ? attributes : body);
  inner.inner = true;
  const json::View root = json::View::root(index);
  const json::View inside = first_of(root, {"gen_ai.event.content", "gen_ai.prompt", "gen_ai.completion"});
  const auto message = [&](const SourceReader& deeper, json::View opened) {
    if (opened.is_array()) {
      whole(deeper, opened, role, as);
      return;
    }
    if (choice && opened["message"].is_object()) opened = opened["message"];
    const json::View id = opened["id"];
    if (role == Role::kTool && id.is_string()) {
      Said said;
      said.kind = Said::Kind::kResult;
      said.id = deeper.text(id);
      said.text = output_text(deeper, first_of(opened, {"content", "response", "result"}));
      said.place = inner.outer;
      tell_once(said, as);
      return;
    }
    read_message(deeper, opened, role, [&](const Said& said) { tell_once(said, as); });
  };
  if (inside.is_null()) {
    message(inner, root);
  } else if (inside.is_string() && inner.text(inside).find_first_of("[{") == 0) {
    static_cast<void>(open_inner_json(inner, inside, message));
  } else {
    element(inner, inside, role, as);
  }
}

void Conversation::events(const Row& row, bool choices) {
  const auto wanted = [choices](std::string_view name) { return is_answer(name) == choices; };
  json::for_each(row.events, [&](json::View item, std::size_t) {
    const json::View named = item["name"];
    const std::string_view name = named.is_string() ? row.reader->text(named) : std::string_view();
    if (wanted(name)) event(*row.reader, name, item["attributes"], {});
  });
  if (row.is_log && wanted(row.name)) event(*row.reader, row.name, row.span["attributes"], row.body);
  for (std::uint32_t at = row.log; at != Row::kNone; at = rows_.all[at].log) {
    const Row& log = rows_.all[at];
    if (wanted(log.name)) event(*log.reader, log.name, log.span["attributes"], log.body);
  }
}

void Conversation::asked(const Row& row) {
  list(*row.reader, rows_.get(row, Field::kSystem), Role::kSystem, As::kInstructions);
  const std::uint32_t before = said_;
  flat(row, Field::kFlatInput, As::kHistory);
  list(*row.reader, rows_.get(row, Field::kInput), Role::kUser, As::kHistory);
  chain_ = ++last_chain_;  // the events of one call belong together
  events(row, false);
  if (said_ == before) list(*row.reader, rows_.get(row, Field::kInputValue), Role::kUser, As::kHistory);
}

void Conversation::answered(const Row& row, bool repeats) {
  const As as = repeats ? As::kHistory : As::kAnswer;
  const std::uint32_t before = said_;
  flat(row, Field::kFlatOutput, as);
  list(*row.reader, rows_.get(row, Field::kOutput), Role::kAssistant, as);
  events(row, true);
  if (said_ == before) {
    plain(*row.reader, rows_.get(row, Field::kAnswerText), Role::kAssistant, as);
    list(*row.reader, rows_.get(row, Field::kAnswerCalls), Role::kAssistant, as);
  }
  if (said_ == before) list(*row.reader, rows_.get(row, Field::kOutputValue), Role::kAssistant, as);
}

void Conversation::model(const Row& row, bool repeats) {
  asked(row);
  if (row.end_ns >= 0) builder_.now.ns = row.end_ns;
  answered(row, repeats);
}

}  // namespace agentmend::otlp
