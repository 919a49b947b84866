// Source: arrays of chat messages. OpenAI chat completions with tool calls, plain chat, named agents in one
// conversation.
#include <string>
#include <vector>

#include "ingest/sources.h"

namespace agentmend {

Role fold_role(std::string_view role) {
  if (role == "user" || role == "human" || role == "customer" || role == "input") return Role::kUser;
  if (role == "system") return Role::kSystem;
  if (role == "developer") return Role::kDeveloper;
  if (role == "tool" || role == "function" || role == "observation" || role == "ipython") return Role::kTool;
  return Role::kAssistant;  // assistant, ai, bot, gpt, model, agent
}

void add_usage(json::View usage, Usage& sum) {
  if (!usage.is_object()) return;
  const auto field = [&usage](std::initializer_list<std::string_view> names) -> std::int64_t {
    for (const std::string_view name : names) {
      if (const auto value = usage[name].integer()) return *value < 0 ? 0 : *value;
    }
    return 0;
  };
  sum.input_tokens += field({"input_tokens", "prompt_tokens", "inputTokens", "promptTokens"});
  sum.output_tokens += field({"output_tokens", "completion_tokens", "outputTokens", "completionTokens"});
  sum.cache_read_tokens += field({"cache_read_tokens", "cache_read_input_tokens", "cachedInputTokens"});
  sum.cache_write_tokens += field({"cache_write_tokens", "cache_creation_input_tokens"});
}

namespace {

json::View first_of(json::View object, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    const json::View value = object[key];
    if (!value.is_null()) return value;
  }
  return {};
}

json::View role_of(json::View message) { return first_of(message, {"role", "from", "author"}); }
json::View content_of(json::View message) { return first_of(message, {"content", "value", "text", "message", "body"}); }

// Text of a message: a string, or the text parts of an array of parts joined by line breaks.
std::string_view message_text(const SourceReader& reader, json::View content) {
  if (content.is_string()) return reader.text(content);
  if (content.is_object()) return reader.text(content["text"].is_null() ? content["content"] : content["text"]);
  if (!content.is_array()) return {};
  std::string_view only;
  std::string joined;
  std::size_t parts = 0;
  json::for_each(content, [&](json::View part, std::size_t) {
    const json::View text = part.is_string() ? part : first_of(part, {"text", "content"});
    if (!text.is_string()) return;
    only = reader.text(text);
    if (parts++ != 0) joined += "\n";
    joined += only;
  });
  return parts < 2 ? only : reader.trace.arena.keep(joined);
}

// Two different names on assistant messages mean several agents; one name, or names on user messages alone, do not.
bool names_are_agents(json::View messages) {
  std::string first;
  bool several = false;
  json::for_each(messages, [&](json::View message, std::size_t) {
    if (several || !message["name"].is_string()) return;
    std::string storage;
    if (fold_role(role_of(message).text(storage)) != Role::kAssistant) return;
    const std::string name = message["name"].text();
    if (first.empty()) first = name;
    several = name != first;
  });
  return several;
}

struct PendingCall {
  std::string_view id;
  std::string_view name;
  std::uint32_t agent = 0;
  bool answered = false;
};

class ChatReader {
 public:
  ChatReader(const SourceReader& reader, json::View messages) : reader_(reader), named_(names_are_agents(messages)) {}

  void message(json::View message, std::size_t position) {
    Trace& trace = reader_.trace;
    if (!message.is_object()) {
      trace.lose("bad_line", reader_.place(message));
      return;
    }
    ++trace.spans;
    Event event;
    event.step = static_cast<std::uint32_t>(position);
    event.place = reader_.place(message);
    event.role = fold_role(reader_.text(role_of(message)));
    if (named_ && message["name"].is_string()) event.agent = trace.agent(reader_.text(message["name"]));
    add_usage(message["usage"], trace.usage);
    if (event.role == Role::kTool) {
      result(message, event);
      return;
    }
    event.text = message_text(reader_, content_of(message));
    if (event.role == Role::kUser && trace.task.empty()) trace.task = event.text;
    if (!event.text.empty()) reader_.append(event);
    calls(message, event);
  }

  void finish() {
    for (const PendingCall& call : pending_) {
      if (!call.answered) lost_ += &call == &pending_.back() ? 0 : 1;  // the last call may still be running
    }
    if (lost_ != 0) reader_.trace.lose("result_lost", {}, lost_);
  }

 private:
  void calls(json::View message, Event event) {
    json::for_each(message["tool_calls"], [&](json::View call, std::size_t) {
      const json::View function = call["function"].is_object() ? call["function"] : call;
      open(event, call, function["name"], first_of(function, {"arguments", "args", "input"}), call["id"]);
    });
    const json::View old = message["function_call"];
    if (old.is_object()) open(event, old, old["name"], old["arguments"], {});
    json::for_each(message["content"], [&](json::View part, std::size_t) {
      if (part["type"].equals("tool_use")) open(event, part, part["name"], part["input"], part["id"]);
      if (part["type"].equals("tool_result")) result_part(part, event);
    });
  }

  void open(Event event, json::View call, json::View name, json::View arguments, json::View id) {
    event.kind = EventKind::kToolCall;
    event.place = reader_.place(call);
    event.name = reader_.text(name);
    event.id = id.is_string() ? reader_.text(id) : std::string_view();
    event.text = arguments.is_null() ? std::string_view() : reader_.text(arguments);
    if (event.name.empty()) reader_.trace.lose("unknown_part", event.place);
    pending_.push_back({event.id, event.name, event.agent, false});
    reader_.append(event);
  }

  void result(json::View message, Event event) {
    event.text = message_text(reader_, content_of(message));
    if (event.text.empty() && !content_of(message).is_null() && !content_of(message).is_array())
      event.text = reader_.text(content_of(message));
    close(event, first_of(message, {"tool_call_id", "tool_use_id"}), message["name"],
          message["is_error"].boolean(false) || message["status"].equals("error"));
  }

  void result_part(json::View part, Event event) {
    event.place = reader_.place(part);
    event.text = message_text(reader_, part["content"]);
    close(event, part["tool_use_id"], {}, part["is_error"].boolean(false));
  }

  // Pairing: by id, else the first unanswered call of that name, else of any name.
  void close(Event event, json::View id, json::View name, bool failed) {
    event.kind = EventKind::kToolResult;
    event.role = Role::kTool;
    event.id = id.is_string() ? reader_.text(id) : std::string_view();
    event.name = name.is_string() ? reader_.text(name) : std::string_view();
    event.status = failed ? CallStatus::kError : CallStatus::kOk;
    if (failed) event.error = event.text;
    PendingCall* match = nullptr;
    while (open_from_ < pending_.size() && pending_[open_from_].answered) ++open_from_;
    for (std::size_t i = open_from_; i < pending_.size(); ++i) {
      PendingCall& call = pending_[i];
      const bool fits = event.id.empty() ? event.name.empty() || call.name == event.name : call.id == event.id;
      if (!call.answered && fits) {
        match = &call;
        break;
      }
    }
    if (match == nullptr) {
      if (!failed) event.status = CallStatus::kOrphan;
      if (event.id.empty() && pending_.empty()) {
        reader_.trace.lose("no_tool_calls", event.place);  // a log that kept results only
      } else {
        reader_.trace.lose("orphan_result", event.place);
      }
    } else {
      match->answered = true;
      event.name = match->name;
      event.agent = match->agent;
    }
    reader_.append(event);
  }

  const SourceReader& reader_;
  bool named_;
  std::vector<PendingCall> pending_;
  std::size_t open_from_ = 0;  // everything before it is answered
  std::uint32_t lost_ = 0;
};

}  // namespace

void ingest_chat(const SourceReader& reader, json::View messages) {
  ChatReader chat(reader, messages);
  json::for_each(messages, [&chat](json::View message, std::size_t position) { chat.message(message, position); });
  chat.finish();
}

}  // namespace agentmend
