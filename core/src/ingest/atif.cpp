// Source: ATIF, trajectories of agents in steps. An observation belongs to the calls of its own step.
#include "ingest/message.h"
#include "ingest/sources.h"

namespace agentmend {
namespace {

// Trajectories inside trajectories.
constexpr int kDepth = 8;

std::string_view string_of(const SourceReader& reader, json::View value) {
  return value.is_string() ? reader.text(value) : std::string_view();
}

// Terminals say how a command ended in its output: "exit code 2", "Exit status: 1", near its beginning or end.
bool ended_badly(std::string_view output) {
  constexpr std::size_t kNear = 160;
  for (const std::string_view part :
       {output.substr(0, kNear), output.size() > kNear ? output.substr(output.size() - kNear) : std::string_view()}) {
    for (std::string_view marker : {"xit code", "xit_code", "xit status"}) {
      std::size_t at = part.find(marker);
      if (at == std::string_view::npos) continue;
      at = part.find_first_not_of(" :=\"", at + marker.size());
      if (at != std::string_view::npos && part[at] >= '1' && part[at] <= '9') return true;
    }
  }
  return false;
}

bool says_failed(json::View extra) {
  const json::View status = extra["status"];
  return (extra["success"].is_bool() && !extra["success"].boolean(true)) || status.equals("error") ||
         status.equals("failed") || status.equals("timeout");
}

class TrajectoryReader {
 public:
  explicit TrajectoryReader(const SourceReader& reader) : reader_(reader), trace_(reader.trace), builder_(trace_) {}

  void read(json::View root) {
    const std::string version = root["schema_version"].text();
    if (version.starts_with("ATIF-v") && !version.starts_with("ATIF-v1"))
      trace_.lose("unsupported_version", reader_.place(root["schema_version"]));
    trace_.id = string_of(reader_, first_of(root, {"session_id", "trajectory_id"}));
    root_ = root;
    used_.resize(root["subagent_trajectories"].size());
    trajectory(root, 0);
    json::for_each(root["subagent_trajectories"], [this](json::View one, std::size_t position) {
      if (used_[position]) return;
      used_[position] = true;
      inside(one, 1);
    });
    builder_.finish();
  }

 private:
  void inside(json::View one, int depth) {
    const Moment before = builder_.now;
    const std::string_view from = trace_.agents[before.agent];
    const std::string_view to = string_of(reader_, one["agent"]["name"]);
    if (!to.empty() && to != from) {
      Event event;
      event.kind = EventKind::kHandoff;
      event.name = from;
      event.id = to;
      event.text = message_text(one["steps"].first()["message"]);
      event.place = reader_.place(one);
      builder_.event(event);
    }
    trajectory(one, depth);
    const std::uint32_t step = builder_.now.step;
    builder_.now = before;
    builder_.now.step = step;
  }

  void trajectory(json::View root, int depth) {
    const json::View agent = root["agent"];
    const std::string_view name = string_of(reader_, agent["name"]);
    builder_.now.agent = trace_.agent(name);
    builder_.now.ns = -1;
    const std::uint32_t span = builder_.open(SpanKind::kAgent, name, reader_.place(root));
    builder_.span(span).id = string_of(reader_, first_of(root, {"trajectory_id", "session_id"}));
    builder_.span(span).status = SpanStatus::kOk;
    builder_.usage(span, totals(root["final_metrics"]));
    std::int64_t first_ns = -1;
    std::int64_t last_ns = -1;
    json::for_each(root["steps"], [&](json::View one, std::size_t) {
      builder_.now.parent = span;
      builder_.now.ns = one["timestamp"].is_null() ? -1 : read_time(reader_, one["timestamp"]);
      if (first_ns < 0) first_ns = builder_.now.ns;
      if (builder_.now.ns >= 0) last_ns = builder_.now.ns;
      step(one, agent, depth);
    });
    builder_.span(span).start_ns = first_ns;
    builder_.span(span).end_ns = last_ns;
  }

  static Usage totals(json::View metrics) {
    Usage usage;
    usage.input_tokens = metrics["total_prompt_tokens"].integer().value_or(0);
    usage.output_tokens = metrics["total_completion_tokens"].integer().value_or(0);
    usage.cache_read_tokens = metrics["total_cached_tokens"].integer().value_or(0);
    usage.cost_micro_usd = micro_usd(metrics["total_cost_usd"]);
    return usage;
  }

  static std::int64_t micro_usd(json::View cost) {
    const double usd = cost.number().value_or(-1);
    return usd >= 0 && usd < 1e9 ? static_cast<std::int64_t>(usd * 1e6 + 0.5) : -1;
  }

  [[nodiscard]] std::string_view message_text(json::View message) { return content_text(reader_, message); }

  void step(json::View step, json::View agent, int depth) {
    builder_.now.step = trace_.steps++;
    const json::View source = step["source"];
    if (!step.is_object() || !source.is_string()) {
      trace_.lose("bad_line", reader_.place(step));
      return;
    }
    if (step["is_copied_context"].boolean(false)) return;  // told before, by the trajectory it comes from
    const bool acts = source.equals("agent");
    const Role role = fold_role(reader_.text(source));
    if (acts && step["llm_call_count"].integer().value_or(1) != 0) model(step, agent);
    builder_.turn(acts ? Role::kAssistant : role, message_text(step["message"]), reader_.place(step["message"]));
    if (step["message"].is_array()) media(step["message"]);
    json::for_each(step["tool_calls"], [this](json::View call, std::size_t) {
      builder_.call(string_of(reader_, call["tool_call_id"]), string_of(reader_, call["function_name"]),
                    reader_.text(call["arguments"]), reader_.place(call));
    });
    observation(step, depth);
  }

  void model(json::View step, json::View agent) {
    const std::uint32_t span = builder_.open(SpanKind::kLlm, "", reader_.place(step));
    const std::string_view model = string_of(reader_, step["model_name"]);
    builder_.span(span).model = model.empty() ? string_of(reader_, agent["model_name"]) : model;
    const json::View metrics = step["metrics"];
    Usage usage = read_usage(metrics);
    usage.cache_read_tokens = metrics["cached_tokens"].integer().value_or(0);
    usage.cost_micro_usd = micro_usd(metrics["cost_usd"]);
    builder_.usage(span, usage);
    builder_.close(span);
    builder_.now.parent = span;
  }

  void media(json::View message) {
    json::for_each(message, [this](json::View part, std::size_t) {
      if (part["type"].equals("image")) trace_.lose("media_dropped", reader_.place(part));
    });
  }

  void observation(json::View step, int depth) {
    const json::View results = step["observation"]["results"];
    const std::size_t calls = step["tool_calls"].size();
    const bool only = calls == 1 && results.size() == 1;
    json::for_each(results, [&](json::View one, std::size_t) {
      json::for_each(one["subagent_trajectory_ref"],
                     [&](json::View reference, std::size_t) { follow(reference, depth); });
      if (one["subagent_trajectory_ref"].is_object()) follow(one["subagent_trajectory_ref"], depth);
      const json::View id = one["source_call_id"];
      const std::string_view output = content_text(reader_, one["content"]);
      if (!id.is_string() && calls != 1) {  // seen by the agent, asked for by no call
        builder_.turn(Role::kSystem, output, reader_.place(one));
        return;
      }
      CallResult result;
      result.id = string_of(reader_, id.is_string() ? id : step["tool_calls"].first()["tool_call_id"]);
      result.output = output;
      const bool failed = says_failed(one["extra"]) || (only && says_failed(step["extra"])) || ended_badly(output);
      result.status = failed ? CallStatus::kError : CallStatus::kOk;
      result.place = reader_.place(one);
      builder_.result(result);
      if (one["content"].is_array()) media(one["content"]);
    });
  }

  void follow(json::View reference, int depth) {
    if (depth >= kDepth) return;
    json::for_each(root_["subagent_trajectories"], [&](json::View one, std::size_t position) {
      if (used_[position]) return;
      for (const std::string_view key : {"trajectory_id", "session_id"}) {
        if (!reference[key].is_string() || !one[key].equals(reference[key].text()) || used_[position]) continue;
        used_[position] = true;
        inside(one, depth + 1);
      }
    });
  }

  const SourceReader& reader_;
  Trace& trace_;
  TraceBuilder builder_;
  json::View root_;
  std::vector<bool> used_;  // trajectories of sub-agents that were told
};

Result<void> read(Records& records, Trace& trace) {
  if (records.root()) {
    const json::View steps = records.root()["steps"];
    if (!steps.is_array())
      return fail(ErrorCode::kSchemaType, json::pointer_of(steps), "steps must be an array of steps.");
  }
  return records.for_each([&trace](const SourceReader& reader, json::View record) {
    if (record["steps"].is_array()) {
      TrajectoryReader(reader).read(record);
    } else {
      trace.lose("bad_line", reader.place(record));
    }
  });
}

double mark(json::View value) {
  if (!value["steps"].exists()) return 0;
  const json::View version = value["schema_version"];
  const json::View agent = value["agent"]["name"];
  if (version.is_string() && version.text().starts_with("ATIF-v")) return agent.is_string() ? 1.0 : 0.99;
  const bool bare = version.is_string() && value["agent"].is_object() && value["steps"].first()["step_id"].exists();
  return bare ? 0.8 : 0;
}

}  // namespace

extern const Source kAtifSource;
const Source kAtifSource{"atif", mark, read};

}  // namespace agentmend
