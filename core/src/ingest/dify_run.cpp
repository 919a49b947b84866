// Source: runs of Dify apps. The events of a stream, a run with its node executions, these alone, or a run as one
// record; beside the definition of the app where that is given too.
#include <string>

#include "ingest/dify_graph.h"
#include "ingest/sources.h"
#include "order.h"

namespace agentmend {
namespace {

struct Opened {
  SourceReader reader;
  json::View value;
};

// Inputs and outputs may be JSON inside a string.
Opened opened(const SourceReader& reader, json::View value) {
  Opened out{reader, value};
  if (!value.is_string()) return out;
  const std::string_view raw = value.raw();
  if (raw.size() < 3 || (raw[1] != '{' && raw[1] != '[')) return out;
  json::View inner;
  bool in_string = false;
  Place outer;
  static_cast<void>(open_inner_json(reader, value, [&](const SourceReader& here, json::View found) {
    inner = found;
    in_string = here.inner;
    outer = here.outer;
  }));
  if (!inner) return out;
  Opened open{reader, inner};
  open.reader.inner = in_string;
  open.reader.outer = outer;
  return open;
}

bool is_execution(json::View value) {
  return value["node_type"].is_string() && value["node_id"].exists() && value["status"].is_string();
}

json::View nodes_of(json::View root) {
  const json::View executions = root["node_executions"];
  if (executions.is_array()) return executions;
  if (executions["data"].is_array()) return executions["data"];
  return root["nodes"].is_array() && root["workflow_run_id"].exists() ? root["nodes"] : json::View();
}

json::View run_of(json::View root) { return root["workflow_run"].is_object() ? root["workflow_run"] : root; }

RunStatus status_of(json::View status) {
  if (status.equals("succeeded") || status.equals("partial-succeeded")) return RunStatus::kOk;
  if (status.equals("failed")) return RunStatus::kError;
  if (status.equals("stopped")) return RunStatus::kCancelled;
  return status.equals("running") ? RunStatus::kRunning : RunStatus::kUnknown;
}

// Words of a model's outputs under whatever name; nothing where there are several and none is known.
json::View words_of(json::View outputs) {
  const json::View known = first_of(outputs, {"text", "answer", "response", "output", "result", "content"});
  if (known.is_string()) return known;
  const json::View only = outputs.is_object() ? outputs.first() : json::View();
  return only.is_string() && !only.next_in(outputs) ? only : json::View();
}

class DifyReader {
 public:
  explicit DifyReader(Trace& trace) : trace_(trace), builder_(trace) {}

  void begin(const SourceReader& reader, json::View run);
  void end(const SourceReader& reader, json::View run);
  void look_ahead(json::View event);
  void event(const SourceReader& reader, json::View event);
  void node(const SourceReader& reader, json::View node, bool ends);
  void finish();

 private:
  std::uint32_t span_of(const SourceReader& reader, json::View node, SpanKind kind, Place place);
  void model(const SourceReader& reader, json::View node, std::uint32_t span);
  void call(const SourceReader& reader, json::View node, std::uint32_t span);
  std::uint32_t retrieval(const SourceReader& reader, json::View list, json::View query, Place place);
  void close(const SourceReader& reader, json::View node, std::uint32_t span);
  void thought(const SourceReader& reader, json::View event);
  void edge(const SourceReader& reader, json::View node);
  void ask(const SourceReader& reader, json::View inputs);
  void time(const SourceReader& reader, json::View node);

  Trace& trace_;
  TraceBuilder builder_;
  IdTable by_execution_;
  IdTable by_node_;  // the last span of a node: what an iteration's rounds stand in
  IdTable in_graph_;
  IdTable thoughts_;
  std::uint32_t root_ = Span::kNone;
  std::string answer_;
  Place answer_place_;
  bool answers_ = false;  // an answer is told by itself: what models said before it is no turn
  bool told_ = false;  // by events of the stream, not by the answer node alone
  bool retrieved_ = false;
  bool given_graph_ = false;
  bool asked_ = false;
};

void DifyReader::begin(const SourceReader& reader, json::View run) {
  if (root_ != Span::kNone) return;
  given_graph_ = !trace_.graph.nodes.empty() && !trace_.graph.inferred;
  read_dify_graph(reader, run["graph"]);
  given_graph_ = given_graph_ || !trace_.graph.nodes.empty();
  builder_.now.ns = read_time(reader, run["created_at"]);
  root_ = builder_.open(SpanKind::kWorkflow, "Dify", reader.place(run));
  builder_.now.parent = root_;
  const json::View id = first_of(run, {"workflow_run_id", "id", "task_id"});
  if (id.is_string()) trace_.id = reader.text(id);
  ask(reader, run["inputs"]);
}

void DifyReader::ask(const SourceReader& reader, json::View inputs) {
  const Opened in = opened(reader, inputs);
  const json::View query = first_of(in.value, {"sys.query", "query", "user_query", "question"});
  if (asked_ || !query.is_string()) return;
  asked_ = true;
  builder_.turn(Role::kUser, in.reader.text(query), in.reader.place(query));
}

void DifyReader::end(const SourceReader& reader, json::View run) {
  trace_.status = status_of(run["status"]);
  const json::View error = run["error"];
  builder_.now.ns = read_time(reader, run["finished_at"]);
  const auto seconds = run["elapsed_time"].number();
  Span& root = builder_.span(root_);
  if (builder_.now.ns < 0 && seconds && *seconds >= 0 && *seconds < 1e9 && root.start_ns >= 0)
    builder_.now.ns = root.start_ns + static_cast<std::int64_t>(*seconds * 1e9);
  const bool failed = trace_.status == RunStatus::kError;
  if (error.is_string()) root.error = reader.text(error);
  builder_.close(root_, failed ? SpanStatus::kError : SpanStatus::kOk);
}

// A span that stands for this execution already, or a new one.
std::uint32_t DifyReader::span_of(const SourceReader& reader, json::View node, SpanKind kind, Place place) {
  const json::View id = node["id"];
  const json::View title = first_of(node, {"title", "node_id"});
  const std::string_view name = title.is_string() ? reader.text(title) : std::string_view();
  std::uint32_t known = IdTable::kNone;
  if (id.is_string()) known = by_execution_.at(reader.text(id));
  if (known == IdTable::kNone) {
    known = builder_.open(kind, name, place);
    builder_.span(known).id = reader.text(first_of(node, {"id", "node_id"}));
    builder_.span(known).status = SpanStatus::kPending;
    if (id.is_string()) by_execution_.at(reader.text(id)) = known;
    edge(reader, node);
  }
  if (node["node_id"].is_string()) by_node_.at(reader.text(node["node_id"])) = known;
  return known;
}

void DifyReader::edge(const SourceReader& reader, json::View node) {
  if (given_graph_ || !node["node_id"].is_string()) return;
  const auto position = [&](json::View id) {
    std::uint32_t& at = in_graph_.at(reader.text(id));
    if (at != IdTable::kNone) return at;
    at = static_cast<std::uint32_t>(trace_.graph.nodes.size());
    trace_.graph.nodes.push_back({reader.text(id), reader.text(id), {}, reader.place(node)});
    return at;
  };
  const bool seen = in_graph_.find(reader.text(node["node_id"])) != IdTable::kNone;
  const std::uint32_t to = position(node["node_id"]);
  trace_.graph.nodes[to].name = reader.text(first_of(node, {"title", "node_id"}));
  trace_.graph.nodes[to].type = reader.text(node["node_type"]);
  const json::View before = node["predecessor_node_id"];
  if (!seen && before.is_string()) trace_.graph.edges.push_back({position(before), to, {}});
}

void DifyReader::time(const SourceReader& reader, json::View node) {
  builder_.now.ns = read_time(reader, node["created_at"]);
}

void DifyReader::close(const SourceReader& reader, json::View node, std::uint32_t position) {
  const json::View status = node["status"];
  Span& span = builder_.span(position);
  const auto seconds = node["elapsed_time"].number();
  // Clock times are whole seconds here; the duration is exact.
  if (span.start_ns >= 0 && seconds && *seconds >= 0 && *seconds < 1e9) {
    builder_.now.ns = span.start_ns + static_cast<std::int64_t>(*seconds * 1e9);
  } else {
    builder_.now.ns = read_time(reader, node["finished_at"]);
  }
  const bool failed = status.equals("failed") || status.equals("exception") || status.equals("retry");
  const bool open =
      status.equals("running") || status.equals("pending") || status.equals("paused") || status.equals("stopped");
  builder_.close(position, failed ? SpanStatus::kError : open ? SpanStatus::kPending : SpanStatus::kOk);
  if (node["error"].is_string()) builder_.span(position).error = reader.text(node["error"]);
}

void DifyReader::model(const SourceReader& reader, json::View node, std::uint32_t span) {
  const Opened process = opened(reader, node["process_data"]);
  const Opened outputs = opened(reader, node["outputs"]);
  const json::View about = node["execution_metadata"];
  json::View name = process.value["model_name"];
  if (!name.is_string()) name = node["metadata"]["model"];
  if (!name.is_string()) name = opened(reader, node["inputs"]).value["model"];
  if (name.is_string()) builder_.span(span).model = process.reader.text(name);
  json::View counted = outputs.value["usage"];
  if (!counted.is_object()) counted = process.value["usage"];
  Usage usage = read_usage(counted);
  // Only the sum is known: it counts as input.
  if (usage.empty()) usage.input_tokens = counted["total_tokens"].integer().value_or(0);
  if (usage.empty()) usage.input_tokens = about["total_tokens"].integer().value_or(0);
  if (usage.empty()) usage.input_tokens = node["token_count"].integer().value_or(0);
  if (usage.input_tokens < 0) usage.input_tokens = 0;
  builder_.usage(span, usage);
  const json::View words = words_of(outputs.value);
  if (!words.is_string()) return;
  const std::string_view text = outputs.reader.text(words);
  if (!answers_) {
    builder_.turn(Role::kAssistant, text, outputs.reader.place(words));
  } else if (text != answer_) {
    agentmend::Event said;
    said.kind = EventKind::kModelEnd;
    said.text = text;
    said.place = outputs.reader.place(words);
    builder_.event(said);
  }
}

void DifyReader::call(const SourceReader& reader, json::View node, std::uint32_t span) {
  const Opened inputs = opened(reader, node["inputs"]);
  const Opened process = opened(reader, node["process_data"]);
  const json::View arguments = first_of(process.value, {"request"});
  CallResult result;
  result.id = builder_.span(span).id;
  const std::int64_t end = builder_.now.ns;
  builder_.now.ns = builder_.span(span).start_ns;
  builder_.call(result.id, builder_.span(span).name, reader.text(arguments ? arguments : inputs.value),
                reader.place(node), span);
  builder_.now.ns = end;
  result.output = reader.text(opened(reader, node["outputs"]).value);
  result.error = builder_.span(span).error;
  result.status = builder_.span(span).status == SpanStatus::kError ? CallStatus::kError : CallStatus::kOk;
  result.place = reader.place(node);
  if (builder_.span(span).status != SpanStatus::kPending) builder_.result(result);
}

std::uint32_t DifyReader::retrieval(const SourceReader& reader, json::View list, json::View query, Place place) {
  auto& documents = trace_.arena.documents();
  json::for_each(list, [&](json::View item, std::size_t) {
    const json::View content = first_of(item, {"content", "text"});
    if (!content.is_string()) {
      trace_.lose("unknown_part", reader.place(item));
      return;
    }
    const json::View about = item["metadata"].is_object() ? item["metadata"] : item;
    RetrievedDocument document;
    document.text = reader.text(content);
    document.id = reader.text(first_of(about, {"segment_id", "document_id", "id"}));
    const json::View title = first_of(item, {"title", "document_name"});
    document.title = reader.text(title ? title : about["document_name"]);
    const json::View score = first_of(about, {"score", "relevance_score"});
    document.score = (score ? score : item["score"]).number().value_or(-1);
    document.place = reader.place(item);
    documents.push_back(document);
  });
  retrieved_ = true;
  return builder_.retrieval(query.is_string() ? reader.text(query) : trace_.task, documents, place);
}

void DifyReader::node(const SourceReader& reader, json::View node, bool ends) {
  if (!node["node_type"].is_string()) {
    trace_.lose("unknown_part", reader.place(node));
    return;
  }
  std::string type(reader.text(node["node_type"]));
  for (char& c : type) c = c == '_' ? '-' : c;
  const json::View about = node["execution_metadata"];
  const json::View around = first_of(node, {"parent_node_id", "iteration_id", "loop_id"});
  const json::View inside = around ? around : first_of(about, {"iteration_id", "loop_id"});
  const std::uint32_t container = by_node_.find(reader.text(inside));
  builder_.now.parent = container == IdTable::kNone ? root_ : container;
  ++builder_.now.step;
  time(reader, node);
  if (type == "start") {
    ask(reader, node["inputs"]);
    ask(reader, node["outputs"]);
  }
  const bool model = type == "llm" || type == "question-classifier" || type == "parameter-extractor" || type == "agent";
  const bool tool = type == "tool" || type == "http-request";
  const bool search = type == "knowledge-retrieval";
  const SpanKind kind = model    ? SpanKind::kLlm
                        : tool   ? SpanKind::kTool
                        : search ? SpanKind::kRetrieval
                                 : SpanKind::kNode;
  const std::uint32_t span = span_of(reader, node, kind, reader.place(node));
  if (!ends) return;
  builder_.span(span).result = reader.place(node);
  close(reader, node, span);
  for (const std::string_view cut : {"inputs_truncated", "outputs_truncated", "process_data_truncated"}) {
    if (node[cut].boolean(false)) trace_.lose("cut_text", reader.place(node));
  }
  const std::uint32_t parent = builder_.now.parent;
  builder_.now.parent = span;
  if (model) this->model(reader, node, span);
  if (tool) call(reader, node, span);
  if (search) {
    const Opened out = opened(reader, node["outputs"]);
    const Opened in = opened(reader, node["inputs"]);
    const std::size_t spans = trace_.spans.size();
    retrieval(out.reader, first_of(out.value, {"result", "documents"}), first_of(in.value, {"query"}),
              reader.place(node));
    trace_.spans.resize(spans);  // this execution is the span of it
  }
  if (type == "answer") {
    const Opened out = opened(reader, node["outputs"]);
    if (!told_)
      builder_.turn(Role::kAssistant, out.reader.text(out.value["answer"]), out.reader.place(out.value["answer"]));
  }
  builder_.now.parent = parent;
}

void DifyReader::look_ahead(json::View event) {
  const bool node = event["node_type"].equals("answer") || event["data"]["node_type"].equals("answer");
  const json::View name = event["event"];
  if (name.equals("message_replace")) answer_.clear();
  if (name.equals("message") || name.equals("agent_message") || name.equals("message_replace")) {
    answer_ += event["answer"].text();
    told_ = true;
  }
  if (node && answer_.empty()) answer_ = first_of(event, {"data"})["outputs"]["answer"].text();
  if (node && answer_.empty()) answer_ = event["outputs"]["answer"].text();
  answers_ = answers_ || node || !answer_.empty();
}

void DifyReader::thought(const SourceReader& reader, json::View event) {
  const json::View tool = event["tool"];
  const json::View seen = event["observation"];
  if (!tool.is_string() || tool.equals("") || !seen.is_string() || seen.equals("")) return;
  const json::View id = event["id"];
  if (id.is_string()) {
    std::uint32_t& known = thoughts_.at(reader.text(id));
    if (known != IdTable::kNone) return;  // sent again with more in it
    known = 0;
  }
  ++builder_.now.step;
  const std::string_view name = id.is_string() ? reader.text(id) : std::string_view();
  builder_.call(name, reader.text(tool), reader.text(event["tool_input"]), reader.place(event));
  CallResult result;
  result.id = name;
  result.name = reader.text(tool);
  result.output = reader.text(seen);
  result.place = reader.place(event);
  builder_.result(result);
}

void DifyReader::event(const SourceReader& reader, json::View event) {
  std::string storage;
  const std::string_view name = event["event"].is_string() ? event["event"].text(storage) : std::string_view();
  const json::View data = event["data"];
  begin(reader, name == "workflow_started" ? data : event);
  builder_.now.parent = root_;
  if (name == "workflow_finished") {
    end(reader, data);
  } else if (name == "node_started" || name == "iteration_started" || name == "loop_started") {
    node(reader, data, false);
  } else if (name == "node_finished" || name == "iteration_completed" || name == "loop_completed" ||
             name == "node_retry") {
    node(reader, data, true);
  } else if (name == "message" || name == "agent_message" || name == "message_replace") {
    if (!answer_place_.known()) answer_place_ = reader.place(event);
  } else if (name == "message_end") {
    const json::View found = event["metadata"]["retriever_resources"];
    if (!retrieved_ && found.first()) retrieval(reader, found, {}, reader.place(found));
    builder_.usage(root_, read_usage(event["metadata"]["usage"]));
  } else if (name == "agent_thought") {
    thought(reader, event);
  } else if (name == "error") {
    trace_.status = RunStatus::kError;
    builder_.span(root_).status = SpanStatus::kError;
    builder_.span(root_).error = reader.text(event["message"]);
  } else if (name != "workflow_started" && name != "ping" && name != "text_chunk" && name != "iteration_next" &&
             name != "loop_next") {
    trace_.lose("unknown_event", reader.place(event));
  }
}

void DifyReader::finish() {
  if (answer_place_.known()) {
    builder_.now.parent = root_;
    builder_.now.ns = -1;
    ++builder_.now.step;
    builder_.turn(Role::kAssistant, trace_.arena.keep(answer_), answer_place_);
  }
  if (!given_graph_) {
    trace_.graph.inferred = !trace_.graph.nodes.empty();
    trace_.lose(trace_.graph.inferred ? "inferred_graph" : "no_graph");
  }
  builder_.finish();
}

Result<void> read_run(Records& records, Trace& trace) {
  trace.framework = "dify";
  DifyReader dify(trace);
  const json::View root = records.root();
  const json::View run = run_of(root);
  const json::View nodes = nodes_of(run);
  if (!nodes && !(root.is_array() && is_execution(root.first()))) {
    const auto look = [&](const SourceReader&, json::View event) { dify.look_ahead(event); };
    if (auto read = records.for_each(look); !read) return read;
    auto read = records.for_each([&](const SourceReader& reader, json::View event) { dify.event(reader, event); });
    if (read) dify.finish();
    return read;
  }
  const SourceReader reader = records.reader();
  const json::View about = run["run"].is_object() ? run["run"] : run;
  std::vector<json::View> executions;
  json::for_each(nodes ? nodes : root, [&](json::View node, std::size_t) {
    executions.push_back(node);
    dify.look_ahead(node);
  });
  sort_stable(executions, [](json::View a, json::View b) {
    return a["index"].number().value_or(0) < b["index"].number().value_or(0);
  });
  dify.begin(reader, about);
  for (const json::View node : executions) dify.node(reader, node, true);
  dify.end(reader, about);
  dify.finish();
  return {};
}

double mark(json::View value) {
  const json::View run = run_of(value);
  const json::View name = value["event"];
  if (name.is_string() && value["task_id"].exists()) {
    const bool known = value["workflow_run_id"].exists() || value["message_id"].exists() || name.equals("error");
    return known ? 0.96 : 0.8;
  }
  const json::View list = nodes_of(run);
  if (list) return !list.first() || list.first()["node_type"].is_string() ? 0.96 : 0;
  const json::View first = value.is_array() ? value.first() : json::View();
  if (is_execution(first)) return 0.95;
  return first["event"].is_string() && first["task_id"].exists() ? 0.96 : 0;
}

}  // namespace

extern const Source kDifyRunSource;
const Source kDifyRunSource{"dify-run", mark, read_run};

}  // namespace agentmend
