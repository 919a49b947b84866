#include "ingest/anthropic.h"

#include <string>
#include <utility>

namespace agentmend {
namespace {

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

// "mcp_tool_result", "web_search_tool_result", …: results that the provider's own tools put into the answer.
bool ends_as_result(json::View type) {
  return type.is_string() && type.raw().size() > 12 && type.raw().ends_with("tool_result\"");
}

bool is_call(json::View type) {
  return type.equals("tool_use") || type.equals("server_tool_use") || type.equals("mcp_tool_use");
}

// What Claude Code itself writes under the results of its search. Cut only where it is the whole end, word for word:
// anything looser would hide what a page says to the model.
std::string_view without_own_reminder(std::string_view output) {
  constexpr std::string_view kReminder =
      "REMINDER: You MUST include the sources above in your response to the user using markdown hyperlinks.";
  const std::size_t end = output.find_last_not_of(" \t\r\n");
  if (end == std::string_view::npos || !output.substr(0, end + 1).ends_with(kReminder)) return output;
  return output.substr(0, end + 1 - kReminder.size());
}

bool is_media(json::View type) {
  return type.equals("image") || type.equals("document") || type.equals("container_upload");
}

}  // namespace

bool is_anthropic_message(json::View value) {
  if (!value["type"].equals("message") || !value["role"].equals("assistant")) return false;
  return value["content"].is_array() && (value["stop_reason"].exists() || value["usage"].is_object());
}

bool is_inserted_text(std::string_view text) {
  constexpr std::string_view kTags[] = {
      "system-reminder>", "command-name>", "command-message>", "command-args>",     "local-command-",
      "bash-input>",      "bash-stdout>",  "bash-stderr>",     "task-notification", "user-prompt-submit-hook>"};
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return false;
  text.remove_prefix(start);
  if (text.starts_with("Caveat: The messages below")) return true;
  if (!text.starts_with("<")) return false;
  for (const std::string_view tag : kTags) {
    if (text.substr(1).starts_with(tag)) return true;
  }
  return false;
}

AnthropicMessages::Message& AnthropicMessages::message_of(const SourceReader& reader, json::View message, Place place) {
  if (message["id"].is_string()) {
    std::uint32_t& known = by_id_.at(reader.text(message["id"]));
    if (known != kNone) return messages_[known];
    known = static_cast<std::uint32_t>(messages_.size());
  }
  Message made;
  made.step = trace_.steps++;
  made.span = builder_.open(SpanKind::kLlm, "", place);
  Span& span = builder_.span(made.span);
  if (message["model"].is_string()) span.model = reader.text(message["model"]);
  if (message["id"].is_string()) span.id = reader.text(message["id"]);
  return messages_.emplace_back(made);
}

std::uint32_t AnthropicMessages::assistant(const SourceReader& reader, json::View message, Place place) {
  Message& model = message_of(reader, message, place);
  builder_.now.step = model.step;
  builder_.close(model.span);
  if (const Usage usage = read_usage_beside_cache(message["usage"]); !usage.empty()) {
    const std::uint32_t known = builder_.span(model.span).usage;
    if (known == Span::kNone) {
      builder_.usage(model.span, usage);
    } else {
      trace_.usages[known] = usage;  // every piece repeats it; the last is the final one
    }
  }
  const std::uint32_t around = builder_.now.parent;
  builder_.now.parent = model.span;
  const json::View content = message["content"];
  if (content.is_string()) say(model, reader.text(content), place);
  json::for_each(content, [&](json::View item, std::size_t) { block(reader, item, &model, Role::kAssistant, false); });
  builder_.now.parent = around;
  return model.span;
}

void AnthropicMessages::other(const SourceReader& reader, json::View content, Role role, Place place, bool refused) {
  builder_.now.step = trace_.steps++;
  if (!content.is_array()) {
    const std::string_view text = content_text(reader, content);
    if (!is_blank(text))
      builder_.turn(role == Role::kUser && is_inserted_text(text) ? Role::kDeveloper : role, text, place);
    return;
  }
  json::for_each(content, [&](json::View item, std::size_t) { block(reader, item, nullptr, role, refused); });
}

void AnthropicMessages::say(Message& message, std::string_view text, Place place) {
  if (is_blank(text)) return;
  const auto number = static_cast<std::uint32_t>(pieces_.size());
  pieces_.push_back({text});
  if (message.event == kNone) {
    message.event = static_cast<std::uint32_t>(trace_.events.size());
    message.first = number;
    builder_.turn(Role::kAssistant, text, place);
  } else {
    pieces_[message.last].next = number;
  }
  message.last = number;
}

void AnthropicMessages::block(const SourceReader& reader, json::View block, Message* message, Role role, bool refused) {
  const json::View type = block["type"];
  const Place place = reader.place(block);
  if (type.equals("text") || block.is_string()) {
    const std::string_view text = reader.text(block.is_string() ? block : block["text"]);
    if (message != nullptr) {
      say(*message, text, place);
    } else if (!is_blank(text)) {
      builder_.turn(role == Role::kUser && is_inserted_text(text) ? Role::kDeveloper : role, text, place);
    }
  } else if (is_call(type)) {
    builder_.call(reader.text(block["id"]), reader.text(block["name"]), reader.text(block["input"]), place);
  } else if (ends_as_result(type)) {
    result(reader, block, refused);
  } else if (type.equals("redacted_thinking")) {
    trace_.lose("encrypted_reasoning", place);
  } else if (is_media(type)) {
    trace_.lose("media_dropped", place);
  } else if (!type.equals("thinking")) {
    trace_.lose("unknown_part", place);
  }
}

void AnthropicMessages::result(const SourceReader& reader, json::View block, bool refused) {
  const json::View content = block["content"];
  CallResult result;
  result.id = block["tool_use_id"].is_string() ? reader.text(block["tool_use_id"]) : std::string_view();
  result.output = without_own_reminder(content_text(reader, content));
  if (result.output.empty() && !content.is_array()) result.output = reader.text(content);
  std::string storage;
  const bool failed = block["is_error"].boolean(false) || content["type"].text(storage).ends_with("_error");
  if (failed) result.status = refused ? CallStatus::kBlocked : CallStatus::kError;
  // What the client tells the model after a refusal is not what the tool said.
  if (failed && refused) std::swap(result.output, result.error);
  result.place = reader.place(block);
  json::for_each(content, [&](json::View part, std::size_t) {
    if (is_media(part["type"])) trace_.lose("media_dropped", reader.place(part));
  });
  builder_.result(result);
}

void AnthropicMessages::finish() {
  std::string joined;
  for (const Message& message : messages_) {
    if (message.first == message.last) continue;
    joined.clear();
    for (std::uint32_t at = message.first; at != kNone; at = pieces_[at].next) {
      if (at != message.first) joined += "\n";
      joined += pieces_[at].text;
    }
    trace_.events[message.event].text = trace_.arena.keep(joined);
  }
}

}  // namespace agentmend
