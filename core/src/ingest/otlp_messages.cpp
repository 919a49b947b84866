#include "ingest/otlp_messages.h"

namespace agentmend::otlp {
namespace {

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

}  // namespace

void Messages::flat(const Row& row, Field field, As as) {
  talk_.next_list();
  rows_.flat(row, field, [&](const SourceReader& reader, json::View message) {
    read_message(reader, message, field == Field::kFlatInput ? Role::kUser : Role::kAssistant,
                 [&](const Said& said) { talk_.tell_once(said, as); });
  });
}

// Before 1.37 messages were span events or log records: gen_ai.user.message {content, …}, gen_ai.choice {message, …}.
void Messages::event(const SourceReader& reader, std::string_view name, json::View attributes, json::View body) {
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
  json::Index& index = reader.trace.arena.index();
  if (!index.read(reader.trace.arena.keep(text))) return;
  SourceReader inner = reader;
  inner.outer = reader.place(body.is_null() ? attributes : body);
  inner.inner = true;
  const json::View root = json::View::root(index);
  const json::View inside = first_of(root, {"gen_ai.event.content", "gen_ai.prompt", "gen_ai.completion"});
  const auto message = [&](const SourceReader& deeper, json::View opened) {
    if (opened.is_array()) {
      talk_.whole(deeper, opened, role, as);
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
      talk_.tell_once(said, as);
      return;
    }
    read_message(deeper, opened, role, [&](const Said& said) { talk_.tell_once(said, as); });
  };
  if (inside.is_null()) {
    message(inner, root);
  } else if (inside.is_string() && inner.text(inside).find_first_of("[{") == 0) {
    static_cast<void>(open_inner_json(inner, inside, message));
  } else {
    talk_.element(inner, inside, role, as);
  }
}

void Messages::events(const Row& row, bool choices) {
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

void Messages::asked(const Row& row) {
  talk_.list(*row.reader, rows_.get(row, Field::kSystem), Role::kSystem, As::kInstructions);
  const std::uint32_t before = talk_.said();
  flat(row, Field::kFlatInput, As::kHistory);
  talk_.list(*row.reader, rows_.get(row, Field::kInput), Role::kUser, As::kHistory);
  talk_.next_list();  // the events of one call belong together
  events(row, false);
  if (talk_.said() == before) talk_.list(*row.reader, rows_.get(row, Field::kInputValue), Role::kUser, As::kHistory);
}

void Messages::answered(const Row& row, bool repeats) {
  const As as = repeats ? As::kHistory : As::kAnswer;
  const std::uint32_t before = talk_.said();
  flat(row, Field::kFlatOutput, as);
  talk_.list(*row.reader, rows_.get(row, Field::kOutput), Role::kAssistant, as);
  events(row, true);
  if (talk_.said() == before) {
    talk_.plain(*row.reader, rows_.get(row, Field::kAnswerText), Role::kAssistant, as);
    talk_.list(*row.reader, rows_.get(row, Field::kAnswerCalls), Role::kAssistant, as);
  }
  if (talk_.said() == before) talk_.list(*row.reader, rows_.get(row, Field::kOutputValue), Role::kAssistant, as);
}

void Messages::model(const Row& row, bool repeats) {
  asked(row);
  if (row.end_ns >= 0) builder_.now.ns = row.end_ns;
  answered(row, repeats);
}

}  // namespace agentmend::otlp
