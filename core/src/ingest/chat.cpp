// Sources: arrays of chat messages. OpenAI chat completions with tool calls, plain chat, named agents in one
// conversation.
#include <string>

#include "ingest/openai_items.h"
#include "ingest/source.h"
#include "ingest/sources.h"

namespace agentmend {
namespace {

json::View role_of(json::View message) { return first_of(message, {"role", "from", "author"}); }

// Two different names on assistant messages mean several agents; one name, or names on user messages alone, do not.
class AgentNames {
 public:
  void see(json::View message) {
    if (several_ || !message["name"].is_string()) return;
    std::string storage;
    if (fold_role(role_of(message).text(storage)) != Role::kAssistant) return;
    const std::string name = message["name"].text();
    if (first_.empty()) first_ = name;
    several_ = name != first_;
  }
  [[nodiscard]] bool several() const { return several_; }

 private:
  std::string first_;
  bool several_ = false;
};

bool is_message(json::View item) {
  const bool role = item["role"].is_string() || item["from"].is_string() || item["author"].is_string();
  return item.is_object() && role &&
         (item["content"].exists() || item["value"].is_string() || item["text"].is_string() ||
          item["tool_calls"].is_array());
}

// One conversation after the other: arrays of arrays are several, whose messages stay in order.
json::View conversation_of(json::View item) { return item.is_array() ? item : messages_of(item); }

Result<void> read_messages(Records& records, Trace& trace) {
  const json::View root = records.root();
  json::View list = messages_of(root);
  if (root.is_object() && !list && is_message(root)) list = root;  // one message
  if (root && !list) return fail(ErrorCode::kDetectMismatch, "", "This is not a chat: there is no array of messages.");
  const json::View task = root["task"];
  if (task.is_string()) trace.task = records.reader().text(task);
  AgentNames names;
  ItemReader chat(trace);
  const auto each = [&](const RecordVisitor& visit) {
    return records.for_each_in(list, [&](const SourceReader& reader, json::View item) {
      const json::View conversation = conversation_of(item);
      if (!conversation.is_array()) {
        visit(reader, item);
        return;
      }
      json::for_each(conversation, [&](json::View message, std::size_t) { visit(reader, message); });
    });
  };
  static_cast<void>(each([&](const SourceReader&, json::View message) { names.see(message); }));
  auto read = each([&](const SourceReader& reader, json::View message) {
    const bool named = names.several() && message["name"].is_string();
    chat.builder().now.agent = named ? trace.agent(reader.text(message["name"])) : 0;
    chat.item(reader, message);
  });
  if (!read) return read;
  chat.finish();
  return {};
}

Result<void> read_openai(Records& records, Trace& trace) {
  const json::View root = records.root();
  bool api = mark_openai_chat_api(root) > 0;
  if (!root) {
    static_cast<void>(records.for_each(
        [&api](const SourceReader&, json::View line) { api = api || mark_openai_chat_api(line) > 0; }));
  }
  return api ? read_openai_chat_api(records, trace) : read_messages(records, trace);
}

// OpenAI's own marks on messages: calls as {function: {name, arguments}} or results that name the call.
bool has_openai_calls(json::View messages) {
  bool found = false;
  json::for_each(messages, [&found](json::View item, std::size_t) {
    found = found || !item["tool_call_id"].is_null() || item["function_call"].is_object() ||
            item["tool_calls"].at(0)["function"].is_object();
  });
  return found;
}

double mark_openai(json::View value) {
  const double api = mark_openai_chat_api(value);
  if (api > 0) return api;
  const json::View messages = messages_of(value);
  if (!is_message(messages.first())) return 0;
  if (has_openai_calls(messages)) return 0.92;
  return value.is_object() && value["messages"].exists() && value["model"].is_string() ? 0.85 : 0;
}

double mark_plain(json::View value) {
  if (value.is_object() && value["role"].is_string() && value["content"].exists()) return 0.8;  // a line of a chat
  const json::View messages = messages_of(value);
  const json::View first = messages.first();
  const json::View inside = first.is_array() ? first : first["role"].exists() ? json::View() : messages_of(first);
  return messages && is_message(inside.is_array() ? inside.first() : first) ? 0.8 : 0;
}

}  // namespace

extern const Source kOpenaiChatSource;
extern const Source kChatSource;
const Source kOpenaiChatSource{"openai-chat", mark_openai, read_openai};
const Source kChatSource{"plain-chat", mark_plain, read_messages};

}  // namespace agentmend
