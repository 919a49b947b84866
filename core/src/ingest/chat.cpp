// Sources: arrays of chat messages. OpenAI chat completions with tool calls, plain chat, named agents in one
// conversation.
#include <string>

#include "ingest/source.h"
#include "ingest/sources.h"

namespace agentmend {
namespace {

json::View role_of(json::View message) { return first_of(message, {"role", "from", "author"}); }
json::View content_of(json::View message) { return first_of(message, {"content", "value", "text", "message", "body"}); }

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

class ChatReader {
 public:
  ChatReader(Trace& trace, bool named) : builder_(trace), named_(named) {}

  void message(const SourceReader& reader, json::View message) {
    Trace& trace = reader.trace;
    builder_.now.step = trace.steps;
    if (!message.is_object()) {
      trace.lose("bad_line", reader.place(message));
      ++trace.steps;
      return;
    }
    ++trace.steps;
    const Role role = fold_role(reader.text(role_of(message)));
    builder_.now.agent = named_ && message["name"].is_string() ? trace.agent(reader.text(message["name"])) : 0;
    builder_.now.parent = Span::kNone;
    if (role == Role::kTool) {
      result(reader, message);
      return;
    }
    if (role == Role::kAssistant) {
      const std::uint32_t span = builder_.open(SpanKind::kLlm, "", reader.place(message));
      builder_.span(span).model = message["model"].is_string() ? reader.text(message["model"]) : std::string_view();
      builder_.close(span);
      builder_.usage(span, read_usage(message["usage"]));
      builder_.now.parent = span;
    }
    builder_.turn(role, content_text(reader, content_of(message)), reader.place(message));
    calls(reader, message);
  }

  void finish() { builder_.finish(); }

 private:
  void calls(const SourceReader& reader, json::View message) {
    json::for_each(message["tool_calls"], [&](json::View call, std::size_t) {
      const json::View function = call["function"].is_object() ? call["function"] : call;
      open(reader, call, function["name"], first_of(function, {"arguments", "args", "input"}), call["id"]);
    });
    const json::View old = message["function_call"];
    if (old.is_object()) open(reader, old, old["name"], old["arguments"], {});
    json::for_each(message["content"], [&](json::View part, std::size_t) {
      if (part["type"].equals("tool_use")) open(reader, part, part["name"], part["input"], part["id"]);
      if (part["type"].equals("tool_result")) {
        answer(reader, part, content_text(reader, part["content"]), part["tool_use_id"], {},
               part["is_error"].boolean(false));
      }
    });
  }

  void open(const SourceReader& reader, json::View call, json::View name, json::View arguments, json::View id) {
    builder_.call(id.is_string() ? reader.text(id) : std::string_view(), reader.text(name), reader.text(arguments),
                  reader.place(call));
  }

  void result(const SourceReader& reader, json::View message) {
    const json::View content = content_of(message);
    std::string_view output = content_text(reader, content);
    if (output.empty() && !content.is_array()) output = reader.text(content);
    answer(reader, message, output, first_of(message, {"tool_call_id", "tool_use_id"}), message["name"],
           message["is_error"].boolean(false) || message["status"].equals("error"));
  }

  void answer(const SourceReader& reader, json::View at, std::string_view output, json::View id, json::View name,
              bool failed) {
    CallResult result;
    result.id = id.is_string() ? reader.text(id) : std::string_view();
    result.name = name.is_string() ? reader.text(name) : std::string_view();
    result.output = output;
    result.status = failed ? CallStatus::kError : CallStatus::kOk;
    result.place = reader.place(at);
    builder_.result(result);
  }

  TraceBuilder builder_;
  bool named_;
};

// Any value that holds messages: the document, its list of messages, one completion with its choices, or one message.
json::View list_of(json::View root) {
  const json::View choices = root["choices"];
  if (choices.is_array()) return choices;
  return root["role"].is_string() ? root : messages_of(root);
}

Result<void> read_chat(Records& records, Trace& trace) {
  const json::View root = records.root();
  const json::View list = list_of(root);
  if (root && !list) return fail(ErrorCode::kDetectMismatch, "", "This is not a chat: there is no array of messages.");
  const json::View task = root["task"];
  if (task.is_string()) trace.task = records.reader().text(task);
  const bool choices = root["choices"].is_array();
  AgentNames names;
  static_cast<void>(records.for_each_in(list, [&](const SourceReader&, json::View message) { names.see(message); }));
  ChatReader chat(trace, names.several());
  auto read = records.for_each_in(list, [&](const SourceReader& reader, json::View item) {
    if (choices && trace.steps != 0) {
      trace.lose("unknown_part", reader.place(item));  // one of several answers to choose from: the first is read
    } else {
      chat.message(reader, choices ? item["message"] : item);
    }
  });
  if (!read) return read;
  if (choices) trace.usage += read_usage(root["usage"]);
  chat.finish();
  return {};
}

bool is_message(json::View item) {
  const bool role = item["role"].is_string() || item["from"].is_string() || item["author"].is_string();
  return item.is_object() && role &&
         (item["content"].exists() || item["value"].is_string() || item["text"].is_string() ||
          item["tool_calls"].is_array());
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
  if (value["object"].equals("chat.completion")) return 0.98;
  const json::View messages = messages_of(value);
  if (!is_message(messages.first())) return 0;
  if (has_openai_calls(messages)) return 0.92;
  return value.is_object() && value["messages"].exists() && value["model"].is_string() ? 0.85 : 0;
}

double mark_plain(json::View value) {
  if (value.is_object() && value["role"].is_string() && value["content"].exists()) return 0.8;  // a line of a chat
  const json::View messages = messages_of(value);
  return messages && is_message(messages.first()) ? 0.8 : 0;
}

}  // namespace

extern const Source kOpenaiChatSource;
extern const Source kChatSource;
const Source kOpenaiChatSource{"openai-chat", mark_openai, read_chat};
const Source kChatSource{"plain-chat", mark_plain, read_chat};

}  // namespace agentmend
