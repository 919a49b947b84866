// A run while it happens: the same index and the same detectors as a whole trace, one event at a time.
#include "engine/request.h"
#include "engine/session_snapshot.h"
#include "engine/session_state.h"
#include "ingest/agentmend_event.h"
#include "json/patch.h"
#include "json/utf8.h"

namespace agentmend {
namespace {

// One event of a session is small; a host that sends more than this sends a document.
constexpr std::uint64_t kMaxEventBytes = 16ull << 20;

void read_options(std::string_view json, Session::State& state);

}  // namespace

Session::Session(std::string_view options_json) : state_(new State) { read_options(options_json, *state_); }
Session::Session(std::string_view options_json, std::string_view snapshot) : Session(options_json) {
  auto restored = engine::restore(snapshot, *state_);
  if (restored) return;
  state_.reset(new State);  // a fresh start: nothing that was read halfway stays
  read_options(options_json, *state_);
  if (state_->has_problem) return;  // bad options are told first
  state_->problem = std::move(restored.error());
  state_->has_problem = true;
}
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
  state.trusts_snapshot = options["trusted_snapshot"].boolean(false);
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
  state.index.limit_bytes(static_cast<std::uint64_t>(in_loop.policy.session_bytes));
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

}  // namespace agentmend
