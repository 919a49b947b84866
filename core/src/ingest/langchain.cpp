#include "ingest/langchain.h"

#include <algorithm>
#include <cstring>

#include "text/hash.h"

namespace agentmend {
namespace {

struct Kind {
  std::string_view name;
  Role role;
};
// Class names and types; a "Chunk" at the end is taken off before.
constexpr Kind kKinds[] = {{"human", Role::kUser},
                           {"HumanMessage", Role::kUser},
                           {"ai", Role::kAssistant},
                           {"AIMessage", Role::kAssistant},
                           {"system", Role::kSystem},
                           {"SystemMessage", Role::kSystem},
                           {"tool", Role::kTool},
                           {"ToolMessage", Role::kTool},
                           {"function", Role::kTool},
                           {"FunctionMessage", Role::kTool},
                           {"developer", Role::kDeveloper},
                           {"chat", Role::kAssistant},
                           {"ChatMessage", Role::kAssistant}};
constexpr std::size_t kOpenCallsSearched = 64;  // calls of one message that arrive at the same time
constexpr std::string_view kRoles[] = {"user", "human", "assistant", "ai", "system", "tool", "function", "developer"};

bool is_role(json::View value) {
  for (const std::string_view role : kRoles) {
    if (value.equals(role)) return true;
  }
  return false;
}

bool set_kind(std::string_view name, LangchainMessage& message) {
  if (name.ends_with("Chunk")) name.remove_suffix(5);
  message.removal = name == "remove" || name == "RemoveMessage";
  for (const Kind& kind : kKinds) {
    if (kind.name != name) continue;
    message.role = kind.role;
    return true;
  }
  return message.removal;
}

json::View last_of(json::View array) {
  json::View last;
  json::for_each(array, [&last](json::View item, std::size_t) { last = item; });
  return last;
}

}  // namespace

json::View unwrap_langchain(json::View value) {
  return value["kwargs"].is_object() && value["id"].is_array() ? value["kwargs"] : value;
}

LangchainMessage langchain_message(json::View value) {
  LangchainMessage message;
  if (value.is_array()) {
    const json::View text = value.at(1);
    if (!is_role(value.first()) || !text.is_string() || text.next_in(value)) return message;
    message.role = fold_role(value.first().text());
    message.fields = value;
    message.content = text;
    return message;
  }
  if (!value.is_object()) return message;
  json::View fields = unwrap_langchain(value);
  const bool constructed = fields.position() != value.position();
  const json::View type = constructed ? last_of(value["id"]) : value["type"];
  std::string storage;
  if (!constructed && value["data"].is_object()) fields = value["data"];
  const bool holds = fields["content"].exists() || fields["tool_calls"].is_array();
  const bool typed = type.is_string() && set_kind(type.text(storage), message);
  if (typed && (holds || message.removal)) {
    message.fields = fields;
  } else if (!constructed && is_role(value["role"]) && holds) {
    message.role = fold_role(value["role"].text(storage));
    message.fields = value;
  }
  if (message && typed && fields["role"].is_string()) message.role = fold_role(fields["role"].text(storage));
  message.content = message.fields["content"];
  return message;
}

bool is_langchain_message(json::View value) {
  return value.is_object() && !value["role"].is_string() && langchain_message(value);
}

std::span<const RetrievedDocument> langchain_documents(const SourceReader& reader, json::View list) {
  const json::View first = unwrap_langchain(list.is_array() ? list.first() : json::View());
  if (!first_of(first, {"page_content", "pageContent"}).is_string()) return {};
  auto& documents = reader.trace.arena.documents();
  json::for_each(list, [&](json::View item, std::size_t) {
    const json::View fields = unwrap_langchain(item);
    const json::View content = first_of(fields, {"page_content", "pageContent"});
    if (!content.is_string()) {
      reader.trace.lose("unknown_part", reader.place(item));
      return;
    }
    const json::View about = fields["metadata"];
    RetrievedDocument document;
    document.text = reader.text(content);
    const json::View id = first_of(fields, {"id"});
    document.id = reader.text(id.is_string() ? id : first_of(about, {"id", "doc_id", "document_id"}));
    document.title = reader.text(first_of(about, {"title", "source"}));
    document.score = first_of(about, {"score", "relevance_score", "_score"}).number().value_or(-1);
    document.place = reader.place(item);
    documents.push_back(document);
  });
  return documents;
}

LangchainConversation::Said& LangchainConversation::known(std::uint64_t hash) {
  char bytes[sizeof hash];
  std::memcpy(bytes, &hash, sizeof hash);
  const std::string_view key(bytes, sizeof hash);
  const std::uint32_t found = by_hash_.find(key);
  if (found != IdTable::kNone) return said_[found];
  by_hash_.at(trace_.arena.keep(key)) = static_cast<std::uint32_t>(said_.size());
  return said_.emplace_back();
}

namespace {

std::uint64_t hash_of(const LangchainMessage& message) {
  std::uint64_t hash = text::hash(message.content.raw(), static_cast<std::uint64_t>(message.role) + 1);
  hash = text::hash(message.fields["tool_call_id"].raw(), hash);
  json::for_each(message.fields["tool_calls"], [&hash](json::View call, std::size_t) {
    hash = text::hash(first_of(call, {"id", "function", "name"}).raw(), hash);
  });
  return hash;
}

}  // namespace

void LangchainConversation::message(const SourceReader& reader, json::View value, bool whole) {
  const LangchainMessage message = langchain_message(value);
  if (!message) {
    trace_.lose("unknown_part", reader.place(value));
    return;
  }
  if (message.removal) return;
  const std::uint64_t hash = hash_of(message);
  if (first_ == 0) first_ = hash;
  Said& said = known(hash);
  if (said.list != lists_) {
    said.list = lists_;
    said.in_list = 0;
  }
  const std::uint32_t times = whole ? ++said.in_list : ++said.added;
  const json::View id = message.fields["id"];
  if (id.is_string() && !id.equals("")) {
    std::uint32_t& span = by_id_.at(reader.text(id));
    if (span != IdTable::kNone) {  // said, perhaps in pieces or with other words
      if (said_[span].span != Span::kNone) measure(reader, message, said_[span].span);
      said.times = std::max(said.times, times);
      return;
    }
    span = static_cast<std::uint32_t>(&said - said_.data());
  }
  if (said.times >= times) return;
  said.times = times;
  const std::size_t at = static_cast<std::size_t>(&said - said_.data());
  last_span_ = Span::kNone;
  say(reader, message, value);
  said_[at].span = last_span_;
}

void LangchainConversation::whole(const SourceReader& reader, json::View list, bool models) {
  ++lists_;
  models_ = models;
  json::for_each(list, [&](json::View item, std::size_t) { message(reader, item, true); });
  models_ = true;
}

void LangchainConversation::added(const SourceReader& reader, json::View list) {
  if (!list.is_array() || langchain_message(list)) {
    message(reader, list, false);
    return;
  }
  const LangchainMessage first = langchain_message(list.first());
  if (first && first_ != 0 && hash_of(first) == first_ && list.first().next_in(list)) {
    whole(reader, list);
    return;
  }
  json::for_each(list, [&](json::View item, std::size_t) { message(reader, item, false); });
}

// What the message itself says about its cost; nothing is counted twice.
void LangchainConversation::measure(const SourceReader& reader, const LangchainMessage& message, std::uint32_t span) {
  const json::View about = message.fields["response_metadata"];
  Span& model = builder_.span(span);
  if (model.model.empty()) {
    const json::View name = first_of(about, {"model_name", "model", "modelName", "model_id"});
    if (name.is_string()) model.model = reader.text(name);
  }
  if (model.usage != Span::kNone) return;
  Usage usage = read_usage(message.fields["usage_metadata"]);
  const json::View details = message.fields["usage_metadata"]["input_token_details"];
  usage.cache_read_tokens = details["cache_read"].integer().value_or(usage.cache_read_tokens);
  usage.cache_write_tokens = details["cache_creation"].integer().value_or(usage.cache_write_tokens);
  if (usage.empty()) usage = read_usage(first_of(about, {"tokenUsage", "token_usage"}));
  if (usage.empty()) usage = read_usage_beside_cache(about["usage"]);
  builder_.usage(span, usage);
}

// The span around where that is the model call itself.
std::uint32_t LangchainConversation::model(const SourceReader& reader, const LangchainMessage& message, Place place) {
  const std::uint32_t around = builder_.now.parent;
  const bool open = around != Span::kNone && builder_.span(around).kind == SpanKind::kLlm;
  const std::uint32_t span = open ? around : builder_.open(SpanKind::kLlm, "", place);
  measure(reader, message, span);
  if (!open) builder_.close(span);
  return span;
}

void LangchainConversation::say(const SourceReader& reader, const LangchainMessage& message, json::View value) {
  end_of_pieces();
  const Place place = reader.place(value);
  ++builder_.now.step;
  if (message.role == Role::kTool) {
    answer(reader, message, place);
    return;
  }
  const Moment before = builder_.now;
  const std::string_view text = content_text(reader, message.content);
  if (message.role == Role::kAssistant) {
    const json::View name = message.fields["name"];
    if (name.is_string() && builder_.now.agent == 0) {
      // One name is the name of the only agent, whoever spoke before it.
      if (trace_.agents[0] == "main" && !name.equals("")) trace_.agents[0] = reader.text(name);
      builder_.now.agent = trace_.agent(reader.text(name));
    }
    if (models_) builder_.now.parent = last_span_ = model(reader, message, place);
  } else if (message.role == Role::kUser) {
    last_user_text_ = text;
  }
  builder_.turn(message.role, text, place);
  calls(reader, message, text);
  builder_.now.parent = before.parent;
  builder_.now.agent = before.agent;
}

void LangchainConversation::answer(const SourceReader& reader, const LangchainMessage& message, Place place) {
  CallResult result;
  const json::View id = message.fields["tool_call_id"];
  const json::View name = message.fields["name"];
  if (id.is_string()) result.id = reader.text(id);
  if (name.is_string()) result.name = reader.text(name);
  if (runs_apart_.find(result.name) != IdTable::kNone || calls_apart_.find(result.id) != IdTable::kNone) return;
  result.output = content_text(reader, message.content);
  if (result.output.empty() && !message.content.is_string()) result.output = reader.text(message.content);
  if (message.fields["status"].equals("error")) result.status = CallStatus::kError;
  result.place = place;
  builder_.result(result);
}

void LangchainConversation::call(std::string_view id, std::string_view name, std::string_view arguments,
                                 std::string_view text, Place place) {
  if (runs_apart_.find(name) == IdTable::kNone) {
    builder_.call(id, name, arguments, place);
  } else if (!id.empty()) {
    calls_apart_.at(id) = 0;
  }
  for (const std::string_view transfer : {"transfer_back_to_", "transfer_to_", "handoff_to_"}) {
    if (!name.starts_with(transfer)) continue;
    const std::string_view passed = !text.empty() || arguments == "{}" ? text : arguments;
    builder_.handoff(trace_.agents[builder_.now.agent], name.substr(transfer.size()), passed, place);
    return;
  }
}

void LangchainConversation::calls(const SourceReader& reader, const LangchainMessage& message, std::string_view text) {
  std::size_t count = 0;
  const auto each = [&](json::View item, std::size_t) {
    const json::View function = item["function"].is_object() ? item["function"] : item;
    const json::View id = item["id"];
    const json::View name = function["name"];
    call(id.is_string() ? reader.text(id) : std::string_view(), name.is_string() ? reader.text(name) : "",
         reader.text(first_of(function, {"args", "arguments", "input"})), text, reader.place(item));
    ++count;
  };
  json::for_each(message.fields["tool_calls"], each);
  if (count == 0) json::for_each(message.fields["additional_kwargs"]["tool_calls"], each);
  if (count == 0) {
    json::for_each(message.content, [&](json::View part, std::size_t at) {
      if (part["type"].equals("tool_use")) each(part, at);
    });
  }
  json::for_each(message.fields["invalid_tool_calls"], each);
}

void LangchainConversation::piece(const SourceReader& reader, json::View value, std::string_view model) {
  const LangchainMessage message = langchain_message(value);
  const json::View id = message.fields["id"];
  if (!message || message.role != Role::kAssistant || !id.is_string()) {
    added(reader, value);
    return;
  }
  const std::string_view name = reader.text(id);
  if (name != open_id_ || open_span_ == Span::kNone) {
    end_of_pieces();
    std::uint32_t& known_as = by_id_.at(name);
    if (known_as != IdTable::kNone) return;  // said already, in one piece
    known_as = static_cast<std::uint32_t>(said_.size());
    open_id_ = name;
    open_place_ = reader.place(value);
    open_span_ = this->model(reader, message, open_place_);
    if (builder_.span(open_span_).model.empty()) builder_.span(open_span_).model = model;
    open_at_ = builder_.now;
    said_.emplace_back().span = open_span_;
  }
  measure(reader, message, open_span_);
  open_text_ += content_text(reader, message.content);
  const json::View chunks = message.fields["tool_call_chunks"];
  json::for_each(chunks.is_array() ? chunks : message.fields["tool_calls"], [&](json::View item, std::size_t) {
    const std::int64_t index = item["index"].integer().value_or(-1);
    const json::View call_id = item["id"];
    const bool starts = call_id.is_string() && (open_calls_.empty() || open_calls_.back().id != reader.text(call_id));
    std::size_t at = open_calls_.size();
    const std::size_t oldest = open_calls_.size() - std::min(open_calls_.size(), kOpenCallsSearched);
    for (std::size_t i = open_calls_.size(); i-- > oldest && at == open_calls_.size() && !starts;) {
      if (open_calls_[i].index == index || index < 0) at = i;
    }
    if (at == open_calls_.size()) open_calls_.push_back({reader.text(call_id), "", "", index});
    if (item["name"].is_string()) open_calls_[at].name = reader.text(item["name"]);
    open_calls_[at].arguments += reader.text(first_of(item, {"args"}));
  });
}

void LangchainConversation::end_of_pieces() {
  if (open_span_ == Span::kNone) return;
  const Moment now = builder_.now;
  builder_.now = open_at_;
  builder_.now.step = now.step + 1;
  builder_.now.parent = open_span_;
  last_span_ = open_span_;
  open_span_ = Span::kNone;
  const std::string_view text = trace_.arena.keep(open_text_);
  builder_.turn(Role::kAssistant, text, open_place_);
  for (const Piece& made : open_calls_) {
    call(made.id, made.name, made.arguments.empty() ? "{}" : trace_.arena.keep(made.arguments), text, open_place_);
  }
  open_text_.clear();
  open_calls_.clear();
  builder_.now = now;
  ++builder_.now.step;
}

}  // namespace agentmend
