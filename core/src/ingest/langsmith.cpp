// Source: runs exported from LangSmith, as a list, as lines, or as a tree of child_runs.
#include <algorithm>
#include <string>

#include "ingest/langchain.h"
#include "ingest/langgraph_graph.h"
#include "ingest/sources.h"
#include "order.h"
#include "text/time.h"

namespace agentmend {
namespace {

json::View metadata_of(json::View run) { return run["extra"]["metadata"]; }

// The graphs around a node: "team:task|node:task" of the node is "team".
std::string path_of(std::string_view space, std::string_view node) {
  std::string path;
  while (!space.empty()) {
    const std::string_view part = space.substr(0, space.find('|'));
    const std::string_view name = part.substr(0, part.find(':'));
    space = part.size() == space.size() ? std::string_view() : space.substr(part.size() + 1);
    if (space.empty() && name == node) break;
    path += path.empty() ? "" : "/";
    path += name;
  }
  return path;
}

class RunsReader {
 public:
  explicit RunsReader(Trace& trace) : trace_(trace), builder_(trace), conversation_(builder_, trace), shape_(trace) {}

  void collect(const SourceReader& reader, json::View run);
  void read();

 private:
  struct Run {
    SourceReader reader;
    json::View value;
    std::string_view id;
    std::string_view order;
    std::int64_t start_ns;
    std::uint32_t span = Span::kNone;
    bool visited = false;
  };
  void emit(std::uint32_t number);
  void open(Run& run);
  void enter(const Run& run);
  [[nodiscard]] SpanKind kind_of(const Run& run) const;
  void finish_span(const Run& run, std::uint32_t span);
  void model(Run& run);
  void tool(Run& run);
  void retriever(Run& run);
  void chain(Run& run);
  [[nodiscard]] std::int64_t time_of(const SourceReader& reader, json::View value) const;

  Trace& trace_;
  TraceBuilder builder_;
  LangchainConversation conversation_;
  LanggraphShape shape_;
  std::vector<Run> runs_;
  IdTable by_id_;
  bool graph_ = false;
};

// Times without an offset are UTC: this source writes them so.
std::int64_t RunsReader::time_of(const SourceReader& reader, json::View value) const {
  std::string storage;
  const std::int64_t ms = value.is_string() ? text::iso_to_ms(value.text(storage)) : -1;
  return ms >= 0 ? ms * 1'000'000 : read_time(reader, value);
}

void RunsReader::collect(const SourceReader& reader, json::View run) {
  std::vector<json::View> open{run};
  while (!open.empty()) {
    const json::View value = open.back();
    open.pop_back();
    if (!value["run_type"].is_string() || !value["id"].is_string()) {
      trace_.lose("unknown_part", reader.place(value));
      continue;
    }
    const json::View trace = value["trace_id"];
    if (trace.is_string()) {
      if (trace_.id.empty()) trace_.id = reader.text(trace);
      if (trace_.id != reader.text(trace)) {
        trace_.lose("other_run", reader.place(value));
        continue;
      }
    }
    std::uint32_t& number = by_id_.at(reader.text(value["id"]));
    if (number == IdTable::kNone) {
      number = static_cast<std::uint32_t>(runs_.size());
      const json::View order = value["dotted_order"];
      runs_.push_back({reader, value, reader.text(value["id"]),
                       order.is_string() ? reader.text(order) : std::string_view(),
                       time_of(reader, value["start_time"])});
      if (value["run_type"].equals("tool") && value["name"].is_string())
        conversation_.runs_apart(reader.text(value["name"]));
    }
    json::for_each(value["child_runs"], [&open](json::View child, std::size_t) { open.push_back(child); });
  }
}

SpanKind RunsReader::kind_of(const Run& run) const {
  const json::View type = run.value["run_type"];
  if (type.equals("llm")) return SpanKind::kLlm;
  if (type.equals("tool")) return SpanKind::kTool;
  if (type.equals("embedding")) return SpanKind::kEmbedding;
  if (!type.equals("chain")) return SpanKind::kEvent;  // prompt, parser
  if (builder_.now.parent == Span::kNone) return SpanKind::kWorkflow;
  const json::View name = run.value["name"];
  const bool agent = metadata_of(run.value)["ls_agent"].exists() || name.equals("AgentExecutor");
  return agent ? SpanKind::kAgent : SpanKind::kNode;
}

void RunsReader::enter(const Run& run) {
  const json::View about = metadata_of(run.value);
  const json::View space = first_of(about, {"langgraph_checkpoint_ns", "checkpoint_ns"});
  const json::View node = about["langgraph_node"];
  const std::uint32_t parent = by_id_.find(run.reader.text(run.value["parent_run_id"]));
  builder_.now.parent = parent == IdTable::kNone ? Span::kNone : runs_[parent].span;
  builder_.now.ns = run.start_ns;
  ++builder_.now.step;
  builder_.now.agent = 0;
  if (node.is_string() || about["ls_integration"].equals("langgraph")) trace_.framework = "langgraph";
  if (!space.is_string()) return;
  const std::string path = path_of(run.reader.text(space), run.reader.text(node));
  if (path.empty()) return;
  const bool known = std::find(trace_.agents.begin(), trace_.agents.end(), path) != trace_.agents.end();
  builder_.now.agent = trace_.agent(known ? std::string_view(path) : trace_.arena.keep(path));
}

void RunsReader::finish_span(const Run& run, std::uint32_t span) {
  const json::View error = run.value["error"];
  const json::View end = run.value["end_time"];
  const bool failed = error.is_string() || run.value["status"].equals("error");
  builder_.now.ns = time_of(run.reader, end);
  builder_.close(span, failed ? SpanStatus::kError : end.is_null() ? SpanStatus::kPending : SpanStatus::kOk);
  std::string_view text = error.is_string() ? run.reader.text(error) : std::string_view();
  builder_.span(span).error = text.substr(0, text.find('\n'));  // a stack follows
}

void RunsReader::model(Run& run) {
  const json::View inputs = run.value["inputs"];
  const json::View outputs = run.value["outputs"];
  json::View said = inputs["messages"];
  if (said.first().is_array() && !langchain_message(said.first())) said = said.first();
  conversation_.whole(run.reader, said, false);
  json::for_each(inputs["prompts"], [&](json::View prompt, std::size_t) {
    if (prompt.is_string()) builder_.turn(Role::kUser, run.reader.text(prompt), run.reader.place(prompt));
  });
  open(run);
  Span& span = builder_.span(run.span);
  const json::View given = first_of(run.value["extra"]["invocation_params"], {"model", "model_name"});
  const json::View name = given.is_string() ? given : metadata_of(run.value)["ls_model_name"];
  if (name.is_string()) span.model = run.reader.text(name);
  finish_span(run, run.span);
  builder_.now.parent = run.span;
  json::View answer = outputs["generations"].first();
  if (answer.is_array()) answer = answer.first();
  json::View message = first_of(answer, {"message"});
  if (!message) message = outputs["choices"].first()["message"];
  if (!message) message = outputs["message"];
  if (langchain_message(message)) {
    conversation_.added(run.reader, message);
  } else if (answer["text"].is_string()) {
    builder_.turn(Role::kAssistant, run.reader.text(answer["text"]), run.reader.place(answer));
  }
  if (builder_.span(run.span).usage != Span::kNone) return;
  Usage usage = read_usage(first_of(outputs, {"usage_metadata", "usage"}));
  if (usage.empty())
    usage = read_usage(first_of(first_of(outputs, {"llm_output", "llmOutput"}), {"token_usage", "tokenUsage"}));
  if (usage.empty()) usage = read_usage(metadata_of(run.value)["usage_metadata"]);
  if (usage.empty()) usage = read_usage(run.value);
  builder_.usage(run.span, usage);
}

void RunsReader::tool(Run& run) {
  open(run);
  const json::View inputs = run.value["inputs"];
  const json::View only = inputs["input"];
  const bool text = only.is_string() && !inputs.first().next_in(inputs);
  const Place place = run.reader.place(run.value);
  builder_.call(run.id, builder_.span(run.span).name, run.reader.text(text ? only : inputs), place, run.span);
  finish_span(run, run.span);
  const json::View output = run.value["outputs"]["output"];
  const LangchainMessage message = langchain_message(output);
  CallResult result;
  result.id = run.id;
  result.output = message ? content_text(run.reader, message.content)
                          : run.reader.text(output.exists() ? output : run.value["outputs"]);
  result.error = builder_.span(run.span).error;
  const bool failed = builder_.span(run.span).status == SpanStatus::kError || message.fields["status"].equals("error");
  if (failed) result.status = CallStatus::kError;
  result.place = place;
  if (builder_.span(run.span).status != SpanStatus::kPending) builder_.result(result);
}

void RunsReader::retriever(Run& run) {
  const json::View query = first_of(run.value["inputs"], {"query", "input", "question"});
  const auto documents = langchain_documents(run.reader, first_of(run.value["outputs"], {"documents", "output"}));
  run.span = builder_.retrieval(query.is_string() ? run.reader.text(query) : std::string_view(), documents,
                                run.reader.place(run.value));
  builder_.span(run.span).name = run.reader.text(run.value["name"]);
  builder_.span(run.span).id = run.id;
  finish_span(run, run.span);
}

// The question that a run was started with; what models are asked is told by their runs.
void RunsReader::chain(Run& run) {
  const bool root = builder_.now.parent == Span::kNone;
  const json::View about = metadata_of(run.value);
  const json::View inputs = run.value["inputs"];
  open(run);
  finish_span(run, run.span);
  if (run.value["name"].is_string() && about["langgraph_node"].equals(builder_.span(run.span).name) &&
      !builder_.span(run.span).name.starts_with("__") && builder_.now.agent == 0) {
    shape_.ran(about["langgraph_step"].integer().value_or(-1), builder_.span(run.span).name, run.reader, about);
    graph_ = true;
  }
  if (!root) return;
  const json::View asked = inputs["messages"];
  if (langchain_message(asked.first())) conversation_.whole(run.reader, asked, false);
  json::View text = first_of(inputs, {"input", "question", "query", "task", "prompt"});
  if (!text && inputs.is_object() && inputs.first() && !inputs.first().next_in(inputs)) text = inputs.first();
  if (trace_.task.empty() && text.is_string()) trace_.task = run.reader.text(text);
  const std::string_view error = builder_.span(run.span).error;
  const SpanStatus status = builder_.span(run.span).status;
  if (error.find("GraphInterrupt") != std::string_view::npos) {
    trace_.status = RunStatus::kInterrupted;
  } else if (error.find("ecursion limit") != std::string_view::npos) {
    trace_.status = RunStatus::kLimit;
  } else {
    trace_.status = status == SpanStatus::kError ? RunStatus::kError
                    : status == SpanStatus::kOk  ? RunStatus::kOk
                                                 : RunStatus::kRunning;
  }
}

void RunsReader::open(Run& run) {
  const json::View name = run.value["name"];
  run.span = builder_.open(kind_of(run), name.is_string() ? run.reader.text(name) : "", run.reader.place(run.value));
  builder_.span(run.span).id = run.id;
}

// A parent comes before its children, whatever the order says; a cycle of parents is cut where it closes.
void RunsReader::emit(std::uint32_t number) {
  std::vector<std::uint32_t> chain_up;
  while (number != IdTable::kNone && !runs_[number].visited) {
    runs_[number].visited = true;
    chain_up.push_back(number);
    number = by_id_.find(runs_[number].reader.text(runs_[number].value["parent_run_id"]));
  }
  for (; !chain_up.empty(); chain_up.pop_back()) {
    Run& run = runs_[chain_up.back()];
    enter(run);
    const json::View type = run.value["run_type"];
    if (type.equals("llm")) {
      model(run);
    } else if (type.equals("tool")) {
      tool(run);
    } else if (type.equals("retriever")) {
      retriever(run);
    } else {
      chain(run);
    }
  }
}

void RunsReader::read() {
  trace_.framework = "langchain";
  const auto order = positions_in_order(
      runs_.size(),
      [](const void* context, std::uint32_t a, std::uint32_t b) {
        const auto& runs = *static_cast<const std::vector<Run>*>(context);
        if (!runs[a].order.empty() && !runs[b].order.empty()) return runs[a].order < runs[b].order;
        return runs[a].start_ns < runs[b].start_ns;
      },
      &runs_);
  for (const std::uint32_t number : order) emit(number);
  if (graph_) shape_.finish();
  builder_.finish();
}

json::View list_of(json::View root) { return root["runs"].is_array() ? root["runs"] : root; }

Result<void> read_runs(Records& records, Trace& trace) {
  RunsReader runs(trace);
  auto read = records.for_each_in(
      list_of(records.root()), [&](const SourceReader& reader, json::View run) { runs.collect(reader, run); },
      Records::Keep::kViews);
  if (read) runs.read();
  return read;
}

double mark(json::View value) {
  const json::View list = list_of(value);
  const json::View run = list.is_array() ? list.first() : value;
  if (!run["run_type"].is_string()) return 0;
  const bool signature = run["dotted_order"].exists() || run["trace_id"].exists() || run["child_runs"].exists();
  return signature ? 0.96 + (metadata_of(run).is_object() ? 0.03 : 0) : 0;
}

}  // namespace

extern const Source kLangsmithSource;
const Source kLangsmithSource{"langsmith", mark, read_runs};

}  // namespace agentmend
