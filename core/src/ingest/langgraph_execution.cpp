#include "ingest/langgraph_execution.h"

#include <limits>

#include "order.h"

namespace agentmend {
namespace {

std::int64_t step_of(json::View item) { return item["superstep"].integer().value_or(0); }

class ExecutionReader {
 public:
  ExecutionReader(const SourceReader& reader, TraceBuilder& builder, LangchainConversation& conversation)
      : reader_(reader), trace_(reader.trace), builder_(builder), conversation_(conversation) {}

  void run(json::View run) {
    const std::uint32_t root = builder_.open(SpanKind::kWorkflow, "LangGraph", reader_.place(run));
    builder_.span(root).start_ns = read_time(reader_, run["started_at"]);
    root_ = root;
    std::vector<json::View> nodes = in_order(run["nodes"]);
    std::vector<json::View> states = in_order(first_of(run, {"state_snapshots", "checkpoints"}));
    std::size_t next = 0;
    for (const json::View node : nodes) {
      const std::int64_t step = step_of(node);
      for (; next < states.size() && step_of(states[next]) < step; ++next) state(states[next]);
      this->node(node);
    }
    for (; next < states.size(); ++next) state(states[next]);
    builder_.now.parent = Span::kNone;
    builder_.now.ns = read_time(reader_, run["finished_at"]);
    trace_.status = langgraph_status(run["status"]);
    const bool failed = trace_.status == RunStatus::kError || trace_.status == RunStatus::kLimit;
    builder_.close(root, failed ? SpanStatus::kError : SpanStatus::kOk);
  }

 private:
  std::vector<json::View> in_order(json::View list) {
    std::vector<json::View> out;
    json::for_each(list, [&](json::View item, std::size_t) {
      if (item.is_object()) {
        out.push_back(item);
      } else {
        trace_.lose("unknown_part", reader_.place(item));
      }
    });
    sort_stable(out, [](json::View a, json::View b) { return step_of(a) < step_of(b); });
    return out;
  }

  void state(json::View snapshot) {
    const json::View values = first_of(snapshot, {"state", "values"});
    if (!values.is_object()) {
      trace_.lose("unknown_part", reader_.place(snapshot));
      return;
    }
    builder_.now.parent = root_;
    builder_.now.ns = read_time(reader_, snapshot["timestamp"]);
    messages(values);
    builder_.state(step_of(snapshot), {}, values.raw(), reader_.place(values));
  }

  void messages(json::View values) {
    json::for_each_member(values, [&](std::string_view, json::View value) {
      if (value.is_array() && langchain_message(value.first())) conversation_.whole(reader_, value);
    });
  }

  // What a model put out where it is not in the form of messages.
  [[nodiscard]] std::string_view said_by(json::View outputs) const {
    const json::View text = first_of(outputs, {"answer", "response", "output", "text", "content", "result"});
    if (text.is_string()) return reader_.text(text);
    const bool one = outputs.is_object() && outputs.first().is_string() && !outputs.first().next_in(outputs);
    return one ? reader_.text(outputs.first()) : std::string_view();
  }

  void node(json::View node) {
    const json::View type = node["node_type"];
    const json::View title = first_of(node, {"title", "node_id"});
    const std::string_view name = title.is_string() ? reader_.text(title) : std::string_view();
    const Place place = reader_.place(node);
    const bool model = type.equals("llm");
    const bool tool = type.equals("tool");
    const json::View model_name = node["metadata"]["model"];
    ++builder_.now.step;
    builder_.now.parent = root_;
    builder_.now.ns = read_time(reader_, node["started_at"]);
    messages(node["inputs"]);
    const SpanKind kind = model ? SpanKind::kLlm : tool ? SpanKind::kTool : SpanKind::kNode;
    const std::uint32_t span = builder_.open(kind, name, place);
    if (node["node_id"].is_string()) builder_.span(span).id = reader_.text(node["node_id"]);
    if (model_name.is_string()) builder_.span(span).model = reader_.text(model_name);
    const bool failed = node["status"].equals("failed") || node["error"].is_string();
    const std::string_view error = reader_.text(node["error"]);
    if (tool) {
      const json::View called = node["metadata"]["tool_name"];
      builder_.call({}, called.is_string() ? reader_.text(called) : name, reader_.text(node["inputs"]), place, span);
    }
    builder_.now.ns = read_time(reader_, node["finished_at"]);
    if (tool) {
      CallResult result;
      result.output = reader_.text(node["outputs"]);
      result.error = error;
      result.status = failed ? CallStatus::kError : CallStatus::kOk;
      result.place = place;
      builder_.result(result);
    } else {
      builder_.close(span, failed ? SpanStatus::kError : SpanStatus::kOk);
      builder_.span(span).error = error;
    }
    Usage usage;
    usage.input_tokens = node["token_count"].integer().value_or(0);  // only the sum is known
    builder_.usage(span, usage);
    builder_.now.parent = span;
    if (model && !node["outputs"]["messages"].is_array())
      builder_.turn(Role::kAssistant, said_by(node["outputs"]), place);
    // A conversation that a model puts out is its own words, told in its own span.
    json::for_each_member(node["outputs"], [&](std::string_view, json::View value) {
      const auto documents = langchain_documents(reader_, value);
      if (!documents.empty()) builder_.retrieval(conversation_.last_user_text(), documents, reader_.place(value));
    });
    messages(node["outputs"]);
  }

  const SourceReader& reader_;
  Trace& trace_;
  TraceBuilder& builder_;
  LangchainConversation& conversation_;
  std::uint32_t root_ = Span::kNone;
};

}  // namespace

bool is_langgraph_execution(json::View value) {
  return value["graph_id"].is_string() && (!value["nodes"].first() || value["nodes"].first()["superstep"].exists()) &&
         value["nodes"].is_array();
}

RunStatus langgraph_status(json::View status) {
  struct Word {
    std::string_view name;
    RunStatus status;
  };
  constexpr Word kWords[] = {{"completed", RunStatus::kOk},          {"success", RunStatus::kOk},
                             {"failed", RunStatus::kError},          {"error", RunStatus::kError},
                             {"timeout", RunStatus::kError},         {"interrupted", RunStatus::kInterrupted},
                             {"recursion_limit", RunStatus::kLimit}, {"running", RunStatus::kRunning},
                             {"pending", RunStatus::kRunning},       {"busy", RunStatus::kRunning},
                             {"cancelled", RunStatus::kCancelled}};
  for (const Word& word : kWords) {
    if (status.equals(word.name)) return word.status;
  }
  return RunStatus::kUnknown;
}

void read_langgraph_execution(const SourceReader& reader, json::View run, TraceBuilder& builder,
                              LangchainConversation& conversation, LanggraphShape& shape) {
  const json::View id = first_of(run, {"thread_id", "graph_id"});
  if (id.is_string()) reader.trace.id = reader.text(id);
  shape.read(reader, run);
  ExecutionReader(reader, builder, conversation).run(run);
}

}  // namespace agentmend
