// Source: OpenAI Agents SDK. Trace exports (spans in the order of their end), run states, and lists of its items.
#include "ingest/conversation.h"
#include "ingest/openai_items.h"
#include "ingest/sources.h"
#include "ingest/span_order.h"
#include "order.h"

namespace agentmend {
namespace {

struct KindName {
  std::string_view type;
  SpanKind kind;
};
constexpr KindName kKinds[] = {
    {"agent", SpanKind::kAgent},        {"generation", SpanKind::kLlm},    {"response", SpanKind::kLlm},
    {"function", SpanKind::kTool},      {"handoff", SpanKind::kHandoff},   {"guardrail", SpanKind::kGuardrail},
    {"mcp_tools", SpanKind::kEvent},    {"transcription", SpanKind::kLlm}, {"speech", SpanKind::kLlm},
    {"speech_group", SpanKind::kEvent}, {"custom", SpanKind::kEvent},      {"task", SpanKind::kWorkflow},
    {"turn", SpanKind::kNode},
};

class ExportReader {
 public:
  explicit ExportReader(Trace& trace) : trace_(trace), builder_(trace), talk_(trace, builder_) {}

  void record(const SourceReader& reader, json::View record) {
    if (record["object"].equals("trace")) {
      if (trace_.id.empty()) trace_.id = reader.text(record["id"]);
    } else if (record["span_data"].is_object()) {
      rows_.push_back({reader, record, text(reader, record["id"]), read_time(reader, record["started_at"]),
                       read_time(reader, record["ended_at"]), 0});
    } else {
      trace_.lose(record.is_object() ? "unknown_event" : "bad_line", reader.place(record));
    }
  }

  void finish() {
    const std::vector<std::uint32_t> by_time = positions_in_order(
        rows_.size(),
        [](const void* rows, std::uint32_t a, std::uint32_t b) {
          const auto& all = *static_cast<const std::vector<Row>*>(rows);
          return all[a].start_ns < all[b].start_ns;
        },
        &rows_);
    IdTable by_id;
    for (const std::uint32_t at : by_time) by_id.at(rows_[at].id) = at;
    for (const Row& row : rows_) {
      const std::string_view parent = text(row.reader, row.record["parent_id"]);
      const std::uint32_t found = parent.empty() || parent == row.id ? kNoParent : by_id.find(parent);
      parents_.push_back(found);
    }
    std::vector<std::uint32_t> cut;
    const std::vector<std::uint32_t> order = parents_first(by_time, parents_, cut);
    for (const std::uint32_t at : cut) trace_.lose("parent_cycle", rows_[at].reader.place(rows_[at].record));
    for (const std::uint32_t at : order) open(at);
    for (const std::uint32_t at : order) {
      builder_.now.step = trace_.steps++;
      content(at);
    }
    builder_.finish();
    talk_.finish();
    if (talk_.said() == 0 && !order.empty()) trace_.lose("redacted");
  }

 private:
  struct Row {
    SourceReader reader;
    json::View record;
    std::string_view id;
    std::int64_t start_ns = -1;
    std::int64_t end_ns = -1;
    std::uint32_t span = 0;
  };

  static std::string_view text(const SourceReader& reader, json::View value) {
    return value.is_string() ? reader.text(value) : std::string_view();
  }

  void open(std::uint32_t at) {
    Row& row = rows_[at];
    const json::View data = row.record["span_data"];
    const json::View custom = data["data"];
    const json::View type = custom["sdk_span_type"].is_string() ? custom["sdk_span_type"] : data["type"];
    SpanKind kind = SpanKind::kEvent;
    bool known = false;
    for (const KindName& name : kKinds) {
      if (!type.equals(name.type)) continue;
      kind = name.kind;
      known = true;
    }
    if (!known) trace_.lose("unknown_event", row.reader.place(row.record));
    const std::uint32_t parent = parents_[at];
    builder_.now.parent = parent == kNoParent ? Span::kNone : rows_[parent].span;
    builder_.now.agent = parent == kNoParent ? 0 : trace_.spans[rows_[parent].span].agent;
    const json::View agent = kind == SpanKind::kAgent ? data["name"] : custom["agent_name"];
    if (agent.is_string()) builder_.now.agent = trace_.agent(row.reader.text(agent));
    builder_.now.ns = row.start_ns;
    row.span =
        builder_.open(kind, text(row.reader, first_of(data, {"name", "to_agent"})), row.reader.place(row.record));
    Span& span = builder_.span(row.span);
    span.id = row.id;
    const json::View error = row.record["error"];
    const bool failed = error.is_object();
    if (failed) span.error = error_of(row.reader, error);
    builder_.now.ns = row.end_ns;
    builder_.close(row.span, failed ? SpanStatus::kError : row.end_ns >= 0 ? SpanStatus::kOk : SpanStatus::kUnset);
    if (kind == SpanKind::kGuardrail && data["triggered"].boolean(false)) span.status = SpanStatus::kBlocked;
    const json::View response = first_of(data, {"_response", "response"});
    span.model = text(row.reader, first_of(data, {"model"}).is_null() ? response["model"] : data["model"]);
    builder_.usage(row.span, read_usage(first_of(data["usage"].is_object() ? data : custom, {"usage"})));
    if (trace_.spans[row.span].usage == Span::kNone) builder_.usage(row.span, read_usage(response["usage"]));
    if (kind == SpanKind::kTool) {
      span.status = SpanStatus::kUnset;
      talk_.expect_tool({}, span.name, row.span, !data["output"].is_null());
    }
    if (parent == kNoParent && row.end_ns >= 0) trace_.status = failed ? RunStatus::kError : RunStatus::kOk;
  }

  static std::string_view error_of(const SourceReader& reader, json::View error) {
    const std::string_view inner = error_text(reader, error["data"]["error"]);
    return inner.empty() ? error_text(reader, error) : inner;
  }

  void content(std::uint32_t at) {
    using As = Conversation::As;
    const Row& row = rows_[at];
    const json::View data = row.record["span_data"];
    const Span& span = trace_.spans[row.span];
    builder_.now.parent = row.span;
    builder_.now.agent = span.agent;
    builder_.now.ns = row.start_ns;
    if (span.kind == SpanKind::kLlm) {
      const json::View response = first_of(data, {"_response", "response"});
      talk_.list(row.reader, response["instructions"], Role::kSystem, As::kInstructions);
      talk_.list(row.reader, first_of(data, {"input", "_input"}), Role::kUser, As::kHistory);
      if (row.end_ns >= 0) builder_.now.ns = row.end_ns;
      talk_.list(row.reader, data["output"].is_null() ? response["output"] : data["output"], Role::kAssistant,
                 As::kAnswer);
    } else if (span.kind == SpanKind::kTool) {
      CallResult result;
      result.output = output_text(row.reader, data["output"]);
      result.error = row.record["error"].is_object() ? error_of(row.reader, row.record["error"]) : std::string_view();
      result.status = row.record["error"].is_object() ? CallStatus::kError : CallStatus::kOk;
      result.place = row.reader.place(row.record);
      talk_.tool(row.span, row.reader.text(data["input"]), result, row.end_ns);
    } else if (span.kind == SpanKind::kHandoff) {
      Event event;
      event.kind = EventKind::kHandoff;
      event.name = text(row.reader, data["from_agent"]);
      event.id = text(row.reader, data["to_agent"]);
      event.place = row.reader.place(row.record);
      builder_.event(event);
    }
  }

  Trace& trace_;
  TraceBuilder builder_;
  Conversation talk_;
  std::vector<Row> rows_;
  std::vector<std::uint32_t> parents_;
};

// The state of a run: what came in, what was generated, and what each model call cost.
class StateReader {
 public:
  StateReader(const SourceReader& reader, json::View state) : reader_(reader), state_(state), items_(reader.trace) {}

  void read() {
    version();
    Trace& trace = reader_.trace;
    const json::View about = state_["trace"];
    if (first_of(about, {"id", "trace_id"}).is_string()) trace.id = reader_.text(first_of(about, {"id", "trace_id"}));
    responses_ = first_of(state_, {"modelResponses", "model_responses"});
    next_ = responses_.first();
    const json::View generated = first_of(state_, {"generatedItems", "generated_items"});
    if (generated.first()) {
      enter(generated.first());
    } else {
      items_.agent(reader_.text(first_of(state_, {"currentAgent", "current_agent"})["name"]));
    }
    const json::View input = first_of(state_, {"originalInput", "original_input"});
    if (input.is_array()) {
      json::for_each(input, [this](json::View item, std::size_t) { items_.item(reader_, item); });
    } else if (input.is_string()) {
      items_.said(reader_, input, Role::kUser);
    }
    json::for_each(generated, [this](json::View item, std::size_t) { one(item); });
    if (!generated.first()) {
      while (next_)
        json::for_each(response()["output"], [this](json::View item, std::size_t) { items_.item(reader_, item); });
    }
    while (next_) static_cast<void>(response());
    ended();
    items_.finish();
  }

 private:
  // Minor versions known so far; a later one is read as far as it is like them.
  void version() {
    constexpr int kMinor = 22;
    const std::string text = first_of(state_, {"$schemaVersion", "schemaVersion"}).text();
    const std::size_t dot = text.find('.');
    int minor = 0;
    for (std::size_t i = dot == std::string::npos ? text.size() : dot + 1; i < text.size() && minor < 10'000; ++i) {
      if (text[i] >= '0' && text[i] <= '9') minor = minor * 10 + (text[i] - '0');
    }
    if (text.substr(0, dot) != "1" || minor > kMinor)
      reader_.trace.lose("unsupported_version", reader_.place(state_["$schemaVersion"]));
  }

  void enter(json::View item) {
    json::View agent = item["agent"]["name"];
    if (!agent.is_string()) agent = first_of(item, {"sourceAgent", "source_agent"})["name"];
    if (agent.is_string()) items_.agent(reader_.text(agent));
  }

  // The next model call: its span, and how many items it made.
  json::View response() {
    const json::View made = next_;
    next_ = next_.next_in(responses_);
    items_.model(reader_, made, json::View(), read_usage(made["usage"]));
    left_ = 0;
    json::for_each(made["output"], [this](json::View item, std::size_t) { left_ += is_answer(item) ? 0 : 1; });
    return made;
  }

  static bool is_answer(json::View raw) {
    const std::string type = raw["type"].text();
    return type.ends_with("_output") || type.ends_with("_result");
  }

  void one(json::View item) {
    enter(item);
    const json::View raw = first_of(item, {"rawItem", "raw_item"});
    if (!raw.is_object()) {
      reader_.trace.lose("unknown_part", reader_.place(item));
      return;
    }
    if (!is_answer(raw)) {
      while (left_ == 0 && next_) static_cast<void>(response());
      if (left_ != 0) --left_;
    }
    if (item["type"].equals("handoff_call_item")) return;  // told by its output
    if (item["type"].equals("handoff_output_item")) {
      const json::View from = first_of(item, {"sourceAgent", "source_agent"})["name"];
      const json::View to = first_of(item, {"targetAgent", "target_agent"})["name"];
      items_.handoff(reader_, item, reader_.text(from), reader_.text(to));
      return;
    }
    items_.item(reader_, raw);
  }

  void ended() {
    const json::View step = first_of(state_, {"currentStep", "current_step"})["type"];
    if (step.equals("next_step_final_output")) reader_.trace.status = RunStatus::kOk;
    if (step.equals("next_step_interruption")) reader_.trace.status = RunStatus::kInterrupted;
    if (step.equals("next_step_run_again") || step.equals("next_step_handoff"))
      reader_.trace.status = RunStatus::kRunning;
  }

  const SourceReader& reader_;
  json::View state_;
  ItemReader items_;
  json::View responses_;
  json::View next_;
  std::size_t left_ = 0;  // items that the present model call still makes
};

bool is_export(json::View value) {
  return value["object"].equals("trace") || value["object"].equals("trace.span") || value["span_data"].is_object();
}

// Items as the SDK keeps them between runs: callId where the API has call_id.
bool has_sdk_items(json::View list) {
  std::size_t seen = 0;
  for (json::View item = list.first(); list.is_array() && item && seen < 50; item = item.next_in(list), ++seen) {
    if (item["callId"].is_string() && item["type"].is_string()) return true;
  }
  return false;
}

Result<void> read(Records& records, Trace& trace) {
  const json::View root = records.root();
  const SourceReader reader = records.reader();
  if (root["$schemaVersion"].is_string()) {
    StateReader(reader, root).read();
    return {};
  }
  if (has_sdk_items(root)) {
    ItemReader items(trace);
    json::for_each(root, [&](json::View item, std::size_t) { items.item(reader, item); });
    items.finish();
    return {};
  }
  ExportReader spans(trace);
  const json::View list = root["data"].is_array() ? root["data"] : root;
  auto read = records.for_each_in(
      list, [&](const SourceReader& here, json::View record) { spans.record(here, record); }, Records::Keep::kViews);
  if (read) spans.finish();
  return read;
}

double mark(json::View value) {
  if (value["$schemaVersion"].is_string()) return value["modelResponses"].exists() ? 0.98 : 0.95;
  const json::View one = value.is_array() ? value.first() : value;
  if (one["object"].equals("trace") || one["object"].equals("trace.span"))
    return one["workflow_name"].exists() ? 1.0 : 0.98;
  if (is_export(one)) return 0.95;
  return has_sdk_items(value) ? 0.95 : 0;
}

}  // namespace

extern const Source kOpenaiAgentsSource;
const Source kOpenaiAgentsSource{"openai-agents", mark, read};

}  // namespace agentmend
