// Source: events of Anthropic Managed Agents, as a page, as lines or as a stream.
#include "ingest/sources.h"

namespace agentmend {
namespace {

bool starts_with(json::View text, std::string_view prefix) {
  return text.is_string() && text.raw().substr(1).starts_with(prefix);
}

class EventReader {
 public:
  explicit EventReader(Trace& trace) : trace_(trace), builder_(trace) {}

  void event(const SourceReader& reader, json::View event) {
    const json::View type = event["type"];
    if (!type.is_string()) {
      trace_.lose("bad_line", reader.place(event));
      return;
    }
    builder_.now.ns = read_time(reader, event["processed_at"]);
    builder_.now.step = trace_.steps;
    const json::View thread = first_of(event, {"session_thread_id", "thread_id"});
    builder_.now.agent = thread.is_string() ? agent_of_thread(reader.text(thread)) : main();
    if (trace_.id.empty() && event["session_id"].is_string()) trace_.id = reader.text(event["session_id"]);
    for (const Handler& handler : kHandlers) {
      if (!type.equals(handler.type)) continue;
      ++trace_.steps;
      if (handler.read != nullptr) (this->*handler.read)(reader, event);
      return;
    }
    // Pieces of an event that comes whole as well.
    if (!starts_with(type, "event_")) trace_.lose("unknown_event", reader.place(event));
  }

  void finish() {
    builder_.finish();
    trace_.status = status_;
  }

 private:
  struct Handler {
    std::string_view type;
    void (EventReader::*read)(const SourceReader&, json::View);  // none: known, and nothing to keep
  };
  static const Handler kHandlers[31];
  struct Thread {
    std::string_view id;
    std::uint32_t agent = 0;
  };

  std::uint32_t main() {
    if (main_ == IdTable::kNone) main_ = trace_.agent("main");
    return main_;
  }

  std::uint32_t agent_of_thread(std::string_view id) {
    main();
    const std::uint32_t known = threads_.find(id);
    return known == IdTable::kNone ? main_ : known;
  }

  void user(const SourceReader& reader, json::View event) { said(reader, event, Role::kUser); }
  void instruction(const SourceReader& reader, json::View event) { said(reader, event, Role::kSystem); }
  void assistant(const SourceReader& reader, json::View event) { said(reader, event, Role::kAssistant); }
  void said(const SourceReader& reader, json::View event, Role role) {
    const std::string_view text = content_text(reader, event["content"]);
    if (text.empty()) trace_.lose("unknown_part", reader.place(event));
    builder_.now.parent = role == Role::kAssistant ? request_ : Span::kNone;
    builder_.turn(role, text, reader.place(event));
    builder_.now.parent = Span::kNone;
  }
  void thinking(const SourceReader& reader, json::View event) {
    trace_.lose("encrypted_reasoning", reader.place(event));
  }

  void call(const SourceReader& reader, json::View event) {
    builder_.now.parent = request_;
    const std::uint32_t span = builder_.call(reader.text(event["id"]), reader.text(event["name"]),
                                             reader.text(event["input"]), reader.place(event));
    builder_.now.parent = Span::kNone;
    const json::View permission = event["evaluated_permission"];
    if (permission.equals("deny")) builder_.span(span).status = SpanStatus::kBlocked;
  }

  void result(const SourceReader& reader, json::View event) {
    CallResult result;
    const json::View id = first_of(event, {"tool_use_id", "mcp_tool_use_id", "custom_tool_use_id"});
    result.id = id.is_string() ? reader.text(id) : std::string_view();
    result.output = content_text(reader, event["content"]);
    if (result.output.empty() && !event["content"].is_array()) result.output = reader.text(event["content"]);
    result.status = event["is_error"].boolean(false) ? CallStatus::kError : CallStatus::kOk;
    result.place = reader.place(event);
    builder_.result(result);
  }

  // A person's answer to a call that asked. Its result follows only when it was allowed.
  void confirmation(const SourceReader& reader, json::View event) {
    if (!event["result"].equals("deny")) return;
    CallResult refused;
    refused.id = event["tool_use_id"].is_string() ? reader.text(event["tool_use_id"]) : std::string_view();
    refused.error = reader.text(event["deny_message"]);
    refused.status = CallStatus::kBlocked;
    refused.place = reader.place(event);
    builder_.result(refused);
  }

  void request_start(const SourceReader& reader, json::View event) {
    request_ = builder_.open(SpanKind::kLlm, "", reader.place(event));
    if (!event["id"].is_string()) return;
    builder_.span(request_).id = reader.text(event["id"]);
    requests_.at(reader.text(event["id"])) = request_;
  }

  void request_end(const SourceReader& reader, json::View event) {
    const json::View id = event["model_request_start_id"];
    std::uint32_t span = id.is_string() ? requests_.find(reader.text(id)) : request_;
    if (span == IdTable::kNone) span = builder_.open(SpanKind::kLlm, "", reader.place(event));
    const bool failed = event["is_error"].boolean(false);
    builder_.span(span).result = reader.place(event);
    if (event["model"].is_string()) builder_.span(span).model = reader.text(event["model"]);
    builder_.usage(span, read_usage_beside_cache(event["model_usage"]));
    builder_.close(span, failed ? SpanStatus::kError : SpanStatus::kOk);
    request_ = Span::kNone;
  }

  void evaluation(const SourceReader& reader, json::View event) {
    const json::View start = event["outcome_evaluation_start_id"];
    std::uint32_t span = start.is_string() ? requests_.find(reader.text(start)) : IdTable::kNone;
    if (span == IdTable::kNone) {
      span = builder_.open(SpanKind::kEvaluator, reader.text(first_of(event, {"result", "outcome_id"})),
                           reader.place(event));
    }
    if (event["id"].is_string()) requests_.at(reader.text(event["id"])) = span;
    if (event["usage"].is_object()) builder_.usage(span, read_usage_beside_cache(event["usage"]));
    builder_.close(span, event["result"].equals("failed") ? SpanStatus::kError : SpanStatus::kOk);
  }

  void running(const SourceReader&, json::View) { status_ = RunStatus::kRunning; }
  void ended(const SourceReader&, json::View event) {
    status_ = event["type"].equals("session.deleted") ? RunStatus::kCancelled : status_;
    if (event["type"].equals("session.status_terminated")) status_ = RunStatus::kError;
  }
  void idle(const SourceReader& reader, json::View event) {
    const json::View reason = event["stop_reason"]["type"];
    status_ = reason.equals("retries_exhausted") ? RunStatus::kError
              : reason.equals("requires_action") ? RunStatus::kInterrupted
              : reason.equals("budget_reached")  ? RunStatus::kLimit
              : interrupted_                     ? RunStatus::kInterrupted
              : reason.equals("end_turn")        ? RunStatus::kOk
                                                 : RunStatus::kUnknown;
    interrupted_ = false;
    request_ = Span::kNone;
    if (status_ != RunStatus::kOk) return;
    Event end;
    end.kind = EventKind::kRunEnd;
    end.place = reader.place(event);
    builder_.event(end);
  }
  void interrupt(const SourceReader& reader, json::View event) {
    interrupted_ = true;
    builder_.close(builder_.open(SpanKind::kEvent, "interrupt", reader.place(event)));
  }
  void error(const SourceReader& reader, json::View event) {
    const json::View said = event["error"];
    const std::uint32_t span = builder_.open(
        SpanKind::kEvent, said["type"].is_string() ? reader.text(said["type"]) : "error", reader.place(event));
    builder_.span(span).error = reader.text(first_of(said, {"message", "type"}));
    builder_.close(span, SpanStatus::kError);
    const json::View retry = first_of(said, {"retry_status"});
    const json::View how = retry.is_object() ? retry["type"] : retry;
    if (how.equals("exhausted") || how.equals("terminal")) status_ = RunStatus::kError;
  }

  void thread(const SourceReader& reader, json::View event) {
    const json::View id = first_of(event, {"session_thread_id", "thread_id", "id"});
    if (!id.is_string()) {
      trace_.lose("bad_line", reader.place(event));
      return;
    }
    main();
    const json::View name = first_of(event, {"agent_name", "name", "agent_id"});
    const std::uint32_t agent = trace_.agent(name.is_string() ? reader.text(name) : reader.text(id));
    threads_.at(reader.text(id)) = agent;
    builder_.now.agent = agent;
    const std::uint32_t span = builder_.open(SpanKind::kAgent, trace_.agents[agent], reader.place(event));
    builder_.span(span).id = reader.text(id);
  }
  std::string_view name_of_thread(const SourceReader& reader, json::View id) {
    if (!id.is_string()) return trace_.agents[builder_.now.agent];
    return trace_.agents[agent_of_thread(reader.text(id))];
  }
  void message_sent(const SourceReader& reader, json::View event) {
    const json::View to = first_of(event, {"to_session_thread_id", "to_thread_id"});
    builder_.handoff(name_of_thread(reader, first_of(event, {"from_session_thread_id"})), name_of_thread(reader, to),
                     content_text(reader, event["content"]), reader.place(event));
  }
  void message_received(const SourceReader& reader, json::View event) {
    const json::View from = first_of(event, {"from_session_thread_id", "from_thread_id"});
    builder_.handoff(name_of_thread(reader, from), name_of_thread(reader, first_of(event, {"to_session_thread_id"})),
                     content_text(reader, event["content"]), reader.place(event));
  }
  void compacted(const SourceReader& reader, json::View event) {
    builder_.close(builder_.open(SpanKind::kState, "compaction", reader.place(event)));
  }

  Trace& trace_;
  TraceBuilder builder_;
  IdTable requests_;
  IdTable threads_;
  std::uint32_t main_ = IdTable::kNone;
  std::uint32_t request_ = Span::kNone;  // the model call that is open
  bool interrupted_ = false;
  RunStatus status_ = RunStatus::kUnknown;
};

const EventReader::Handler EventReader::kHandlers[31] = {
    {"user.message", &EventReader::user},
    {"system.message", &EventReader::instruction},
    {"agent.message", &EventReader::assistant},
    {"agent.thinking", &EventReader::thinking},
    {"agent.tool_use", &EventReader::call},
    {"agent.mcp_tool_use", &EventReader::call},
    {"agent.custom_tool_use", &EventReader::call},
    {"agent.tool_result", &EventReader::result},
    {"agent.mcp_tool_result", &EventReader::result},
    {"user.custom_tool_result", &EventReader::result},
    {"user.tool_result", &EventReader::result},
    {"user.tool_confirmation", &EventReader::confirmation},
    {"user.interrupt", &EventReader::interrupt},
    {"user.define_outcome", nullptr},
    {"span.model_request_start", &EventReader::request_start},
    {"span.model_request_end", &EventReader::request_end},
    {"span.outcome_evaluation_start", &EventReader::evaluation},
    {"span.outcome_evaluation_ongoing", nullptr},
    {"span.outcome_evaluation_end", &EventReader::evaluation},
    {"session.status_running", &EventReader::running},
    {"session.status_rescheduled", &EventReader::running},
    {"session.status_idle", &EventReader::idle},
    {"session.status_idled", &EventReader::idle},  // as webhooks say it
    {"session.status_terminated", &EventReader::ended},
    {"session.deleted", &EventReader::ended},
    {"session.error", &EventReader::error},
    {"session.thread_created", &EventReader::thread},
    {"session.thread_status_idle", nullptr},
    {"agent.thread_message_sent", &EventReader::message_sent},
    {"agent.thread_message_received", &EventReader::message_received},
    {"agent.thread_context_compacted", &EventReader::compacted},
};

json::View events_in(json::View root) { return root["data"].is_array() ? root["data"] : root; }

Result<void> read_events(Records& records, Trace& trace) {
  EventReader events(trace);
  trace.framework = "managed_agents";
  auto read = records.for_each_in(events_in(records.root()),
                                  [&](const SourceReader& reader, json::View event) { events.event(reader, event); });
  if (read) events.finish();
  return read;
}

double mark_event(json::View event) {
  const json::View type = event["type"];
  const bool kind = starts_with(type, "user.") || starts_with(type, "agent.") || starts_with(type, "session.") ||
                    starts_with(type, "span.") || starts_with(type, "system.");
  if (!kind || !(event["processed_at"].exists() || starts_with(event["id"], "sevt_"))) return 0;
  return event["evaluated_permission"].exists() ? 1.0 : 0.97;
}

double mark(json::View value) {
  const json::View list = events_in(value);
  return mark_event(list.is_array() ? list.first() : list);
}

}  // namespace

extern const Source kManagedAgentsSource;
const Source kManagedAgentsSource{"managed-agents", mark, read_events};

}  // namespace agentmend
