// Sources: transcripts of Claude Code, messages of its Agent SDK, recorded exchanges with the Messages API. They differ
// in what stands around the same content blocks.
#include <algorithm>
#include <string>

#include "ingest/anthropic_exchange.h"
#include "ingest/claude_agents.h"
#include "ingest/sources.h"
#include "order.h"

namespace agentmend {
namespace {

bool one_of(json::View type, std::span<const std::string_view> names) {
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) { return type.equals(name); });
}

// Lines of the client's own keeping: nothing that anybody said or did.
constexpr std::string_view kBookkeeping[] = {"summary",         "progress",
                                             "queue-operation", "file-history-snapshot",
                                             "attachment",      "last-prompt",
                                             "ai-title",        "custom-title",
                                             "agent-name",      "tag",
                                             "pr-link",         "mode",
                                             "tool_progress",   "stream_event",
                                             "auth_status",     "rate_limit_event",
                                             "permission-mode", "tool_use_summary"};
constexpr std::string_view kQuietSystem[] = {"init",          "turn_duration", "stop_hook_summary",
                                             "informational", "status",        "hook_started",
                                             "hook_progress", "hook_response", "away_summary"};

// A person who says no to a call gives a result that is flagged as an error.
bool is_refusal(const SourceReader& reader, json::View line) {
  if (!line["message"]["content"].first()["is_error"].boolean(false)) return false;
  const std::string_view said = reader.text(first_of(line, {"toolUseResult", "tool_use_result"}));
  const std::string_view result = content_text(reader, line["message"]["content"].first()["content"]);
  return said.starts_with("User rejected") || result.starts_with("The user doesn't want to proceed") ||
         result.starts_with("Claude requested permissions to") || result.starts_with("Permission to use ");
}

class ClaudeReader {
 public:
  explicit ClaudeReader(Trace& trace)
      : trace_(trace), builder_(trace), messages_(builder_, trace), agents_(builder_, trace) {}

  // The agent whose own transcript is read too: what the main one shows of its work is left out.
  void has_own_transcript(std::string_view agent) { own_.push_back(agent); }

  void line(const SourceReader& reader, json::View line) {
    const json::View type = line["type"];
    if (!type.is_string()) {
      trace_.lose("bad_line", reader.place(line));
      return;
    }
    if (trace_.id.empty()) {
      const json::View session = first_of(line, {"sessionId", "session_id"});
      if (session.is_string()) trace_.id = reader.text(session);
    }
    const json::View data = line["data"];
    if (data["type"].equals("agent_progress") && type.equals("progress")) {
      shown_work(reader, line, data);
    } else if (type.equals("assistant") || type.equals("user")) {
      agents_.enter(reader, line, run_);
      said(reader, line);
    } else if (type.equals("system")) {
      system(reader, line);
    } else if (type.equals("result")) {
      result(reader, line);
    } else {
      if (type.equals("stream_event")) ++deltas_;
      if (!one_of(type, kBookkeeping)) trace_.lose("unknown_event", reader.place(line));
    }
  }

  void finish(bool several_documents) {
    if (trace_.steps == 0 && deltas_ != 0) trace_.lose("unknown_event", {}, deltas_);
    deny();
    messages_.finish();
    builder_.finish();
    if (cost_ >= 0) trace_.usage.cost_micro_usd = cost_;
    if (trace_.status == RunStatus::kUnknown) trace_.status = last_;
    if (several_documents) in_order_of_time();
  }

 private:
  static constexpr std::uint32_t kNone = IdTable::kNone;

  void shown_work(const SourceReader& reader, json::View line, json::View data) {
    const json::View inner = data["message"];
    const std::string_view agent = data["agentId"].is_string() ? reader.text(data["agentId"]) : std::string_view();
    if (agent.empty() || !inner["message"].is_object()) {
      trace_.lose("bad_line", reader.place(line));
    } else if (std::find(own_.begin(), own_.end(), agent) == own_.end()) {
      const json::View call = line["parentToolUseID"];
      agents_.enter_shown(reader, inner["timestamp"].exists() ? inner : line, agent,
                          call.is_string() ? reader.text(call) : std::string_view());
      said(reader, inner);
    }
  }

  // A command that a person typed, with what they asked of it.
  void task_of_command(std::string_view text) {
    constexpr std::string_view kOpen = "<command-args>";
    const std::size_t start = text.find(kOpen);
    const std::size_t end = text.find("</command-args>");
    if (start == std::string_view::npos || end == std::string_view::npos || end <= start + kOpen.size()) return;
    trace_.task = text.substr(start + kOpen.size(), end - start - kOpen.size());
  }

  void said(const SourceReader& reader, json::View line) {
    const json::View message = line["message"];
    const json::View content = message["content"];
    if (!message.is_object() || (!content.is_array() && !content.is_string())) {
      trace_.lose("bad_line", reader.place(line));
      return;
    }
    const Place place = reader.place(message);
    const bool of_main = agents_.in_main();
    if (line["type"].equals("assistant")) {
      const std::size_t before = trace_.spans.size();
      answered(reader, line, message, place);
      agents_.find_tasks(reader, content, before);
      if (of_main && !line["isApiErrorMessage"].boolean(false))
        last_ = message["stop_reason"].equals("end_turn") ? RunStatus::kOk : RunStatus::kUnknown;
      return;
    }
    const json::View structured = first_of(line, {"toolUseResult", "tool_use_result"});
    const json::View agent = structured["agentId"];
    const json::View call = content.first()["tool_use_id"];
    if (agent.is_string() && call.is_string()) agents_.works_for(reader.text(agent), reader.text(call));
    const bool compact = line["isCompactSummary"].boolean(false);
    if (compact && !compacted_) compaction(place);
    if (compact) compacted_ = false;
    const bool meta = compact || line["isMeta"].boolean(false) || line["isSynthetic"].boolean(false);
    const std::string_view text = content_text(reader, content);
    const bool interrupted = text.starts_with("[Request interrupted by user");
    if (of_main && !meta && !is_inserted_text(text))
      last_ = interrupted ? RunStatus::kInterrupted : RunStatus::kUnknown;
    const std::string_view task = trace_.task;
    messages_.other(reader, content, meta || interrupted ? Role::kDeveloper : Role::kUser, place,
                    is_refusal(reader, line));
    if (!of_main && agents_.has_main()) trace_.task = task;  // what one agent asks of another
    if (trace_.task.empty() && of_main && !meta && is_inserted_text(text)) task_of_command(text);
  }

  // What the client says in place of the model: that a request failed, or that there was nothing to answer.
  void answered(const SourceReader& reader, json::View line, json::View message, Place place) {
    const bool failed = line["isApiErrorMessage"].boolean(false);
    if (!failed && !message["model"].equals("<synthetic>")) {
      messages_.assistant(reader, message, place);
      return;
    }
    if (!failed) {
      messages_.other(reader, message["content"], Role::kDeveloper, place);
      return;
    }
    builder_.now.step = trace_.steps++;
    const std::uint32_t span = builder_.open(SpanKind::kLlm, "", place);
    builder_.span(span).error = content_text(reader, message["content"]);
    builder_.close(span, SpanStatus::kError);
    if (agents_.in_main()) last_ = RunStatus::kError;
  }

  void system(const SourceReader& reader, json::View line) {
    const json::View kind = line["subtype"];
    agents_.enter_main(reader, line, run_);
    if (kind.equals("init") && run_ == Span::kNone) {
      run_ = builder_.open(SpanKind::kAgent, "main", reader.place(line));
      if (line["model"].is_string()) builder_.span(run_).model = reader.text(line["model"]);
    } else if (kind.equals("compact_boundary")) {
      compaction(reader.place(line));
      compacted_ = true;
    } else if (kind.equals("local_command")) {
      messages_.other(reader, line["content"], Role::kDeveloper, reader.place(line));
    } else if (kind.equals("api_error")) {
      const std::uint32_t span = builder_.open(SpanKind::kEvent, "api_error", reader.place(line));
      builder_.span(span).error = reader.text(first_of(line["error"], {"message", "error", "status"}));
      builder_.close(span, SpanStatus::kError);
    } else if (!one_of(kind, kQuietSystem)) {
      trace_.lose("unknown_event", reader.place(line));
    }
  }

  void compaction(Place place) { builder_.close(builder_.open(SpanKind::kState, "compaction", place)); }

  void result(const SourceReader& reader, json::View line) {
    const json::View kind = line["subtype"];
    const bool failed = line["is_error"].boolean(false);
    trace_.status = failed ? RunStatus::kError : RunStatus::kOk;
    if (kind.equals("error_max_turns") || kind.equals("error_max_budget_usd")) trace_.status = RunStatus::kLimit;
    if (kind.equals("error_during_execution")) trace_.status = RunStatus::kError;
    agents_.enter_main(reader, line, run_);
    builder_.now.step = trace_.steps;
    Event ended;
    ended.kind = EventKind::kRunEnd;
    ended.place = reader.place(line);
    builder_.event(ended);
    if (const auto cost = line["total_cost_usd"].number(); cost && *cost >= 0 && *cost < 1e9)
      cost_ = static_cast<std::int64_t>(*cost * 1e6 + 0.5);
    if (run_ != Span::kNone) {
      builder_.usage(run_, read_usage_beside_cache(line["usage"]));
      builder_.close(run_, trace_.status == RunStatus::kOk ? SpanStatus::kOk : SpanStatus::kError);
    }
    json::for_each(line["permission_denials"], [&](json::View denial, std::size_t) {
      if (!denial["tool_use_id"].is_string()) return;
      std::uint32_t& known = denied_.at(reader.text(denial["tool_use_id"]));
      if (known != kNone) return;
      known = static_cast<std::uint32_t>(denials_.size());
      denials_.push_back({reader.text(denial["tool_use_id"]), reader.text(denial["tool_name"]),
                          reader.text(denial["tool_input"]), reader.place(denial)});
    });
  }

  // Calls that nobody allowed: said at the end of the run, whether the call itself was seen or not.
  void deny() {
    if (denials_.empty()) return;
    std::vector<bool> seen(denials_.size());
    for (Span& span : trace_.spans) {
      const std::uint32_t at = span.kind == SpanKind::kTool ? denied_.find(span.id) : kNone;
      if (at == kNone) continue;
      seen[at] = true;
      if (span.status == SpanStatus::kError) span.status = SpanStatus::kBlocked;
    }
    for (Event& event : trace_.events) {
      if (event.kind == EventKind::kToolResult && event.status == CallStatus::kError && denied_.find(event.id) != kNone)
        event.status = CallStatus::kBlocked;
    }
    for (std::size_t i = 0; i < denials_.size(); ++i) {
      const Denial& denial = denials_[i];
      if (!seen[i]) builder_.call(denial.id, denial.name, denial.input, denial.place);
      CallResult refused;
      refused.id = denial.id;
      refused.status = CallStatus::kBlocked;
      refused.place = denial.place;
      if (!seen[i]) builder_.result(refused);
    }
  }

  // Transcripts of several agents are read one after the other; things happened between each other.
  void in_order_of_time() {
    std::int64_t latest = -1;
    std::vector<std::int64_t> times;
    std::uint32_t document = Place::kNowhere;
    times.reserve(trace_.events.size());
    for (const Event& event : trace_.events) {
      if (event.place.document != document) latest = -1;
      document = event.place.document;
      latest = std::max(latest, event.at_ms);
      times.push_back(latest);
    }
    const std::vector<std::uint32_t> order = positions_in_order(
        times.size(),
        [](const void* context, std::uint32_t a, std::uint32_t b) {
          const auto& at = *static_cast<const std::vector<std::int64_t>*>(context);
          return at[a] < at[b];
        },
        &times);
    std::vector<Event> sorted;
    sorted.reserve(order.size());
    for (const std::uint32_t at : order) sorted.push_back(trace_.events[at]);
    trace_.events = std::move(sorted);
  }

  struct Denial {
    std::string_view id;
    std::string_view name;
    std::string_view input;
    Place place;
  };

  Trace& trace_;
  TraceBuilder builder_;
  AnthropicMessages messages_;
  ClaudeAgents agents_;
  std::vector<std::string_view> own_;
  std::vector<Denial> denials_;
  IdTable denied_;
  std::uint32_t run_ = Span::kNone;
  std::uint32_t deltas_ = 0;
  std::int64_t cost_ = -1;
  bool compacted_ = false;
  RunStatus last_ = RunStatus::kUnknown;
};

// The first record of a document, without reading the others.
json::View first_record(Records& records, const Trace& trace, json::Index& index) {
  if (records.root()) return records.root().is_array() ? records.root().first() : records.root();
  const std::string_view text = trace.documents[records.document()].text;
  return index.read(text.substr(0, text.find('\n')), records.limits()) ? json::View::root(index) : json::View();
}

// The id of the agent whose transcript this is; empty for a main one.
std::string_view agent_of(Records& records, Trace& trace) {
  json::Index index;
  const json::View first = first_record(records, trace, index);
  if (!first["isSidechain"].boolean(false) || !first["agentId"].is_string()) return {};
  return trace.arena.keep(first["agentId"].text());
}

Result<void> read_claude(std::span<Records> documents, Trace& trace, std::string_view framework) {
  ClaudeReader claude(trace);
  trace.framework = framework;
  std::vector<Records*> later;
  const auto read = [&](Records& records) {
    return records.for_each([&](const SourceReader& reader, json::View line) { claude.line(reader, line); });
  };
  if (documents.size() > 1) {
    for (Records& records : documents) {
      const std::string_view agent = agent_of(records, trace);
      if (agent.empty()) continue;
      claude.has_own_transcript(agent);
      later.push_back(&records);
    }
  }
  for (Records& records : documents) {
    if (std::find(later.begin(), later.end(), &records) != later.end()) continue;
    if (auto done = read(records); !done) return done;
  }
  for (Records* records : later) {
    if (auto done = read(*records); !done) return done;
  }
  claude.finish(documents.size() > 1);
  return {};
}

json::View exchanges_in(json::View root) { return root["interactions"].is_array() ? root["interactions"] : root; }

Result<void> read_exchanges(std::span<Records> documents, Trace& trace) {
  AnthropicExchanges exchanges(trace);
  for (Records& records : documents) {
    auto read = records.for_each_in(exchanges_in(records.root()), [&](const SourceReader& reader, json::View record) {
      exchanges.exchange(reader, record);
    });
    if (!read) return read;
  }
  exchanges.finish();
  return {};
}

Result<void> read_code(std::span<Records> documents, Trace& trace) {
  return read_claude(documents, trace, "claude_code");
}
Result<void> read_sdk(std::span<Records> documents, Trace& trace) {
  json::Index index;
  const json::View root = documents.front().root();
  const json::View first = exchanges_in(root).is_array() ? exchanges_in(root).first() : root;
  if (mark_exchange(first ? first : first_record(documents.front(), trace, index)) > 0) {
    return read_exchanges(documents, trace);
  }
  return read_claude(documents, trace, "claude_sdk");
}

// Of a list, the best of its first elements: not every line has all marks.
template <double (*Mark)(json::View)>
double best_of(json::View value) {
  if (!value.is_array()) return Mark(value);
  double best = 0;
  json::for_each(value, [&](json::View item, std::size_t i) {
    if (i < 5) best = std::max(best, Mark(item));
  });
  return best;
}

double mark_code(json::View line) {
  const json::View type = line["type"];
  if (!type.is_string()) return 0;
  if (type.equals("summary") && line["leafUuid"].is_string()) return 0.8;
  if (type.equals("file-history-snapshot") && line["snapshot"].is_object()) return 0.8;
  if (!line["sessionId"].is_string()) return 0;
  const bool chained = line["parentUuid"].exists();
  if (!chained && !line["message"]["role"].is_string()) return 0;
  double score = chained ? 0.97 : 0.9;
  for (const std::string_view support : {"isSidechain", "version", "gitBranch"})
    score += line[support].exists() ? 0.03 : 0;
  return std::min(score, chained ? 1.0 : 0.97);
}

double mark_sdk(json::View line) {
  const double support = line["parent_tool_use_id"].exists() || line["permission_denials"].is_array() ? 0.03 : 0;
  const bool session = line["session_id"].is_string();
  if (line["type"].equals("system") && line["subtype"].equals("init") && session) return 0.96 + support;
  if (line["type"].equals("result") && line["num_turns"].is_number()) return 0.96 + support;
  const bool said = line["type"].equals("assistant") || line["type"].equals("user");
  if (said && session && line["message"]["role"].is_string()) return 0.9 + support;
  return mark_exchange(exchanges_in(line).is_array() ? exchanges_in(line).first() : line);
}

}  // namespace

extern const Source kClaudeCodeSource;
extern const Source kClaudeAgentSdkSource;
const Source kClaudeCodeSource{"claude-code", best_of<mark_code>, nullptr, read_code};
const Source kClaudeAgentSdkSource{"claude-agent-sdk", best_of<mark_sdk>, nullptr, read_sdk};

}  // namespace agentmend
