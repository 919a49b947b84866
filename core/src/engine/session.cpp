// A run while it happens: the same index and the same detectors as a whole trace, one event at a time.
#include "agentmend/session.h"

#include <vector>

#include "detectors/registry.h"
#include "engine/envelope.h"
#include "engine/escalation.h"
#include "engine/request.h"
#include "heal/in_loop.h"
#include "ingest/agentmend_event.h"
#include "json/patch.h"
#include "json/utf8.h"

namespace agentmend {

struct Session::State {
  RunContext context;
  engine::Envelope envelope;
  Error problem;  // of the last event
  bool has_problem = false;
  bool unreadable = false;  // it may have been a call
  Error bad_options;
  bool has_bad_options = false;
  std::string agent;  // of events that name none
  std::string task;

  Arena arena;
  json::Index line;
  RunIndex index;
  Findings findings;
  struct Watch {  // a detector that looks at single events
    const Entry* entry;
    Options options;
  };
  std::vector<Watch> watching;
  heal::InLoop in_loop;
  heal::Intervention last;  // of the last event, when `decided`
  bool decided = false;
  std::uint32_t events = 0;
  std::uint32_t unread = 0;  // events that could not be read
  std::vector<std::size_t> fresh;

  std::uint32_t refuse(Error error, bool is_read = false) {
    unreadable = !is_read;
    if (unreadable) ++unread;
    problem = std::move(error);
    has_problem = true;
    return 2;
  }
  void complain(Error error) {
    if (!has_bad_options) bad_options = std::move(error);
    has_bad_options = true;
  }
};

namespace {

// One event of a session is small; a host that sends more than this sends a document.
constexpr std::uint64_t kMaxEventBytes = 16ull << 20;

void read_options(std::string_view json, Session::State& state);

}  // namespace

Session::Session(std::string_view options_json) : state_(new State) { read_options(options_json, *state_); }
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

namespace {

heal::Mode read_mode(json::View value, Session::State& state) {
  if (value.is_null() || value.equals("enforce")) return heal::Mode::kEnforce;
  if (value.equals("observe")) return heal::Mode::kObserve;
  if (!value.equals("recommend"))
    state.complain({ErrorCode::kInvalidInput, "/mode", "A mode is \"enforce\", \"recommend\" or \"observe\"."});
  return heal::Mode::kRecommend;  // what cannot be read applies nothing and holds everything
}

heal::InLoopOptions read_in_loop(json::View options, Session::State& state) {
  heal::InLoopOptions out;
  auto policy = heal::read_policy(options["policy"]);
  if (policy) {
    out.policy = std::move(*policy);
  } else {
    state.complain(engine::at_member("/policy", policy.error()));
  }
  out.mode = read_mode(options["mode"], state);
  if (state.has_bad_options) out.mode = heal::Mode::kRecommend;
  out.can_ask = options["approval"].boolean(false);
  out.fail_closed = out.policy.fail_closed || options["fail_mode"].equals("closed");
  out.scope.run_id = state.envelope.run_id;
  out.scope.policy_rev = out.policy.rev;
  if (options["tenant"].is_string()) out.scope.tenant = options["tenant"].text();
  if (options["project"].is_string()) out.scope.project = options["project"].text();
  const json::View config = options["config"];
  if (config.is_object()) {
    if (auto patchable = json::check_patchable(config.raw())) {
      out.config = config.raw();
    } else {
      state.complain(engine::at_member("/config", patchable.error()));
    }
  } else if (!config.is_null()) {
    state.complain({ErrorCode::kInvalidInput, "/config", "A config is an object."});
  }
  return out;
}

void watch(Session::State& state, const heal::Policy& policy) {
  for (const Entry* entry : all_detectors()) {
    if (entry->observe == nullptr) continue;
    const heal::NamedRule* rule = policy.detector(entry->descriptor->name);
    if (rule != nullptr && rule->off && !is_governance(*entry->descriptor)) continue;
    Options options;
    options.context = &state.context;
    if (rule != nullptr) options.threshold = rule->threshold;
    state.watching.push_back({entry, options});
  }
}

void read_options(std::string_view json, Session::State& state) {
  json::Index index;
  const auto read = index.read(json);
  json::View options;
  if (read) options = json::View::root(index);
  if (!options.is_object()) {
    state.complain(read ? Error{ErrorCode::kInvalidInput, "", "The session options must be an object."} : read.error());
    options = json::View();
  }
  state.envelope = engine::read_envelope(options, "generic");
  if (auto context = read_run_context(options["context"])) {
    state.context = std::move(*context);
  } else {
    state.complain(engine::at_member("/context", context.error()));
  }
  heal::InLoopOptions in_loop = read_in_loop(options, state);
  // What the policy calls destructive needs an approval, whatever the tool's name says.
  if (!in_loop.policy.destructive_tools.empty())
    state.context.gates.push_back({"policy.in_loop.destructive_tools", in_loop.policy.destructive_tools, {}});
  watch(state, in_loop.policy);
  state.in_loop.start(std::move(in_loop), &state.context);
  state.findings.keep_newest();
  state.agent = options["agent"].text();
  static_cast<void>(state.index.agent(state.agent));
  state.task = options["task"].text();
  state.problem = state.bad_options;  // told before the first event, and in the report
  state.has_problem = state.has_bad_options;
  if (state.task.empty()) return;
  Event task;
  task.role = Role::kUser;
  task.text = state.task;
  state.index.append(task);
}

// The text behind the JSON of an event is its output or text, as it is: nothing to escape, nothing to decode.
Result<void> take_text(std::string_view text, AgentmendEvent& read) {
  if (read.type != "tool.end" && read.type != "model.end" && read.type != "message")
    return fail(ErrorCode::kInvalidInput, "/type",
                "Only a tool.end, a model.end and a message may have their text behind the JSON.");
  const std::size_t good = json::well_formed_bytes(text);
  if (good != text.size())
    return fail(ErrorCode::kEncoding, read.type == "tool.end" ? "/output" : "/text",
                "Expected UTF-8 but found another byte at position " +
                    json::print_integer(static_cast<std::int64_t>(good)) + " of the text behind the JSON.");
  read.event.text = text;
  return {};
}

// 1 when there is anything to say.
std::uint32_t decide(Session::State& state, const AgentmendEvent& read) {
  state.fresh = state.findings.take_fresh();
  const std::string_view agent = read.agent.empty() ? std::string_view(state.agent) : read.agent;
  state.last = state.in_loop.decide({read.event, read.body, agent, state.index, state.findings, state.fresh});
  state.decided = true;
  state.findings.clear_newest();
  return state.fresh.empty() && state.last.decision == heal::Decision::kAllow && !state.last.would ? 0 : 1;
}

}  // namespace

std::uint32_t Session::event(std::string_view event_json) {
  State& state = *state_;
  state.arena.reset();
  state.has_problem = false;
  state.decided = false;
  json::Limits limits;
  limits.max_bytes = kMaxEventBytes;
  limits.text_after_nul = true;
  if (auto read = state.line.read(event_json, limits); !read) {
    return state.refuse(std::move(read.error()));
  }
  const json::View line = json::View::root(state.line);
  AgentmendEvent read = read_agentmend_event(line, state.arena, {});
  if (read.reading == EventReading::kMalformed) {
    return state.refuse({ErrorCode::kMissingField, "/type",
                         "An event is an object with a string field \"type\", such as \"tool.start\"."});
  }
  if (state.line.has_after()) {
    if (auto taken = take_text(state.line.after(), read); !taken) return state.refuse(std::move(taken.error()));
  }
  if (read.reading == EventReading::kIgnored && read.type == "override") {
    auto taken = state.in_loop.overrule();
    return taken ? 0 : state.refuse(std::move(taken.error()));
  }
  if (read.reading == EventReading::kIgnored && (read.type == "grant" || read.type == "refusal")) {
    auto taken = state.in_loop.grant(line);
    return taken ? 0 : state.refuse(std::move(taken.error()), true);
  }
  if (read.limits) state.index.limit(read_budget(read.limits));
  const std::uint32_t step = state.events++;
  if (read.reading != EventReading::kEvent) return 0;
  if (!state.task.empty() && read.type == "run.start" && read.event.text == state.task) return 0;  // told as an option
  read.event.agent = state.index.agent(read.agent);
  read.event.step = step;
  read.event.place = {0, step};  // a session has no document: places are positions in the list of events
  state.in_loop.see(read.event.at_ms);
  state.index.append(read.event);
  for (const State::Watch& watch : state.watching)
    watch.entry->observe(state.index, read.event, watch.options, state.findings);
  if (!state.findings.has_fresh() && !state.in_loop.alert()) return 0;
  return decide(state, read);
}

namespace {

void write_session_detection(json::Writer& writer, const Session::State& state, std::size_t position) {
  engine::write_detection(writer, state.findings.all()[position], state.envelope, position + 1, nullptr);
}

std::string finding_id(const Session::State& state, std::size_t position) {
  return state.envelope.id_prefix + ".d" + json::print_integer(static_cast<std::int64_t>(position + 1));
}

void write_decision(json::Writer& writer, std::string_view key, const std::optional<heal::Decision>& decision) {
  writer.member_or_null(key, decision ? heal::name_of(*decision) : std::string_view());
}

void write_intervention(json::Writer& writer, const Session::State& state) {
  const heal::Intervention none;
  const heal::Intervention& last = state.decided ? state.last : none;
  writer.begin_object().member("schema", "agentmend.intervention/1").member("decision", heal::name_of(last.decision));
  writer.member("end_run", last.end_run).member_or_null("message", last.message);
  writer.member_or_null("user_note", last.user_note).key("prompt_patch").null();
  if (!last.patched_args.empty()) writer.member_raw("patched_args", last.patched_args);
  writer.member("retryable", last.decision == heal::Decision::kRetryWithFix);
  writer.member_or_null("detector", last.detector == nullptr ? std::string_view() : last.detector->name);
  writer.member_or_null("fix_type", last.fix == nullptr ? std::string_view() : last.fix->name);
  writer.member_or_null("risk", last.fix == nullptr ? std::string_view() : name_of(last.fix->risk)).key("confidence");
  if (last.confidence < 0) {
    writer.null();
  } else {
    writer.number(last.confidence);
  }
  writer.key("findings").begin_array();
  std::size_t previous = static_cast<std::size_t>(-1);
  for (const std::size_t position : state.fresh) {
    if (state.decided && position != previous) writer.string(finding_id(state, position));
    previous = position;
  }
  writer.end_array().key("approval").null();
  write_decision(writer, "would", last.would);
  writer.member("degraded", false).end_object();
}

void write_escalations(json::Writer& writer, const Session::State& state) {
  writer.begin_object().key("escalations").begin_array();
  if (state.decided) {
    for (const heal::Escalation& escalation : state.in_loop.escalations()) {
      const std::string id = finding_id(state, escalation.position);
      const Finding finding = classify({&escalation.detection, id});
      const std::string key = "call:" + state.envelope.run_id + ":" + id + ":" + json::print_integer(escalation.number);
      engine::write_escalation(writer,
                               {finding, id, escalation.position + 1, nullptr, escalation.kind, escalation.binding, key,
                                state.envelope, nullptr, std::max<std::int64_t>(state.in_loop.now_ms(), 0), true});
    }
  }
  writer.end_array().end_object();
}

void write_loss(json::Writer& writer, std::string_view code, std::uint32_t count) {
  if (count != 0) writer.begin_object().member("code", code).member("count", count).end_object();
}

// What cannot be read is neither allowed nor refused by a detector: the fail mode decides.
void write_problem(json::Writer& writer, const Session::State& state) {
  writer.begin_object().key("error");
  engine::write_error(writer, state.problem);
  const bool closed = state.in_loop.options().fail_closed;
  if (state.unreadable) writer.member("decision", closed ? "block" : "allow").member("degraded", true);
  writer.end_object();
}

}  // namespace

std::string Session::result(std::uint32_t which) {
  const State& state = *state_;
  json::Writer writer;
  if (which == kEscalations) {
    write_escalations(writer, state);
    return writer.take();
  }
  if (which == kIntervention) {
    state.has_problem ? write_problem(writer, state) : write_intervention(writer, state);
    return writer.take();
  }
  writer.begin_object().member("schema", "agentmend.report/1").key("source").begin_object();
  writer.member("format", "agentmend")
      .member("confidence", 1.0)
      .end_object()
      .member_or_null("trace_id", state.envelope.run_id);
  const RunCounts& counts = state.index.counts();
  writer.key("counts").begin_object().member("agents", state.index.agents().size()).member("spans", state.events);
  writer.member("turns", static_cast<std::int64_t>(counts.turns))
      .member("tool_calls", static_cast<std::int64_t>(counts.tool_calls));
  writer.member("errors", static_cast<std::int64_t>(counts.tool_errors)).end_object();
  writer.key("detections").begin_array();
  for (std::size_t i = 0; i < state.findings.all().size(); ++i) write_session_detection(writer, state, i);
  writer.end_array().key("skipped").begin_array();
  for (const Entry* entry : all_detectors()) {
    if (state.findings.was_asked(*entry->descriptor)) continue;
    const std::string_view reason = !entry->works()             ? "planned"
                                    : entry->observe == nullptr ? "not_in_a_session"
                                                                : "nothing_to_ask";
    writer.begin_object().member("detector", entry->descriptor->name).member("reason", reason).end_object();
  }
  writer.end_array().key("losses").begin_array();
  write_loss(writer, "bad_line", state.unread);
  write_loss(writer, "not_held", state.in_loop.not_held());
  write_loss(writer, "observe_refused", state.in_loop.observe_refused() ? 1 : 0);
  write_loss(writer, "enforcement_bypassed", state.in_loop.bypassed());
  writer.end_array().key("truncated").null();
  if (state.has_bad_options) {
    writer.key("error");
    engine::write_error(writer, state.bad_options);
  }
  return writer.end_object().take();
}

}  // namespace agentmend
