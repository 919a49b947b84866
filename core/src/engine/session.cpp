// A run while it happens: the same index and the same detectors as a whole trace, one event at a time.
#include "agentmend/session.h"

#include <vector>

#include "engine/envelope.h"
#include "engine/replay.h"
#include "engine/request.h"
#include "ingest/agentmend_event.h"

namespace agentmend {

struct Session::State {
  RunContext context;
  engine::Envelope envelope;
  Error problem;  // of the options or of the last event
  bool has_problem = false;

  Arena arena;
  json::Index line;
  RunIndex index;
  Findings findings;
  std::vector<const Entry*> watching;  // detectors that look at single events
  std::uint32_t events = 0;
  std::uint32_t unread = 0;  // events that could not be read
  std::vector<std::size_t> fresh;

  Options options() const {
    Options out;
    out.context = &context;
    return out;
  }
};

namespace {

// One event of a session is small; a host that sends more than this sends a document.
constexpr std::uint64_t kMaxEventBytes = 16ull << 20;

void read_options(std::string_view json, Session::State& state);

}  // namespace

Session::Session(std::string_view options_json) : state_(new State) {
  for (const Entry* entry : all_detectors()) {
    if (entry->observe != nullptr) state_->watching.push_back(entry);
  }
  read_options(options_json, *state_);
}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

namespace {

void read_options(std::string_view json, Session::State& state) {
  json::Index index;
  const auto read = index.read(json);
  const json::View options = json::View::root(index);
  if (!read || !options.is_object()) {
    state.problem = read ? Error{ErrorCode::kInvalidInput, "", "The session options must be an object."} : read.error();
    state.has_problem = true;
    return;
  }
  state.envelope = engine::read_envelope(options, "generic");
  auto context = read_run_context(options["context"]);
  if (context) {
    state.context = std::move(*context);
  } else {
    state.problem = context.error();
    state.has_problem = true;
  }
}

}  // namespace

std::uint32_t Session::event(std::string_view event_json) {
  State& state = *state_;
  state.arena.reset();
  state.fresh.clear();
  state.has_problem = false;
  json::Limits limits;
  limits.max_bytes = kMaxEventBytes;
  if (auto read = state.line.read(event_json, limits); !read) {
    ++state.unread;
    state.problem = std::move(read.error());
    state.has_problem = true;
    return 2;
  }
  const json::View line = json::View::root(state.line);
  AgentmendEvent read = read_agentmend_event(line, state.arena, {});
  if (read.reading == EventReading::kMalformed) {
    ++state.unread;
    state.problem = {ErrorCode::kMissingField, "/type",
                     "An event is an object with a string field \"type\", such as \"tool.start\"."};
    state.has_problem = true;
    return 2;
  }
  const std::uint32_t step = state.events++;
  if (read.reading != EventReading::kEvent) return 0;
  read.event.agent = state.index.agent(read.agent);
  read.event.step = step;
  read.event.place = {0, step};  // a session has no document: places are positions in the list of events
  state.index.append(read.event);
  const Options options = state.options();
  for (const Entry* entry : state.watching) entry->observe(state.index, read.event, options, state.findings);
  if (!state.findings.has_fresh()) return 0;
  state.fresh = state.findings.take_fresh();
  return 1;
}

namespace {

void write_session_detection(json::Writer& writer, const Session::State& state, std::size_t position) {
  engine::write_detection(writer, state.findings.all()[position], state.envelope, position + 1, nullptr);
}

}  // namespace

std::string Session::result(std::uint32_t which) {
  const State& state = *state_;
  json::Writer writer;
  if (which == kIntervention) {
    writer.begin_object();
    if (state.has_problem) {
      writer.key("error");
      engine::write_error(writer, state.problem);
    }
    writer.key("detections").begin_array();
    for (const std::size_t position : state.fresh) write_session_detection(writer, state, position);
    return writer.end_array().end_object().take();
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
  if (state.unread != 0) writer.begin_object().member("code", "bad_line").member("count", state.unread).end_object();
  return writer.end_array().key("truncated").null().end_object().take();
}

}  // namespace agentmend
