// Source: Vercel AI SDK. Results of generateText and streamText (their steps), steps one by one, and UI messages.
#include "ingest/conversation.h"
#include "ingest/sources.h"

namespace agentmend {
namespace {

using As = Conversation::As;

bool is_step(json::View step) {
  if (!step["finishReason"].exists()) return false;
  return step["toolCalls"].is_array() || step["content"].is_array();
}

json::View messages_in(json::View value) { return value["messages"].is_array() ? value["messages"] : value; }

bool is_ui_message(json::View message) {
  const json::View type = message["parts"].first()["type"];
  if (!message["role"].is_string() || !message["parts"].is_array()) return false;
  return !message["parts"].first() || type.equals("text") || type.equals("step-start") || type.equals("reasoning") ||
         type.equals("dynamic-tool") || type.text().starts_with("tool-") || type.text().starts_with("data-");
}

class StepReader {
 public:
  explicit StepReader(Trace& trace) : trace_(trace), builder_(trace), talk_(trace, builder_) {}

  void result(const SourceReader& reader, json::View root) {
    json::for_each(root["steps"], [&](json::View one, std::size_t) { step(reader, one); });
    if (root["finishReason"].exists()) ended(root["finishReason"]);
    if (!root["error"].is_null()) trace_.status = RunStatus::kError;
  }

  void step(const SourceReader& reader, json::View step) {
    if (!is_step(step)) {
      trace_.lose("bad_line", reader.place(step));
      return;
    }
    const json::View response = step["response"];
    const json::View function = step["functionId"];
    builder_.now = {};
    builder_.now.step = trace_.steps++;
    builder_.now.agent = function.is_string() ? trace_.agent(reader.text(function)) : 0;
    builder_.now.ns = response["timestamp"].is_null() ? -1 : read_time(reader, response["timestamp"]);
    if (trace_.id.empty() && response["id"].is_string()) trace_.id = reader.text(response["id"]);
    const std::uint32_t span = builder_.open(SpanKind::kLlm, "", reader.place(step));
    const json::View model = response["modelId"].is_string() ? response["modelId"] : step["model"]["modelId"];
    if (model.is_string()) builder_.span(span).model = reader.text(model);
    builder_.usage(span, read_usage(step["usage"]));
    ended(step["finishReason"]);
    builder_.close(span, trace_.status == RunStatus::kError ? SpanStatus::kError : SpanStatus::kOk);
    builder_.now.parent = span;
    const json::View asked = step["request"]["body"];
    if (asked.is_object() || asked.is_string()) {
      static_cast<void>(open_inner_json(reader, asked, [&](const SourceReader& inner, json::View body) {
        talk_.list(inner, first_of(body, {"messages", "input", "prompt"}), Role::kUser, As::kHistory);
      }));
    }
    said(reader, step);
  }

  void finish() {
    builder_.finish();
    talk_.finish();
  }

 private:
  void said(const SourceReader& reader, json::View step) {
    talk_.next_list();
    if (!step["content"].is_array()) {  // version 4 has the parts apart
      if (step["text"].is_string()) talk_.plain(reader, step["text"], Role::kAssistant, As::kAnswer);
      for (const std::string_view key : {"toolCalls", "toolResults"}) {
        json::for_each(step[key],
                       [&](json::View part, std::size_t) { tell_part(reader, part, step, key == "toolResults"); });
      }
      return;
    }
    json::for_each(step["content"], [&](json::View part, std::size_t) { tell_part(reader, part, step, false); });
  }

  void tell_part(const SourceReader& reader, json::View part, json::View step, bool result) {
    const json::View error = part["error"];
    const bool empty = part["type"].equals("tool-error") && error.is_object() && error.size() == 0;
    const json::View told = empty ? told_to_model(part["toolCallId"], step) : json::View();
    if (told) {  // the model was told what the Error object does not say
      CallResult failed;
      failed.id = reader.text(part["toolCallId"]);
      failed.error = output_text(reader, told);
      failed.status = CallStatus::kError;
      failed.place = reader.place(part);
      builder_.result(failed);
    } else if (result && !part["type"].is_string()) {  // version 4: {toolCallId, result}
      CallResult ok;
      ok.id = reader.text(part["toolCallId"]);
      ok.output = output_text(reader, first_of(part, {"result", "output"}));
      ok.place = reader.place(part);
      builder_.result(ok);
    } else {
      talk_.element(reader, part, Role::kAssistant, As::kAnswer);
    }
  }

  // The result with that id among the messages that went back to the model; the newest stand last. At most this many
  // are looked at, so that a step with many failures stays cheap.
  static json::View told_to_model(json::View id, json::View step) {
    constexpr std::size_t kNewest = 64;
    const json::View messages = step["response"]["messages"];
    const std::size_t count = messages.size();
    const std::string wanted = id.text();
    json::View found;
    json::for_each(messages, [&](json::View message, std::size_t position) {
      if (position + kNewest < count || !message["role"].equals("tool")) return;
      json::for_each(message["content"], [&](json::View part, std::size_t) {
        if (part["toolCallId"].equals(wanted)) found = part["output"];
      });
    });
    return found;
  }

  // finishReason is a word, or {unified, raw}.
  void ended(json::View reason) {
    if (reason.is_object()) reason = reason["unified"];
    if (reason.equals("stop")) trace_.status = RunStatus::kOk;
    if (reason.equals("error")) trace_.status = RunStatus::kError;
    if (reason.equals("length") || reason.equals("tool-calls")) trace_.status = RunStatus::kLimit;
  }

  Trace& trace_;
  TraceBuilder builder_;
  Conversation talk_;
};

class UiReader {
 public:
  explicit UiReader(Trace& trace) : trace_(trace), builder_(trace) {}

  void message(const SourceReader& reader, json::View message) {
    builder_.now = {};
    builder_.now.step = trace_.steps++;
    if (!message["role"].is_string() || !message["parts"].is_array()) {
      trace_.lose("bad_line", reader.place(message));
      return;
    }
    const Role role = fold_role(reader.text(message["role"]));
    const json::View made =
        message["metadata"]["createdAt"].is_null() ? message["createdAt"] : message["metadata"]["createdAt"];
    if (!made.is_null()) builder_.now.ns = read_time(reader, made);
    if (role == Role::kAssistant) model(reader, message, message);
    bool began = false;
    json::for_each(message["parts"], [&](json::View part, std::size_t) {
      if (part["type"].equals("step-start")) {
        if (began && role == Role::kAssistant) model(reader, part, message);
        return;
      }
      began = true;
      this->part(reader, part, role);
    });
  }

  void finish() { builder_.finish(); }

 private:
  void model(const SourceReader& reader, json::View place, json::View message) {
    builder_.now.parent = Span::kNone;
    const std::uint32_t span = builder_.open(SpanKind::kLlm, "", reader.place(place));
    const json::View model = message["metadata"]["model"];
    if (model.is_string()) builder_.span(span).model = reader.text(model);
    if (place.position() == message.position())
      builder_.usage(span, read_usage(first_of(message["metadata"], {"usage", "totalUsage"})));
    builder_.close(span);
    builder_.now.parent = span;
  }

  void part(const SourceReader& reader, json::View part, Role role) {
    const std::string_view type = part["type"].is_string() ? reader.text(part["type"]) : std::string_view();
    if (type == "dynamic-tool" || type.starts_with("tool-")) {
      tool(reader, part, type == "dynamic-tool" ? reader.text(part["toolName"]) : type.substr(5));
    } else if (type == "tool-invocation") {
      tool(reader, part["toolInvocation"], reader.text(part["toolInvocation"]["toolName"]));
    } else if (!type.starts_with("source") && !type.starts_with("data-")) {
      read_part(reader, part, role, [this](const Said& said) { tell(builder_, said); });
    }
  }

  void tool(const SourceReader& reader, json::View part, std::string_view name) {
    const std::string_view id = part["toolCallId"].is_string() ? reader.text(part["toolCallId"]) : std::string_view();
    builder_.call(id, name, reader.text(first_of(part, {"input", "args", "rawInput"})), reader.place(part));
    const json::View state = part["state"];
    CallResult result;
    result.id = id;
    result.name = name;
    result.place = reader.place(part);
    if (state.equals("output-error")) {
      result.status = CallStatus::kError;
      result.error = reader.text(part["errorText"]);
    } else if (state.equals("output-denied")) {
      result.status = CallStatus::kBlocked;
    } else if (state.equals("output-available") || state.equals("result")) {
      result.output = output_text(reader, first_of(part, {"output", "result"}));
    } else {
      return;  // still going on
    }
    builder_.result(result);
  }

  Trace& trace_;
  TraceBuilder builder_;
};

Result<void> read(Records& records, Trace& trace) {
  const json::View root = records.root();
  const json::View messages = messages_in(root);
  bool ui = is_ui_message(messages.is_array() ? messages.first() : messages);
  if (!root) {
    static_cast<void>(
        records.for_each([&ui](const SourceReader&, json::View line) { ui = ui || is_ui_message(line); }));
  }
  if (ui) {
    UiReader reader(trace);
    auto read = records.for_each_in(
        messages, [&](const SourceReader& here, json::View message) { reader.message(here, message); });
    if (read) reader.finish();
    return read;
  }
  StepReader steps(trace);
  auto read = records.for_each(
      [&](const SourceReader& here, json::View record) {
        if (record["steps"].is_array()) {
          steps.result(here, record);
        } else {
          steps.step(here, record);
        }
      },
      Records::Keep::kViews);
  if (read) steps.finish();
  return read;
}

double mark(json::View value) {
  const json::View step = value["steps"].is_array() ? value["steps"].first() : value.is_array() ? value.first() : value;
  if (is_step(step)) return step["usage"]["inputTokens"].exists() ? 0.97 : 0.94;
  const json::View messages = messages_in(value);
  return is_ui_message(messages.is_array() ? messages.first() : messages) ? 0.88 : 0;
}

}  // namespace

extern const Source kVercelSource;
const Source kVercelSource{"vercel-ai-sdk", mark, read};

}  // namespace agentmend
