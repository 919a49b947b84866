// What a session answers: interventions, escalations, the report.
#include "engine/escalation.h"
#include "engine/request.h"
#include "engine/session_state.h"

namespace agentmend {
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
  write_loss(writer, "grants_not_restored", state.in_loop.grants_not_restored());
  write_loss(writer, "agents_forgotten", state.index.forgotten_agents());
  const std::uint64_t seen = state.index.seen_bytes();
  writer.end_array().key("truncated");
  if (seen > static_cast<std::uint64_t>(state.in_loop.options().policy.session_bytes)) {
    writer.begin_object().member("what", "session_bytes");
    writer.member("kept", static_cast<std::int64_t>(state.index.kept_bytes()));
    writer.member("seen", static_cast<std::int64_t>(seen)).end_object();
  } else {
    writer.null();
  }
  if (state.has_bad_options) {
    writer.key("error");
    engine::write_error(writer, state.bad_options);
  }
  return writer.end_object().take();
}

}  // namespace agentmend
