// Source: OpenClaw transcripts (a tree of entries, as lines), its labelled sessions, its table of sessions, its config.
#include <algorithm>
#include <string>

#include "ingest/sources.h"

namespace agentmend {
namespace {

bool failed_status(json::View status) {
  return status.equals("error") || status.equals("failed") || status.equals("timeout");
}

// What the gateway writes above a user's words: who sent them, as fenced JSON, and a stamp of time.
std::string_view without_preamble(std::string_view text) {
  constexpr std::string_view kFence = "```";
  for (int i = 0; i < 4; ++i) {
    const std::size_t line = text.find('\n');
    if (line == std::string_view::npos || text.substr(0, line).find("(untrusted metadata)") == std::string_view::npos)
      break;
    if (!text.substr(line + 1).starts_with("```json")) break;
    const std::size_t end = text.find(kFence, line + 1 + kFence.size());
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + kFence.size());
    text.remove_prefix(std::min(text.find_first_not_of(" \r\n"), text.size()));
  }
  const std::size_t close = text.substr(0, 64).find("] ");
  const bool stamp = text.starts_with("[") && close != std::string_view::npos &&
                     text.substr(0, close).find_first_of("0123456789") != std::string_view::npos &&
                     text.substr(0, close).find(':') != std::string_view::npos;
  return stamp ? text.substr(close + 2) : text;
}

// "[[reply_to_current]] text" is addressed, and a silent token says nothing to anybody.
std::string_view spoken(std::string_view text) {
  if (text.starts_with("[[")) {
    const std::size_t end = text.substr(0, 80).find("]]");
    if (end != std::string_view::npos) text.remove_prefix(end + 2);
  }
  text.remove_prefix(std::min(text.find_first_not_of(" \r\n"), text.size()));
  const std::string_view word = text.substr(0, text.find_last_not_of(" \r\n") + 1);
  return word == "NO_REPLY" || word == "HEARTBEAT_OK" ? std::string_view() : text;
}

Usage usage_of(json::View usage) {
  const auto count = [&usage](std::string_view name) {
    return std::max<std::int64_t>(usage[name].integer().value_or(0), 0);
  };
  Usage out;
  out.cache_read_tokens = count("cacheRead");
  out.cache_write_tokens = count("cacheWrite");
  out.input_tokens = count("input") + out.cache_read_tokens + out.cache_write_tokens;
  out.output_tokens = count("output");
  const auto cost = usage["cost"]["total"].number();
  if (cost && *cost >= 0 && *cost < 1e9 && !out.empty())
    out.cost_micro_usd = static_cast<std::int64_t>(*cost * 1e6 + 0.5);
  return out;
}

// Which entries lead from the last one up to the root. Entries without an id (older files) are one line of history.
class Branch {
 public:
  void see(const SourceReader& reader, json::View entry) {
    const json::View parent = entry["parentId"];
    const auto number = static_cast<std::uint32_t>(parents_.size());
    const bool named = entry["id"].is_string() && !entry["type"].equals("session");
    parents_.push_back(parent.is_string() ? reader.text(parent) : std::string_view());
    on_path_.push_back(!named);
    if (!named) return;
    by_id_.at(reader.text(entry["id"])) = number;
    last_ = number;
  }
  void close() {
    std::uint32_t at = last_;
    while (at != IdTable::kNone && !on_path_[at]) {
      on_path_[at] = true;
      if (parents_[at].empty()) return;
      const std::uint32_t parent = by_id_.find(parents_[at]);
      // A parent that is not there: the head of the file is missing or cut, and file order is all there is.
      at = parent != IdTable::kNone ? parent : at == 0 ? IdTable::kNone : at - 1;
    }
  }
  [[nodiscard]] bool holds(std::uint32_t number) const { return number >= on_path_.size() || on_path_[number]; }

 private:
  std::vector<std::string_view> parents_;
  std::vector<bool> on_path_;
  IdTable by_id_;
  std::uint32_t last_ = IdTable::kNone;
};

class ClawReader {
 public:
  explicit ClawReader(Trace& trace) : trace_(trace), builder_(trace) {}

  void entry(const SourceReader& reader, json::View entry) {
    const json::View type = entry["type"];
    builder_.now.ns = read_time(reader, entry["timestamp"]);
    builder_.now.step = trace_.steps;
    if (type.equals("session")) {
      header(reader, entry);
    } else if (type.equals("message") && entry["message"].is_object()) {
      ++trace_.steps;
      message(reader, entry["message"]);
    } else if (type.equals("compaction") || type.equals("branch_summary")) {
      ++trace_.steps;
      builder_.close(builder_.open(SpanKind::kState, reader.text(type), reader.place(entry)));
      builder_.turn(Role::kDeveloper, reader.text(entry["summary"]), reader.place(entry));
    } else if (type.equals("custom_message")) {
      ++trace_.steps;
      builder_.turn(Role::kDeveloper, content_text(reader, entry["content"]), reader.place(entry));
    } else if (!quiet(type)) {
      trace_.lose(type.is_string() && !type.equals("message") ? "unknown_event" : "bad_line", reader.place(entry));
    }
  }

  // {session_id, events: [{type: tool.call, …}]}
  void labelled(const SourceReader& reader, json::View session) {
    if (session["session_id"].is_string()) trace_.id = reader.text(session["session_id"]);
    if (session["agent_name"].is_string()) self_ = trace_.agent(reader.text(session["agent_name"]));
    json::for_each(session["events"], [&](json::View event, std::size_t) { labelled_event(reader, event); });
    const json::View status = session["status"];
    status_ = status.equals("completed") ? RunStatus::kOk
              : failed_status(status)    ? RunStatus::kError
                                         : RunStatus::kUnknown;
  }

  void finish() {
    builder_.finish();
    trace_.status = status_;
  }

 private:
  static bool quiet(json::View type) {
    return type.equals("model_change") || type.equals("thinking_level_change") || type.equals("custom") ||
           type.equals("session_info") || type.equals("label");
  }

  // Without times: a session that continues another one begins after its first messages.
  void header(const SourceReader& reader, json::View entry) {
    if (trace_.id.empty() && entry["id"].is_string()) trace_.id = reader.text(entry["id"]);
    if (run_ != Span::kNone) return;
    builder_.now.ns = -1;
    run_ = builder_.open(SpanKind::kAgent, trace_.agents[0], reader.place(entry));
    if (entry["modelId"].is_string()) builder_.span(run_).model = reader.text(entry["modelId"]);
    builder_.close(run_);
    builder_.now.parent = run_;
  }

  void message(const SourceReader& reader, json::View message) {
    if (!message["timestamp"].is_null()) builder_.now.ns = read_time(reader, message["timestamp"]);
    const json::View role = message["role"];
    const json::View content = message["content"];
    const Place place = reader.place(message);
    json::for_each(content, [&](json::View part, std::size_t) {
      if (part["type"].equals("image")) trace_.lose("media_dropped", reader.place(part));
    });
    if (role.equals("user")) {
      builder_.turn(Role::kUser, without_preamble(content_text(reader, content)), place);
    } else if (role.equals("assistant")) {
      assistant(reader, message);
    } else if (role.equals("toolResult")) {
      result(reader, message);
    } else {
      trace_.lose("unknown_part", place);
    }
  }

  void assistant(const SourceReader& reader, json::View message) {
    const json::View stop = message["stopReason"];
    const std::uint32_t span = builder_.open(SpanKind::kLlm, "", reader.place(message));
    if (message["model"].is_string()) builder_.span(span).model = reader.text(message["model"]);
    builder_.span(span).error = reader.text(message["errorMessage"]);
    builder_.usage(span, usage_of(message["usage"]));
    builder_.close(span, stop.equals("error")     ? SpanStatus::kError
                         : stop.equals("aborted") ? SpanStatus::kUnset
                                                  : SpanStatus::kOk);
    status_ = stop.equals("stop")      ? RunStatus::kOk
              : stop.equals("error")   ? RunStatus::kError
              : stop.equals("aborted") ? RunStatus::kInterrupted
              : stop.equals("length")  ? RunStatus::kLimit
                                       : RunStatus::kUnknown;
    builder_.now.parent = span;
    builder_.turn(Role::kAssistant, spoken(content_text(reader, message["content"])), reader.place(message));
    json::for_each(message["content"], [&](json::View part, std::size_t) {
      const json::View type = part["type"];
      if (type.equals("toolCall")) {
        call(reader, part);
      } else if (!type.equals("text") && !type.equals("thinking") && !type.equals("image")) {
        trace_.lose("unknown_part", reader.place(part));
      }
    });
    builder_.now.parent = run_;
  }

  void call(const SourceReader& reader, json::View part) {
    const std::string_view id = part["id"].is_string() ? reader.text(part["id"]) : std::string_view();
    builder_.call(id, reader.text(part["name"]), reader.text(part["arguments"]), reader.place(part));
    if (!id.empty() && part["name"].equals("sessions_spawn")) {
      spawns_by_call_.at(id) = static_cast<std::uint32_t>(spawns_.size());
      spawns_.push_back(reader.text(part["arguments"]["task"]));
    }
  }

  void result(const SourceReader& reader, json::View message) {
    const json::View details = message["details"];
    CallResult result;
    if (message["toolCallId"].is_string()) result.id = reader.text(message["toolCallId"]);
    if (message["toolName"].is_string()) result.name = reader.text(message["toolName"]);
    result.output = content_text(reader, message["content"]);
    result.place = reader.place(message);
    // isError: false does not mean success: the tool's own words say it (docs: ingestion, hidden error rule).
    json::Index index;
    json::View said;
    if (result.output.starts_with("{") && index.read(result.output)) said = json::View::root(index);
    const bool failed = message["isError"].boolean(false) || failed_status(details["status"]) ||
                        details["exitCode"].integer().value_or(0) != 0 || failed_status(said["status"]);
    if (failed) {
      result.status = CallStatus::kError;
      if (details["error"].is_string()) result.error = reader.text(details["error"]);
      if (result.error.empty() && said["error"].is_string()) result.error = trace_.arena.keep(said["error"].text());
    }
    const std::uint32_t span = builder_.result(result);
    const std::uint32_t spawn = result.id.empty() ? IdTable::kNone : spawns_by_call_.find(result.id);
    const json::View child = details["childSessionKey"];
    if (spawn == IdTable::kNone || failed || !child.is_string()) return;
    builder_.now.parent = span;
    builder_.handoff(trace_.agents[builder_.now.agent], reader.text(child), spawns_[spawn], reader.place(message));
    builder_.now.parent = run_;
  }

  void labelled_event(const SourceReader& reader, json::View event) {
    const json::View type = event["type"];
    const json::View data = event["data"];
    const Place place = reader.place(event);
    builder_.now.step = trace_.steps++;
    builder_.now.ns = read_time(reader, event["timestamp"]);
    builder_.now.agent = event["agent_name"].is_string() ? trace_.agent(reader.text(event["agent_name"])) : self_;
    const std::string_view text = reader.text(first_of(data, {"text", "content", "message"}));
    const std::string_view tool = reader.text(first_of(event, {"tool_name"}));
    if (type.equals("message.received")) {
      builder_.turn(Role::kUser, text, place);
    } else if (type.equals("message.sent") || type.equals("agent.turn")) {
      const std::uint32_t span = type.equals("agent.turn") ? builder_.open(SpanKind::kLlm, "", place) : Span::kNone;
      if (span != Span::kNone) builder_.close(span);
      builder_.turn(Role::kAssistant, spoken(text), place);
    } else if (type.equals("tool.call")) {
      builder_.call({}, tool, reader.text(first_of(event, {"tool_input", "data"})), place);
    } else if (type.equals("tool.result")) {
      CallResult result;
      result.name = tool;
      result.output = reader.text(first_of(event, {"tool_result", "data"}));
      result.error = reader.text(event["error"]);
      const bool failed = !result.error.empty() || failed_status(event["tool_result"]["status"]);
      result.status = failed ? CallStatus::kError : CallStatus::kOk;
      result.place = place;
      builder_.result(result);
    } else if (type.equals("session.spawn") || type.equals("session.send")) {
      const json::View to =
          first_of(data, {"target_agent", "recipient", "agent", "to", "child_session_id", "spawned_session_id"});
      builder_.handoff(trace_.agents[builder_.now.agent], reader.text(to), text, place);
    } else if (type.equals("error")) {
      const std::uint32_t span = builder_.open(SpanKind::kEvent, "error", place);
      builder_.span(span).error = event["error"].is_string() ? reader.text(event["error"]) : text;
      builder_.close(span, SpanStatus::kError);
    } else {
      trace_.lose("unknown_event", place);
    }
  }

  Trace& trace_;
  TraceBuilder builder_;
  IdTable spawns_by_call_;
  std::vector<std::string_view> spawns_;  // what each spawned session was asked to do
  std::uint32_t self_ = 0;
  std::uint32_t run_ = Span::kNone;  // the whole session
  RunStatus status_ = RunStatus::kUnknown;
};

bool is_config(json::View value) {
  return value["agents"]["defaults"].is_object() && (value["tools"].is_object() || value["channels"].is_object());
}

// sessions.json: session keys with their rows.
bool is_store(json::View value) {
  const json::View row = value.is_object() ? value.first() : json::View();
  return row["sessionId"].is_string() && row["updatedAt"].is_number();
}

bool is_labelled(json::View value) {
  return value["session_id"].is_string() && value["events"].is_array() && value["events"].first()["type"].is_string();
}

// Rows of the store name the agent of a session by its key: agent:<id>:…
void read_store(const SourceReader& reader, json::View store) {
  json::for_each_member(store, [&](std::string_view key, json::View row) {
    if (!row["sessionId"].equals(reader.trace.id) || !key.starts_with("agent:")) return;
    const std::string_view agent = key.substr(6, key.find(':', 6) - 6);
    if (!agent.empty()) reader.trace.agents[0] = reader.trace.arena.keep(agent);
  });
}

Result<void> read_claw(std::span<Records> documents, Trace& trace) {
  trace.framework = "openclaw";
  ClawReader claw(trace);
  for (Records& records : documents) {
    const json::View root = records.root();
    if (is_config(root) || is_store(root)) continue;
    const SourceReader here = records.reader();
    if (is_labelled(root)) {
      claw.labelled(here, root);
      continue;
    }
    Branch branch;
    auto seen = records.for_each([&](const SourceReader& reader, json::View entry) { branch.see(reader, entry); });
    if (!seen) return seen;
    branch.close();
    std::uint32_t number = 0;
    static_cast<void>(records.for_each([&](const SourceReader& reader, json::View entry) {
      if (branch.holds(number++)) {
        claw.entry(reader, entry);
      } else {
        trace.lose("abandoned_branch", reader.place(entry));
      }
    }));
  }
  claw.finish();
  for (Records& records : documents) {
    if (is_store(records.root())) read_store(records.reader(), records.root());
  }
  return {};
}

double mark(json::View value) {
  const json::View first = value.is_array() ? value.first() : value;
  if (first["type"].equals("session") && first["cwd"].is_string()) return first["version"].is_number() ? 0.99 : 0.96;
  const json::View message = first["message"];
  if (first["type"].equals("message") && message["role"].is_string())
    return first["parentId"].exists() || message["usage"]["cacheRead"].exists() ? 0.96 : 0.85;
  if (is_labelled(value)) return 0.95;
  return is_config(value) || is_store(value) ? 0.9 : 0;
}

}  // namespace

extern const Source kOpenclawSource;
const Source kOpenclawSource{"openclaw", mark, nullptr, read_claw};

}  // namespace agentmend
