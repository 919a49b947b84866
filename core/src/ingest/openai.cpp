// Sources: OpenAI's two APIs. Responses (objects, items, stream events) and Chat Completions (messages, completions,
// chunks), alone, as lines of a batch, or as recorded HTTP exchanges around either.
#include <string>

#include "ingest/conversation.h"
#include "ingest/openai_items.h"
#include "ingest/source.h"
#include "ingest/sources.h"
#include "json/writer.h"

namespace agentmend {
namespace {

using As = Conversation::As;

// A body as recorders keep it: a value, JSON in a string, or either inside {string: …} or {data: …}.
json::View body_of(json::View message) {
  json::View body = first_of(message, {"jsonBody", "body", "json"});
  if (body.is_object()) {
    const json::View inner = first_of(body, {"string", "data", "text"});
    if (inner.is_string()) body = inner;
  }
  return body;
}

// The lists that recorders keep exchanges in.
json::View exchanges_of(json::View value) {
  for (const std::string_view key : {"interactions", "http_interactions", "mappings", "recordings"}) {
    if (value[key].is_array()) return value[key];
  }
  return {};
}

struct Exchange {
  json::View request;
  json::View response;
};

Exchange exchange_of(json::View value) {
  Exchange out;
  if (value["status"].is_number() && value["headers"].is_object()) out.response = body_of(value);
  if (value["response"].is_object()) out.response = body_of(value["response"]);
  if (value["request"].is_object()) out.request = body_of(value["request"]);
  if (out.request.is_null()) {  // WireMock says what a request must look like
    json::for_each(value["request"]["bodyPatterns"], [&out](json::View pattern, std::size_t) {
      if (!pattern["equalToJson"].is_null()) out.request = pattern["equalToJson"];
    });
  }
  return out;
}

bool is_chat_answer(json::View value) {
  return value["object"].equals("chat.completion") || value["object"].equals("chat.completion.chunk");
}

// Reads API objects: each answer is a model call, its request the history.
class ApiReader {
 public:
  explicit ApiReader(Trace& trace) : trace_(trace), builder_(trace), talk_(trace, builder_) {}

  void value(const SourceReader& reader, json::View value, int depth = 0) {
    constexpr int kDepth = 4;  // lists of exchanges of bodies
    const json::View list = exchanges_of(value);
    if (depth > kDepth || !(value.is_object() || value.is_array())) {
      trace_.lose("bad_line", reader.place(value));
    } else if (list || value.is_array()) {
      json::for_each(list ? list : value, [&](json::View item, std::size_t) { this->value(reader, item, depth + 1); });
    } else if (value["object"].equals("response") || value["object"].equals("chat.completion")) {
      answer(reader, value, reader, {});
    } else if (value["object"].equals("chat.completion.chunk")) {
      chunk(reader, value);
    } else if (is_stream_event(value)) {
      stream(reader, value);
    } else {
      exchange(reader, value);
    }
  }

  void finish() {
    flush();
    unfinished();
    builder_.finish();
    talk_.finish();
  }

  static bool is_stream_event(json::View value) {
    const json::View type = value["type"];
    std::string storage;
    return type.is_string() && type.text(storage).starts_with("response.");
  }

 private:
  void exchange(const SourceReader& reader, json::View value) {
    const Exchange found = exchange_of(value);
    if (found.response.is_null() && found.request.is_null()) {
      trace_.lose("unknown_event", reader.place(value));
      return;
    }
    const auto with_request = [&](const SourceReader& asked, json::View request) {
      if (found.response.is_null()) {
        answer(reader, {}, asked, request);
        return;
      }
      static_cast<void>(open_inner_json(reader, found.response, [&](const SourceReader& answered, json::View body) {
        answer(answered, body, asked, request);
      }));
    };
    if (found.request.is_null() || !open_inner_json(reader, found.request, with_request)) with_request(reader, {});
  }

  // One model call: what it was given, and what it answered.
  void answer(const SourceReader& reader, json::View body, const SourceReader& asked, json::View request) {
    builder_.now = {};
    builder_.now.step = trace_.steps++;
    builder_.now.ns = first_of(body, {"created_at", "created"}).is_null()
                          ? -1
                          : read_time(reader, first_of(body, {"created_at", "created"}));
    if (trace_.id.empty() && body["id"].is_string()) trace_.id = reader.text(body["id"]);
    const std::uint32_t span =
        builder_.open(SpanKind::kLlm, "", body.is_null() ? asked.place(request) : reader.place(body));
    const json::View model = body["model"].is_string() ? body["model"] : request["model"];
    if (model.is_string())
      builder_.span(span).model = body["model"].is_string() ? reader.text(model) : asked.text(model);
    builder_.usage(span, read_usage(body["usage"]));
    builder_.now.parent = span;
    const json::View instructions = first_of(body, {"instructions"});
    talk_.list(instructions.is_null() ? asked : reader, instructions.is_null() ? request["instructions"] : instructions,
               Role::kSystem, As::kInstructions);
    talk_.list(asked, first_of(request, {"input", "messages"}), Role::kUser, As::kHistory);
    if (request.is_null()) talk_.list(reader, body["input"], Role::kUser, As::kHistory);
    talk_.list(reader, body["output"], Role::kAssistant, As::kAnswer);
    json::for_each(body["choices"], [&](json::View choice, std::size_t position) {
      if (position != 0) {
        trace_.lose("unknown_part", reader.place(choice));  // one of several answers to choose from: the first is read
      } else {
        talk_.next_list();
        talk_.element(reader, choice["message"], Role::kAssistant, As::kAnswer);
      }
    });
    end(reader, body, span);
  }

  void end(const SourceReader& reader, json::View body, std::uint32_t span) {
    const json::View status = body["status"];
    const json::View error = body["error"];
    const bool failed = status.equals("failed") || !error.is_null();
    if (!error.is_null()) builder_.span(span).error = error_text(reader, error);
    builder_.span(span).status = failed ? SpanStatus::kError : SpanStatus::kOk;
    if (failed) trace_.status = RunStatus::kError;
    if (status.equals("completed")) trace_.status = RunStatus::kOk;
    if (status.equals("incomplete")) trace_.status = RunStatus::kLimit;
    if (status.equals("cancelled")) trace_.status = RunStatus::kCancelled;
    if (status.equals("in_progress") || status.equals("queued")) trace_.status = RunStatus::kRunning;
  }

  // Pieces of a completion: the text, and each call's arguments, are put together.
  void chunk(const SourceReader& reader, json::View value) {
    const std::string_view id = value["id"].is_string() ? reader.text(value["id"]) : std::string_view();
    if (pieces_.place.known() && id != pieces_.id) flush();
    if (!pieces_.place.known()) {
      pieces_.id = trace_.arena.keep(id);
      pieces_.place = reader.place(value);
    }
    if (value["model"].is_string()) pieces_.model = trace_.arena.keep(reader.text(value["model"]));
    pieces_.usage += read_usage(value["usage"]);
    json::for_each(value["choices"], [&](json::View choice, std::size_t) {
      if (choice["index"].integer().value_or(0) != 0) {
        trace_.lose("unknown_part", reader.place(choice));
        return;
      }
      const json::View delta = choice["delta"];
      if (delta["content"].is_string()) pieces_.text += reader.text(delta["content"]);
      if (delta["refusal"].is_string()) pieces_.text += reader.text(delta["refusal"]);
      json::for_each(delta["tool_calls"], [&](json::View call, std::size_t) { piece_of_call(reader, call); });
    });
  }

  void piece_of_call(const SourceReader& reader, json::View call) {
    constexpr std::int64_t kCalls = 1000;  // parallel calls of one turn
    const std::int64_t index = call["index"].integer().value_or(0);
    if (index < 0 || index >= kCalls) {
      trace_.lose("unknown_part", reader.place(call));
      return;
    }
    if (pieces_.calls.size() <= static_cast<std::size_t>(index))
      pieces_.calls.resize(static_cast<std::size_t>(index) + 1);
    Piece& piece = pieces_.calls[static_cast<std::size_t>(index)];
    const json::View function = call["function"];
    if (call["id"].is_string()) piece.id = call["id"].text();
    if (function["name"].is_string()) piece.name += function["name"].text();
    if (function["arguments"].is_string()) piece.arguments += reader.text(function["arguments"]);
  }

  void flush() {
    if (!pieces_.place.known()) return;
    builder_.now = {};
    builder_.now.step = trace_.steps++;
    if (trace_.id.empty()) trace_.id = pieces_.id;
    const std::uint32_t span = builder_.open(SpanKind::kLlm, "", pieces_.place);
    builder_.span(span).model = pieces_.model;
    builder_.usage(span, pieces_.usage);
    builder_.close(span);
    builder_.now.parent = span;
    builder_.turn(Role::kAssistant, trace_.arena.keep(pieces_.text), pieces_.place);
    for (const Piece& piece : pieces_.calls) {
      if (piece.name.empty() && piece.id.empty()) continue;
      builder_.call(trace_.arena.keep(piece.id), trace_.arena.keep(piece.name), trace_.arena.keep(piece.arguments),
                    pieces_.place);
    }
    pieces_ = {};
  }

  // The last event of a stream has the whole response; when it is missing, its finished items are told.
  void stream(const SourceReader& reader, json::View event) {
    const json::View type = event["type"];
    if (type.equals("response.output_item.done")) items_.push_back({reader, event["item"]});
    if (!type.equals("response.completed") && !type.equals("response.failed") && !type.equals("response.incomplete"))
      return;
    items_.clear();
    answer(reader, event["response"], reader, {});
  }

  void unfinished() {
    if (items_.empty()) return;
    builder_.now = {};
    builder_.now.step = trace_.steps++;
    const std::uint32_t span = builder_.open(SpanKind::kLlm, "", items_.front().reader.place(items_.front().item));
    builder_.now.parent = span;
    talk_.next_list();
    for (const StreamItem& item : items_) talk_.element(item.reader, item.item, Role::kAssistant, As::kAnswer);
    trace_.status = RunStatus::kRunning;
    trace_.lose("partial_tail", builder_.span(span).place);
  }

  struct Piece {
    std::string id;
    std::string name;
    std::string arguments;
  };
  struct Pieces {
    std::string_view id;
    std::string_view model;
    std::string text;
    std::vector<Piece> calls;
    Usage usage;
    Place place;
  };
  struct StreamItem {
    SourceReader reader;
    json::View item;
  };

  Trace& trace_;
  TraceBuilder builder_;
  Conversation talk_;
  Pieces pieces_;
  std::vector<StreamItem> items_;
};

bool is_item(json::View item) {
  std::string storage;
  const std::string_view type = item["type"].text(storage);
  if (type == "message") {
    std::string inner;
    const std::string_view part = item["content"].first()["type"].text(inner);
    return part == "input_text" || part == "output_text" || part == "refusal";
  }
  if (type == "reasoning") return item["summary"].is_array();
  return item["call_id"].is_string() ? type.ends_with("_call") || type.ends_with("_output")
                                     : type.ends_with("_call") && item["id"].is_string() && item["status"].is_string();
}

double mark_items(json::View value) {
  const json::View list = value["input"].is_array() ? value["input"] : value;
  if (list.is_object()) return is_item(list) ? 0.92 : 0;
  bool found = false;
  std::size_t seen = 0;
  for (json::View item = list.first(); list.is_array() && item && seen < 20; item = item.next_in(list), ++seen) {
    if (item["callId"].is_string()) return 0;  // as the Agents SDK keeps them
    found = found || is_item(item);
  }
  return found ? 0.92 : 0;
}

double mark_api(json::View value, bool responses) {
  if (responses && (value["object"].equals("response") || ApiReader::is_stream_event(value)))
    return value["object"].equals("response") && value["usage"]["input_tokens"].exists() ? 1.0 : 0.95;
  if (!responses && is_chat_answer(value)) return 0.98;
  return 0;
}

// Exchanges and batch lines are of the API that their first body is of.
double mark_recorded(json::View value, bool responses) {
  const json::View list = exchanges_of(value);
  const Exchange exchange = exchange_of(list ? list.first() : value.is_array() ? value.first() : value);
  for (const json::View body : {exchange.response, exchange.request}) {
    if (body.is_null()) continue;
    json::Index index;
    json::View inner = body;
    const std::string text = body.text();
    if (body.is_string()) {
      if (!index.read(text)) continue;
      inner = json::View::root(index);
    }
    if (mark_api(inner, responses) > 0) return 0.93;
    const bool asks = responses ? inner["input"].exists() && inner["model"].is_string()
                                : inner["messages"].is_array() && inner["model"].is_string();
    if (asks && exchange.response.is_null()) return 0.9;
  }
  return 0;
}

double mark_responses(json::View value) {
  const double api = mark_api(value.is_array() ? value.first() : value, true);
  if (api > 0) return api;
  const double items = mark_items(value);
  return items > 0 ? items : mark_recorded(value, true);
}

Result<void> read_api(Records& records, Trace& trace) {
  ApiReader api(trace);
  auto read = records.root()
                  ? Result<void>()
                  : records.for_each([&](const SourceReader& reader, json::View line) { api.value(reader, line); },
                                     Records::Keep::kViews);
  if (records.root()) api.value(records.reader(), records.root());
  if (read) api.finish();
  return read;
}

Result<void> read_responses(Records& records, Trace& trace) {
  const json::View root = records.root();
  const json::View list = root["input"].is_array() && !root["object"].is_string() ? root["input"] : root;
  bool items = mark_items(list) > 0;
  if (!root) {
    items = false;
    static_cast<void>(
        records.for_each([&items](const SourceReader&, json::View line) { items = items || is_item(line); }));
  }
  if (!items) return read_api(records, trace);
  ItemReader reader(trace);
  auto read = records.for_each_in(
      list, [&](const SourceReader& here, json::View item) { reader.item(here, item); }, Records::Keep::kViews);
  if (!read) return read;
  if (root["output"].is_array() && list.position() != root.position())
    json::for_each(root["output"], [&](json::View item, std::size_t) { reader.item(records.reader(), item); });
  reader.finish();
  return {};
}

}  // namespace

double mark_openai_chat_api(json::View value) {
  const double api = mark_api(value.is_array() ? value.first() : value, false);
  return api > 0 ? api : mark_recorded(value, false);
}

Result<void> read_openai_chat_api(Records& records, Trace& trace) { return read_api(records, trace); }

extern const Source kOpenaiResponsesSource;
const Source kOpenaiResponsesSource{"openai-responses", mark_responses, read_responses};

}  // namespace agentmend
