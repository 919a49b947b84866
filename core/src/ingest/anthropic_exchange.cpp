#include "ingest/anthropic_exchange.h"

#include "ingest/records.h"

#include "text/hash.h"

namespace agentmend {
namespace {

// {request, response}, {request: {body}, response: {body}}, {status, body}, or the answer itself.
json::View answer_in(json::View record) {
  const json::View response = record["response"].is_object() ? record["response"] : record;
  const json::View body = first_of(response, {"body", "jsonBody"});
  if (body["string"].is_string()) return body["string"];
  return body.is_null() ? response : body;
}

json::View question_in(json::View record) {
  const json::View request = record["request"];
  const json::View body = first_of(request, {"body", "json"});
  return body.is_null() ? request : body;
}

// Enough of a recorded text to tell whose answer it is, without reading all of it.
bool looks_recorded(json::View body) {
  const std::string_view raw = body.raw();
  return body.is_string() && raw.find(R"(\"type\":\"message\")") != std::string_view::npos &&
         raw.find(R"(\"stop_reason\")") != std::string_view::npos;
}

}  // namespace

double mark_exchange(json::View record) {
  if (!record.is_object()) return 0;
  const json::View answer = answer_in(record);
  return is_anthropic_message(answer) || looks_recorded(answer) ? 0.93 : 0;
}

void AnthropicExchanges::exchange(const SourceReader& reader, json::View record) {
  const json::View question = question_in(record);
  if (!question.is_null()) {
    static_cast<void>(
        open_inner_json(reader, question, [&](const SourceReader& inner, json::View value) { request(inner, value); }));
  }
  static_cast<void>(open_inner_json(reader, answer_in(record),
                                    [&](const SourceReader& inner, json::View value) { response(inner, value); }));
  const std::int64_t status =
      first_of(record["response"].is_object() ? record["response"] : record, {"status", "status_code"})
          .integer()
          .value_or(0);
  if (status >= 400) trace_.status = RunStatus::kError;
}

void AnthropicExchanges::request(const SourceReader& reader, json::View request) {
  const json::View messages = request["messages"];
  const std::uint64_t begins = text::hash(messages.first().raw());
  if (begins != begins_ || messages.size() < known_) {
    known_ = 0;
    const json::View system = request["system"];
    if (!system.is_null()) messages_.other(reader, system, Role::kSystem, reader.place(system));
  }
  begins_ = begins;
  json::for_each(messages, [&](json::View message, std::size_t i) {
    if (i < known_) return;
    if (message["role"].equals("assistant")) {
      messages_.assistant(reader, message, reader.place(message));
    } else {
      messages_.other(reader, message["content"], Role::kUser, reader.place(message));
    }
  });
  known_ = messages.size();
}

void AnthropicExchanges::response(const SourceReader& reader, json::View response) {
  if (!is_anthropic_message(response)) {
    const json::View error = response["error"];
    if (!error.is_object()) {
      trace_.lose("unknown_event", reader.place(response));
      return;
    }
    builder_.now.step = trace_.steps++;
    const std::uint32_t span = builder_.open(SpanKind::kLlm, "", reader.place(response));
    builder_.span(span).error = reader.text(error["message"]);
    builder_.close(span, SpanStatus::kError);
    trace_.status = RunStatus::kError;
    return;
  }
  messages_.assistant(reader, response, reader.place(response));
  ++known_;
  trace_.status = response["stop_reason"].equals("max_tokens") ? RunStatus::kLimit : RunStatus::kOk;
}

void AnthropicExchanges::finish() {
  messages_.finish();
  builder_.finish();
}

}  // namespace agentmend
