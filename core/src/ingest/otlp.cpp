// Source: OTLP JSON with OpenTelemetry GenAI attributes (1.27 to 1.37) and the ai.* attributes of the Vercel AI SDK.
//
// Spans come in any order: they are collected, linked to their agent and read in order of time. Each model call repeats
// the conversation so far: only what is new is taken. Tool calls that messages and tool spans both show are taken once.
#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "ingest/sources.h"
#include "order.h"
#include "text/hash.h"

namespace agentmend {
namespace {

// The value behind an AnyValue; arrays and stringified JSON are opened where messages are read.
json::View unwrap(json::View any) {
  for (const std::string_view key :
       {"stringValue", "intValue", "doubleValue", "boolValue", "arrayValue", "kvlistValue"}) {
    const json::View value = any[key];
    if (value) return value;
  }
  return any;
}

json::View attribute(json::View attributes, std::string_view name) {
  if (attributes.is_object()) return attributes[name];  // a bare attribute map
  json::View found;
  json::for_each(attributes, [&](json::View item, std::size_t) {
    if (item["key"].equals(name)) found = unwrap(item["value"]);
  });
  return found;
}

std::int64_t to_integer(json::View value) {
  if (const auto number = value.integer()) return *number;
  std::int64_t out = 0;
  for (const char c : value.is_string() ? value.raw() : std::string_view()) {
    if (c >= '0' && c <= '9' && out < 900'000'000'000'000'000) out = out * 10 + (c - '0');
  }
  return out;
}

struct SpanRow {
  json::View span;
  json::View attributes;
  std::string id;
  std::string parent;
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  std::size_t order = 0;
};

enum class Operation { kOther, kModel, kTool, kAgent, kRetrieval };

Operation kind_of(const SpanRow& row) {
  const json::View operation = attribute(row.attributes, "gen_ai.operation.name");
  for (const std::string_view name : {"chat", "generate_content", "text_completion"}) {
    if (operation.equals(name)) return Operation::kModel;
  }
  if (operation.equals("execute_tool")) return Operation::kTool;
  if (operation.equals("invoke_agent") || operation.equals("create_agent")) return Operation::kAgent;
  if (operation.equals("retrieval")) return Operation::kRetrieval;
  const json::View vercel = attribute(row.attributes, "ai.operationId");
  if (vercel.is_string()) {
    const std::string name = vercel.text();
    if (name == "ai.toolCall") return Operation::kTool;
    if (name.ends_with(".doGenerate") || name.ends_with(".doStream")) return Operation::kModel;
    return Operation::kAgent;
  }
  return Operation::kOther;
}

class OtlpReader {
 public:
  explicit OtlpReader(const SourceReader& reader) : reader_(reader) {}

  void collect(json::View list) {
    json::for_each(list, [this](json::View span, std::size_t) {
      if (!span.is_object()) {
        reader_.trace.lose("bad_line", reader_.place(span));
        return;
      }
      SpanRow row{span,
                  span["attributes"],
                  span["spanId"].text(),
                  span["parentSpanId"].text(),
                  to_integer(span["startTimeUnixNano"]),
                  to_integer(span["endTimeUnixNano"]),
                  rows_.size()};
      if (row.attributes.is_null()) row.attributes = span;
      rows_.push_back(std::move(row));
    });
  }

  void read() {
    sort_stable(rows_, [](const SpanRow& a, const SpanRow& b) {
      return a.start_ns != b.start_ns ? a.start_ns < b.start_ns : a.order < b.order;
    });
    for (const SpanRow& row : rows_) {
      if (!row.id.empty()) by_id_.emplace(row.id, &row);
    }
    if (!rows_.empty() && rows_.front().span["traceId"].is_string())
      reader_.trace.id = reader_.text(rows_.front().span["traceId"]);
    for (const SpanRow& row : rows_) {
      ++reader_.trace.steps;
      switch (kind_of(row)) {
        case Operation::kModel: model(row); break;
        case Operation::kTool: tool(row); break;
        case Operation::kRetrieval: retrieval(row); break;
        case Operation::kAgent:
        case Operation::kOther: break;
      }
    }
    if (messages_ == 0 && reader_.trace.steps != 0) reader_.trace.lose("redacted");  // content was not recorded
  }

 private:
  Event event_of(const SpanRow& row, EventKind kind) {
    Event event;
    event.kind = kind;
    event.place = reader_.place(row.span);
    event.step = reader_.trace.steps - 1;
    event.at_ms = row.start_ns / 1'000'000;
    event.agent = agent_of(row);
    return event;
  }

  // The nearest enclosing span that names an agent. At most 64 steps up: parents may form a ring in broken exports.
  std::uint32_t agent_of(const SpanRow& row) {
    const SpanRow* here = &row;
    for (int up = 0; here != nullptr && up < 64; ++up) {
      const json::View name = attribute(here->attributes, "gen_ai.agent.name");
      if (name.is_string()) return reader_.trace.agent(reader_.text(name));
      const auto parent = by_id_.find(here->parent);
      here = parent == by_id_.end() ? nullptr : parent->second;
    }
    return 0;
  }

  void model(const SpanRow& row) {
    const auto count = [&row](std::initializer_list<std::string_view> names) {
      for (const std::string_view name : names) {
        const json::View value = attribute(row.attributes, name);
        if (!value.is_null()) return to_integer(value);
      }
      return std::int64_t{0};
    };
    reader_.trace.usage.input_tokens += count(
        {"gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "ai.usage.inputTokens", "ai.usage.promptTokens"});
    reader_.trace.usage.output_tokens += count({"gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens",
                                                "ai.usage.outputTokens", "ai.usage.completionTokens"});
    reader_.trace.usage.cache_read_tokens +=
        count({"gen_ai.usage.cache_read.input_tokens", "ai.usage.cachedInputTokens"});
    reader_.trace.usage.cache_write_tokens += count({"gen_ai.usage.cache_creation.input_tokens"});

    for (const std::string_view name :
         {"gen_ai.system_instructions", "gen_ai.input.messages", "ai.prompt.messages", "gen_ai.output.messages"}) {
      messages(row, name);
    }
    const json::View text = attribute(row.attributes, "ai.response.text");
    if (text.is_string()) say(row, Role::kAssistant, reader_.text(text), reader_.place(text));
    stringified(attribute(row.attributes, "ai.response.toolCalls"), [&](const SourceReader& inner, json::View calls) {
      json::for_each(calls, [&](json::View call, std::size_t) { part(row, inner, call, Role::kAssistant); });
    });
  }

  // Opens JSON that stands inside a string; plain arrays are taken as they are.
  template <typename F>
  void stringified(json::View value, F&& visit) {
    if (value.is_object() && value["values"].is_array()) value = value["values"];  // an OTLP arrayValue
    if (value.is_array()) {
      visit(reader_, value);
      return;
    }
    if (!value.is_string()) return;
    json::Index& index = reader_.trace.arena.index();
    if (!index.read(reader_.text(value))) {
      reader_.trace.lose("stringified_json_failed", reader_.place(value));
      return;
    }
    SourceReader inner = reader_;
    inner.inner = true;
    inner.outer = reader_.place(value);
    visit(inner, json::View::root(index));
  }

  void messages(const SpanRow& row, std::string_view name) {
    stringified(attribute(row.attributes, name), [&](const SourceReader& inner, json::View list) {
      json::for_each(list, [&](json::View item, std::size_t) {
        const json::View message = item["stringValue"].exists() || item["kvlistValue"].exists() ? unwrap(item) : item;
        if (message.is_string()) {
          stringified(message,
                      [&](const SourceReader& deeper, json::View one) { this->message(row, deeper, one, name); });
        } else {
          this->message(row, inner, message, name);
        }
      });
    });
  }

  void message(const SpanRow& row, const SourceReader& inner, json::View message, std::string_view source) {
    const bool instructions = source == "gen_ai.system_instructions";
    const Role role = instructions                  ? Role::kSystem
                      : message["role"].is_string() ? fold_role(inner.text(message["role"]))
                                                    : Role::kAssistant;
    const json::View parts = message["parts"].exists() ? message["parts"] : message["content"];
    if (parts.is_array()) {
      json::for_each(parts, [&](json::View item, std::size_t) { part(row, inner, item, role); });
    } else if (parts.is_string()) {
      say(row, role, inner.text(parts), inner.place(parts));
    } else if (message.is_string()) {
      say(row, role, inner.text(message), inner.place(message));
    }
  }

  void part(const SpanRow& row, const SourceReader& inner, json::View item, Role role) {
    const json::View type = item["type"];
    const bool call = type.equals("tool_call") || type.equals("tool-call") || item["toolCallId"].exists();
    const bool response = type.equals("tool_call_response") || type.equals("tool-result");
    const json::View id = item["id"].exists() ? item["id"] : item["toolCallId"];
    if (response) {
      const json::View output = item["response"].exists() ? item["response"]
                                : item["result"].exists() ? item["result"]
                                                          : item["output"];
      answer(row, inner.text(id), {}, inner.text(output), {}, CallStatus::kOk, inner.place(item));
    } else if (call) {
      const json::View name = item["name"].exists() ? item["name"] : item["toolName"];
      const json::View arguments = item["arguments"].exists() ? item["arguments"]
                                   : item["args"].exists()    ? item["args"]
                                                              : item["input"];
      open(row, inner.text(id), inner.text(name), arguments.is_null() ? std::string_view() : inner.text(arguments),
           inner.place(item));
    } else if (type.equals("text") || type.is_null()) {
      const json::View text = item["content"].exists() ? item["content"] : item["text"];
      if (text.is_string()) say(row, role, inner.text(text), inner.place(text));
    } else if (!type.equals("reasoning")) {
      reader_.trace.lose("unknown_part", inner.place(item));
    }
  }

  // A turn is new when this call repeats it more often than the conversation so far has had it.
  void say(const SpanRow& row, Role role, std::string_view text, Place place) {
    if (text.empty()) return;
    ++messages_;
    const std::uint64_t key = text::combine(text::hash(text), static_cast<std::uint64_t>(role) + 1);
    auto& seen = turns_[key];
    auto& here =
        seen.in_call == row.order + 1 ? seen.count_in_call : (seen.in_call = row.order + 1, seen.count_in_call = 0);
    if (++here <= seen.count) return;
    seen.count = here;
    Event event = event_of(row, EventKind::kTurn);
    event.role = role;
    event.text = text;
    event.place = place;
    if (role == Role::kUser && reader_.trace.task.empty()) reader_.trace.task = text;
    reader_.append(event);
  }

  void open(const SpanRow& row, std::string_view id, std::string_view name, std::string_view arguments, Place place) {
    if (!id.empty() && !opened_.emplace(std::string(id), name).second) return;
    Event event = event_of(row, EventKind::kToolCall);
    event.name = name;
    event.id = id;
    event.text = arguments;
    event.place = place;
    reader_.append(event);
  }

  void answer(const SpanRow& row, std::string_view id, std::string_view name, std::string_view output,
              std::string_view error, CallStatus status, Place place) {
    const auto call = opened_.find(std::string(id));
    if (!id.empty() && !answered_.emplace(std::string(id), true).second) return;
    Event event = event_of(row, EventKind::kToolResult);
    event.role = Role::kTool;
    event.id = id;
    event.name = name.empty() && call != opened_.end() ? call->second : name;
    event.text = output;
    event.error = error;
    event.status = call == opened_.end() && name.empty() ? CallStatus::kOrphan : status;
    event.place = place;
    if (row.end_ns > 0) event.at_ms = row.end_ns / 1'000'000;
    reader_.append(event);
  }

  void tool(const SpanRow& row) {
    const auto value = [&row](std::initializer_list<std::string_view> names) {
      for (const std::string_view name : names) {
        const json::View found = attribute(row.attributes, name);
        if (!found.is_null()) return found;
      }
      return json::View();
    };
    const json::View name = value({"gen_ai.tool.name", "ai.toolCall.name"});
    const json::View id = value({"gen_ai.tool.call.id", "ai.toolCall.id"});
    const json::View arguments = value({"gen_ai.tool.call.arguments", "ai.toolCall.args", "input"});
    const json::View output = value({"gen_ai.tool.call.result", "ai.toolCall.result", "output"});
    const json::View type = value({"error.type"});
    const json::View status = row.span["status"];
    const bool failed = status["code"].integer() == 2 || status["code"].equals("STATUS_CODE_ERROR") || !type.is_null();
    std::string_view message = status["message"].is_string() ? reader_.text(status["message"]) : std::string_view();
    if (message.empty() && type.is_string()) message = reader_.text(type);
    const std::string_view call_id = id.is_string() ? reader_.text(id) : std::string_view();
    const std::string_view tool_name = name.is_string() ? reader_.text(name) : std::string_view();
    open(row, call_id, tool_name, arguments.is_null() ? std::string_view() : reader_.text(arguments),
         reader_.place(row.span));
    if (output.is_null() && !failed) reader_.trace.lose("no_tool_results", reader_.place(row.span));
    answer(row, call_id, tool_name, output.is_null() ? std::string_view() : reader_.text(output),
           failed ? message : std::string_view(), failed ? CallStatus::kError : CallStatus::kOk,
           reader_.place(row.span));
  }

  void retrieval(const SpanRow& row) {
    Event event = event_of(row, EventKind::kRetrieval);
    const json::View query = attribute(row.attributes, "gen_ai.retrieval.query.text");
    if (query.is_string()) event.text = reader_.text(query);
    std::vector<RetrievedDocument>& documents = reader_.trace.arena.documents();
    stringified(attribute(row.attributes, "gen_ai.retrieval.documents"),
                [&](const SourceReader& inner, json::View list) {
                  json::for_each(list, [&](json::View item, std::size_t) {
                    const json::View doc = unwrap(item);
                    const json::View content = doc["content"];
                    RetrievedDocument document;
                    if (content.is_string()) document.text = inner.text(content);
                    if (doc["id"].is_string()) document.id = inner.text(doc["id"]);
                    document.score = doc["score"].number().value_or(-1);
                    document.place = inner.place(item);
                    documents.push_back(document);
                  });
                });
    event.documents = documents;
    reader_.append(event);
  }

  struct Seen {
    std::uint32_t count = 0;
    std::size_t in_call = 0;
    std::uint32_t count_in_call = 0;
  };
  const SourceReader& reader_;
  std::vector<SpanRow> rows_;
  std::unordered_map<std::string, const SpanRow*> by_id_;
  std::unordered_map<std::uint64_t, Seen> turns_;
  std::unordered_map<std::string, std::string_view> opened_;
  std::unordered_map<std::string, bool> answered_;
  std::uint32_t messages_ = 0;
};

Result<void> read_otlp(Records& records, Trace&) {
  const SourceReader reader = records.reader();
  const json::View root = records.root();
  OtlpReader otlp(reader);
  json::View resources = root["resourceSpans"].exists() ? root["resourceSpans"] : root["resource_spans"];
  if (resources && !resources.is_array()) {
    return fail(ErrorCode::kSchemaType, json::pointer_of(resources), "resourceSpans must be an array.");
  }
  json::for_each(resources, [&otlp](json::View resource, std::size_t) {
    for (const std::string_view name : {"scopeSpans", "scope_spans", "instrumentationLibrarySpans"}) {
      json::for_each(resource[name], [&otlp](json::View scope, std::size_t) { otlp.collect(scope["spans"]); });
    }
  });
  if (root.is_array()) otlp.collect(root);  // a plain list of spans
  otlp.read();
  return {};
}

double mark(json::View value) {
  if (value["resourceSpans"].exists()) return 0.99;
  if (value["resource_spans"].exists()) return 0.97;
  const json::View span = value.is_array() ? value.first() : json::View();
  const bool ids = span["traceId"].is_string() && (span["spanId"].is_string() || span["spanContext"].is_object());
  return ids && span["attributes"].exists() ? 0.9 : 0;
}

}  // namespace

extern const Source kOtlpSource;
const Source kOtlpSource{"otlp", mark, read_otlp};

}  // namespace agentmend
