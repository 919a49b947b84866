// Source: runs of LangGraph. Streams of events in any mode, the history of a thread, dumps of a checkpointer, runs as
// one record, and the description of a graph, which may be given beside any of these.
#include <algorithm>
#include <string>

#include "ingest/langgraph_execution.h"
#include "ingest/langgraph_shapes.h"
#include "ingest/sources.h"

namespace agentmend {
namespace {

class RunReader {
 public:
  explicit RunReader(Trace& trace) : trace_(trace), builder_(trace), conversation_(builder_, trace), shape_(trace) {}

  Result<void> read(std::span<Records> documents);

 private:
  struct Task {
    std::uint32_t span;
    std::string_view query;
  };
  struct Item {
    SourceReader reader;
    json::View value;
  };
  void record(const SourceReader& reader, json::View value);
  void event(const SourceReader& reader, const LanggraphEvent& event, json::View value);
  void debug(const SourceReader& reader, json::View event);
  void checkpoint(const SourceReader& reader, json::View payload, json::View values, json::View step);
  void tasks_of(const SourceReader& reader, json::View snapshot, std::int64_t step);
  void start(const SourceReader& reader, json::View task, std::int64_t step);
  void end(const SourceReader& reader, json::View task);
  void update(const SourceReader& reader, json::View nodes);
  void piece(const SourceReader& reader, json::View pair);
  void failure(const SourceReader& reader, json::View error, json::View at);
  void state(const SourceReader& reader, json::View values);
  void writes(const SourceReader& reader, json::View value, std::string_view query);
  void channel(const SourceReader& reader, json::View value, std::string_view query);
  bool documents(const SourceReader& reader, json::View value, std::string_view query);
  void enter(const SourceReader& reader, std::string_view space, std::string_view node);
  void enter(const SourceReader& reader, json::View space);
  void begin(const SourceReader& reader, json::View value);
  bool of_this_run(const SourceReader& reader, json::View config, json::View at);
  [[nodiscard]] std::string_view query_of(const SourceReader& reader, json::View input) const;
  void finish();

  Trace& trace_;
  TraceBuilder builder_;
  LangchainConversation conversation_;
  LanggraphShape shape_;
  std::vector<Task> tasks_;
  IdTable by_task_;
  IdTable seen_documents_;
  std::vector<std::uint32_t> until_next_;  // spans that end where the next snapshot begins
  std::uint32_t root_ = Span::kNone;
  std::int64_t last_ns_ = -1;
  std::string_view next_;  // the only node that runs next
  bool has_tasks_ = false;  // the stream tells of tasks: updates say the same again
  bool has_checkpoints_ = false;
  bool ended_ = false;  // the last checkpoint has nothing to do
  bool waits_ = false;  // a task was interrupted and nothing came after it
  bool execution_ = false;
};

void RunReader::begin(const SourceReader& reader, json::View value) {
  builder_.now.parent = Span::kNone;
  builder_.now.agent = 0;
  if (root_ == Span::kNone) {
    root_ = builder_.open(SpanKind::kWorkflow, "LangGraph", reader.place(value));
    builder_.span(root_).start_ns = builder_.now.ns;
  }
  last_ns_ = std::max(last_ns_, builder_.now.ns);
  builder_.now.parent = root_;
}

// "node:task|node:task": the graphs around, outermost first. Each is an agent; its last task is the span around. A
// last part that is the node itself belongs to the graph around it.
void RunReader::enter(const SourceReader& reader, std::string_view space, std::string_view node) {
  std::string path;
  while (!space.empty()) {
    const std::string_view part = space.substr(0, space.find('|'));
    const std::string_view name = part.substr(0, part.find(':'));
    space = part.size() == space.size() ? std::string_view() : space.substr(part.size() + 1);
    if (space.empty() && !node.empty() && name == node) break;
    path += path.empty() ? "" : "/";
    path += name;
    if (name.size() == part.size()) continue;
    const std::uint32_t task = by_task_.find(part.substr(name.size() + 1));
    if (task != IdTable::kNone) builder_.now.parent = tasks_[task].span;
  }
  if (path.empty()) return;
  const bool known = std::find(trace_.agents.begin(), trace_.agents.end(), path) != trace_.agents.end();
  builder_.now.agent = trace_.agent(known ? std::string_view(path) : reader.trace.arena.keep(path));
}

void RunReader::enter(const SourceReader& reader, json::View space) {
  if (space.is_string()) enter(reader, reader.text(space), {});
  if (!space.is_array()) return;
  std::string joined;
  json::for_each(space, [&](json::View part, std::size_t at) {
    joined += at == 0 ? "" : "|";
    joined += reader.text(part);
  });
  enter(reader, joined, {});
}

bool RunReader::of_this_run(const SourceReader& reader, json::View config, json::View at) {
  const json::View thread = config["thread_id"];
  if (!thread.is_string()) return true;
  const std::string_view id = reader.text(thread);
  if (trace_.id.empty()) trace_.id = id;
  if (trace_.id == id) return true;
  trace_.lose("other_run", reader.place(at));
  return false;
}

bool RunReader::documents(const SourceReader& reader, json::View value, std::string_view query) {
  const auto found = langchain_documents(reader, value);
  if (found.empty()) return false;
  bool fresh = false;
  for (const RetrievedDocument& document : found) {
    std::uint32_t& seen = seen_documents_.at(document.text);
    fresh = fresh || seen == IdTable::kNone;
    seen = 0;
  }
  // Nodes that pass on or choose from what an earlier one found have retrieved nothing.
  if (fresh) {
    ++builder_.now.step;
    builder_.retrieval(query.empty() ? conversation_.last_user_text() : query, found, reader.place(value));
  }
  return true;
}

void RunReader::state(const SourceReader& reader, json::View values) {
  if (values.is_array() && langchain_message(values.first())) conversation_.whole(reader, values);
  json::for_each_member(values, [&](std::string_view, json::View value) {
    if (value.is_array() && langchain_message(value.first())) {
      conversation_.whole(reader, value);
    } else {
      documents(reader, value, query_of(reader, values));
    }
  });
}

std::string_view RunReader::query_of(const SourceReader& reader, json::View input) const {
  const json::View query = first_of(input, {"question", "query", "input"});
  return query.is_string() ? reader.text(query) : std::string_view();
}

void RunReader::channel(const SourceReader& reader, json::View value, std::string_view query) {
  if (value["$writes"].is_array()) {
    json::for_each(value["$writes"], [&](json::View item, std::size_t) { channel(reader, item, query); });
  } else if (is_langchain_message(value) || (value.is_array() && langchain_message(value.first()))) {
    conversation_.added(reader, value);
  } else {
    documents(reader, value, query);
  }
}

// What a node wrote: {channel: value}, a command, pairs of these, or several of them.
void RunReader::writes(const SourceReader& reader, json::View value, std::string_view query) {
  if (value.is_array()) {
    if (langchain_message(value.first())) {
      conversation_.added(reader, value);
      return;
    }
    json::for_each(value, [&](json::View item, std::size_t) {
      const bool pair = item.is_array() && item.first().is_string();
      if (pair) channel(reader, item.at(1), query);
      if (item.is_object()) writes(reader, item, query);
    });
    return;
  }
  const json::View go = value["goto"];
  if (go.exists() && value["update"].exists()) {
    if (go.is_string() && value["graph"].equals("__parent__"))
      builder_.handoff(trace_.agents[builder_.now.agent], reader.text(go), {}, reader.place(value));
    writes(reader, value["update"], query);
    return;
  }
  if (value["$writes"].is_array()) {
    writes(reader, value["$writes"], query);
    return;
  }
  json::for_each_member(value, [&](std::string_view, json::View written) { channel(reader, written, query); });
}

void RunReader::start(const SourceReader& reader, json::View task, std::int64_t step) {
  const json::View name = task["name"];
  const json::View id = task["id"];
  if (!name.is_string() || !id.is_string()) {
    trace_.lose("unknown_part", reader.place(task));
    return;
  }
  if (name.raw().starts_with("\"__")) return;  // __start__, __end__
  waits_ = false;
  if (builder_.now.agent == 0) shape_.ran(step, reader.text(name), reader, task);
  conversation_.end_of_pieces();
  if (task["input"].is_object()) state(reader, task["input"]);
  std::uint32_t& number = by_task_.at(reader.text(id));
  if (number == IdTable::kNone) {
    number = static_cast<std::uint32_t>(tasks_.size());
    tasks_.push_back({builder_.open(SpanKind::kNode, reader.text(name), reader.place(task)), {}});
    builder_.span(tasks_.back().span).id = reader.text(id);
    builder_.span(tasks_.back().span).status = SpanStatus::kPending;
  }
  tasks_[number].query = query_of(reader, task["input"]);
}

void RunReader::end(const SourceReader& reader, json::View task) {
  const json::View id = task["id"];
  if (!id.is_string()) {
    trace_.lose("unknown_part", reader.place(task));
    return;
  }
  std::uint32_t number = by_task_.find(reader.text(id));
  if (number == IdTable::kNone) {
    start(reader, task, -1);
    number = by_task_.find(reader.text(id));
    if (number == IdTable::kNone) return;
  }
  const Task known = tasks_[number];
  const Moment before = builder_.now;
  builder_.now.parent = known.span;
  writes(reader, first_of(task, {"result", "writes"}), known.query);
  conversation_.end_of_pieces();
  builder_.now.parent = before.parent;
  const json::View error = task["error"];
  const bool interrupted = task["interrupts"].first().exists();
  waits_ = waits_ || interrupted;
  builder_.span(known.span).result = reader.place(task);
  builder_.close(known.span, !error.is_null() ? SpanStatus::kError
                             : interrupted    ? SpanStatus::kPending
                                              : SpanStatus::kOk);
  if (!error.is_null()) builder_.span(known.span).error = reader.text(error.is_object() ? error["message"] : error);
}

// Tasks of a snapshot are those that come after it; the next snapshot shows that they ended.
void RunReader::tasks_of(const SourceReader& reader, json::View snapshot, std::int64_t step) {
  json::for_each(snapshot["tasks"], [&](json::View task, std::size_t) {
    start(reader, task, step + 1);
    const bool done = task["result"].exists() || !task["error"].is_null() || task["interrupts"].first().exists();
    if (!done || task["name"].raw().starts_with("\"__")) return;
    end(reader, task);
    const std::uint32_t number = by_task_.find(reader.text(task["id"]));
    if (number == IdTable::kNone) return;
    builder_.span(tasks_[number].span).end_ns = -1;
    until_next_.push_back(tasks_[number].span);
  });
}

void RunReader::checkpoint(const SourceReader& reader, json::View payload, json::View values, json::View step) {
  const json::View config = payload["config"]["configurable"].is_object()    ? payload["config"]["configurable"]
                            : payload["checkpoint"]["thread_id"].is_string() ? payload["checkpoint"]
                                                                             : payload;
  if (!of_this_run(reader, config, payload)) return;
  if (!values.is_object() && !values.is_array()) {
    trace_.lose("unknown_part", reader.place(payload));
    return;
  }
  if (config["checkpoint_ns"].is_string()) enter(reader, config["checkpoint_ns"]);
  const bool outer = builder_.now.agent == 0;
  state(reader, values);
  builder_.state(step.integer().value_or(-1), outer ? next_ : std::string_view(), values.raw(), reader.place(values));
  if (!outer) return;
  const json::View next = payload["next"];
  const json::View only = next.first();
  const bool one = only.is_string() && !only.next_in(next) && !only.raw().starts_with("\"__");
  next_ = one ? reader.text(only) : std::string_view();
  ended_ = next.is_array() && !only && step.integer().value_or(-1) >= 0;
}

void RunReader::debug(const SourceReader& reader, json::View event) {
  const json::View payload = event["payload"];
  const json::View type = event["type"];
  const json::View step = event["step"];
  if (payload["config"]["configurable"]["checkpoint_ns"].is_string())
    enter(reader, payload["config"]["configurable"]["checkpoint_ns"]);
  if (type.equals("checkpoint")) {
    checkpoint(reader, payload, payload["values"], step);
  } else if (type.equals("task")) {
    start(reader, payload, step.integer().value_or(-1));
  } else if (type.equals("task_result")) {
    end(reader, payload);
  } else {
    trace_.lose("unknown_event", reader.place(event));
  }
}

void RunReader::update(const SourceReader& reader, json::View nodes) {
  json::for_each_member(nodes, [&](std::string_view name, json::View written) {
    if (name == "__interrupt__") {
      waits_ = true;
      return;
    }
    if (has_tasks_ || name.starts_with("__")) return;
    waits_ = false;
    const std::uint32_t around = builder_.now.parent;
    builder_.now.parent = builder_.open(SpanKind::kNode, reader.text(written.key()), reader.place(written));
    builder_.close(builder_.now.parent);
    next_ = nodes.first().next_in(nodes) ? std::string_view() : reader.text(written.key());
    writes(reader, written, {});
    builder_.now.parent = around;
  });
}

void RunReader::piece(const SourceReader& reader, json::View pair) {
  const json::View message = pair.is_array() && !langchain_message(pair) ? pair.first() : pair;
  const json::View about = pair.is_array() ? pair.at(1) : json::View();
  const json::View space = first_of(about, {"langgraph_checkpoint_ns", "checkpoint_ns"});
  const json::View model = about["ls_model_name"];
  if (space.is_string()) {
    builder_.now.agent = 0;
    builder_.now.parent = root_;
    enter(reader, reader.text(space), reader.text(about["langgraph_node"]));
  }
  conversation_.piece(reader, message, model.is_string() ? reader.text(model) : std::string_view());
}

void RunReader::failure(const SourceReader& reader, json::View error, json::View at) {
  const json::View name = first_of(error, {"name", "error", "type"});
  const json::View code = error["lc_error_code"];
  const json::View message = error.is_object() ? error["message"] : error;
  conversation_.end_of_pieces();
  if (name.equals("GraphInterrupt")) {
    waits_ = true;
    return;
  }
  const bool limit = code.equals("GRAPH_RECURSION_LIMIT") || name.equals("GraphRecursionError") ||
                     message.raw().find("GRAPH_RECURSION_LIMIT") != std::string_view::npos;
  const std::uint32_t span =
      builder_.open(SpanKind::kEvent, name.is_string() ? reader.text(name) : "error", reader.place(at));
  builder_.close(span, SpanStatus::kError);
  builder_.span(span).error = builder_.span(root_).error = reader.text(message);
  builder_.span(root_).status = SpanStatus::kError;
  trace_.status = limit ? RunStatus::kLimit : RunStatus::kError;
}

void RunReader::event(const SourceReader& reader, const LanggraphEvent& event, json::View value) {
  const bool pieces = event.mode == "messages" || event.mode == "messages-tuple";
  if (!pieces) enter(reader, event.space);
  if (event.mode == "debug") {
    debug(reader, event.data);
  } else if (event.mode == "updates") {
    update(reader, event.data);
  } else if (event.mode == "values") {
    if (has_checkpoints_) return;
    state(reader, event.data);
    builder_.state(-1, next_, event.data.raw(), reader.place(event.data));
    next_ = {};
  } else if (event.mode == "checkpoints") {
    checkpoint(reader, event.data, event.data["values"], event.data["metadata"]["step"]);
  } else if (event.mode == "tasks") {
    const bool starts = event.data["triggers"].is_array();
    starts ? start(reader, event.data, -1) : end(reader, event.data);
  } else if (pieces) {
    piece(reader, event.data);
  } else if (event.mode == "messages/complete") {
    conversation_.added(reader, event.data);
  } else if (event.mode == "error") {
    failure(reader, event.data, value);
  } else if (event.mode == "events") {
    trace_.lose("unknown_event", reader.place(value));
  }  // the others say nothing about the run itself
}

void RunReader::record(const SourceReader& reader, json::View value) {
  std::string storage;
  const LanggraphEvent found = langgraph_event(value, storage);
  const json::View row = langgraph_checkpoint(value);
  builder_.now.ns = -1;
  const json::View time =
      first_of(found.mode == "debug" ? found.data : value, {"timestamp", "created_at", "createdAt"});
  const json::View saved_at = row["ts"];
  if (time || saved_at) builder_.now.ns = read_time(reader, time ? time : saved_at);
  begin(reader, value);
  if (!found.mode.empty()) {
    event(reader, found, value);
  } else if (is_langgraph_snapshot(value)) {
    const json::View step = value["metadata"]["step"];
    for (const std::uint32_t span : until_next_) builder_.close(span, builder_.span(span).status);
    until_next_.clear();
    checkpoint(reader, value, value["values"], step);
    tasks_of(reader, value, step.integer().value_or(-1));
  } else if (row) {
    checkpoint(reader, value, row["channel_values"], value["metadata"]["step"]);
  } else if (is_langgraph_update(value)) {
    update(reader, value);
  } else if (langchain_message(value)) {
    conversation_.added(reader, value);
  } else if (is_langgraph_state(value)) {
    state(reader, value);
    builder_.state(-1, {}, value.raw(), reader.place(value));
  } else if (value["thread_id"].is_string() && value["status"].is_string()) {
    if (!of_this_run(reader, value, value)) return;
    trace_.status = langgraph_status(value["status"]);
    if (value["values"].is_object()) {
      state(reader, value["values"]);
      builder_.state(-1, {}, value["values"].raw(), reader.place(value["values"]));
    }
  } else {
    trace_.lose("unknown_event", reader.place(value));
  }
}

void RunReader::finish() {
  conversation_.end_of_pieces();
  if (root_ != Span::kNone) {
    if (trace_.status == RunStatus::kUnknown && waits_) trace_.status = RunStatus::kInterrupted;
    if (trace_.status == RunStatus::kUnknown && ended_) trace_.status = RunStatus::kOk;
    builder_.now.ns = last_ns_;
    const SpanStatus status = builder_.span(root_).status;
    builder_.close(root_, status != SpanStatus::kUnset           ? status
                          : trace_.status == RunStatus::kOk      ? SpanStatus::kOk
                          : trace_.status == RunStatus::kUnknown ? SpanStatus::kUnset
                                                                 : SpanStatus::kPending);
    if (!execution_) shape_.finish();
  }
  builder_.finish();
}

Result<void> RunReader::read(std::span<Records> documents) {
  trace_.framework = "langgraph";
  for (const Records& document : documents) {
    if (is_langgraph_description(document.root())) static_cast<void>(shape_.read(document.reader(), document.root()));
  }
  for (Records& document : documents) {
    const json::View root = document.root();
    const json::View execution = langgraph_execution(root);
    if (is_langgraph_description(root)) continue;
    if (execution) {
      execution_ = true;
      read_langgraph_execution(document.reader(), execution, builder_, conversation_, shape_);
      continue;
    }
    std::vector<Item> items;
    const auto keep = [&items](const SourceReader& reader, json::View value) { items.push_back({reader, value}); };
    const json::View list = langgraph_list(root);
    auto read = list ? document.for_each_in(list, keep, Records::Keep::kViews)
                     : document.for_each(
                           [&](const SourceReader& reader, json::View value) {
                             if (!root || items.empty()) items.push_back({reader, root ? root : value});
                           },
                           Records::Keep::kViews);
    if (!read) return read;
    for (const Item& item : items) {
      std::string storage;
      const LanggraphEvent event = langgraph_event(item.value, storage);
      const json::View type = event.mode == "debug" ? event.data["type"] : json::View();
      has_tasks_ = has_tasks_ || event.mode == "tasks" || type.equals("task") || type.equals("task_result");
      has_checkpoints_ = has_checkpoints_ || event.mode == "checkpoints" || type.equals("checkpoint");
    }
    const bool newest_first = items.size() > 1 && comes_before(items.back().value, items.front().value);
    for (std::size_t i = 0; i < items.size(); ++i) {
      const Item& item = items[newest_first ? items.size() - 1 - i : i];
      record(item.reader, item.value);
    }
  }
  finish();
  return {};
}

Result<void> read_together(std::span<Records> documents, Trace& trace) { return RunReader(trace).read(documents); }
Result<void> read_one(Records& document, Trace& trace) { return read_together({&document, 1}, trace); }

}  // namespace

extern const Source kLanggraphSource;
const Source kLanggraphSource{"langgraph", mark_langgraph, read_one, read_together};

}  // namespace agentmend
