#include "engine/escalation.h"

#include "heal/governance.h"

namespace agentmend::engine {
namespace {

bool is_host_name(std::string_view name) {
  return !name.empty() && name.size() <= 40 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

}  // namespace

void write_escalation(json::Writer& writer, const heal::Escalation& escalation, const Envelope& envelope,
                      const heal::RunScope& scope, std::int64_t now_ms) {
  const Detection& detection = escalation.detection;
  const std::string id =
      envelope.id_prefix + ".d" + json::print_integer(static_cast<std::int64_t>(escalation.position + 1));
  const Finding finding = classify({&detection, id});
  const auto* governance = std::get_if<GovernanceFinding>(&finding);
  const heal::Playbook* book = governance == nullptr ? nullptr : heal::find_playbook(detection.descriptor->name);
  Severity severity = detection.severity;
  if (book != nullptr && book->severity > severity) severity = book->severity;
  // Equal while the card is open, so that a call that comes again finds the card that it has.
  const std::string key = scope.run_id + ":" + id + ":" + json::print_integer(escalation.number);
  writer.begin_object().member("schema", "agentmend.escalation-request/1").member("kind", escalation.kind);
  writer.member("idempotency_key", "call:" + std::string(json::cut_utf8(key, 190)));
  writer.member_raw("binding", escalation.binding).key("detection");
  write_detection(writer, detection, envelope, escalation.position + 1, nullptr);
  writer.key("suggestion").null().key("handoff");
  if (governance == nullptr) {
    writer.null();
  } else {
    heal::CaseContext context;
    context.case_id = "gc_" + id;
    context.handoff_id = "gh_" + id;
    context.framework = envelope.framework;
    context.run_id = envelope.run_id;
    context.target_json = envelope.target_json;
    context.now_ms = now_ms;
    context.call_is_held = true;
    heal::write_handoff(writer, *governance, context);
  }
  const std::string_view title = book != nullptr ? book->title : detection.descriptor->title;
  writer.member("title", json::cut_utf8(title, 120)).member("severity", name_of(severity)).key("requester");
  const std::string_view agent = detection.agent.empty() ? std::string_view("main") : detection.agent;
  writer.begin_object().member("principal", "agent:" + std::string(json::cut_utf8(agent, 180)));
  writer.member("host", is_host_name(envelope.framework) ? std::string_view(envelope.framework) : "generic");
  writer.end_object().member("occurred_at_ms", now_ms).end_object();
}

}  // namespace agentmend::engine
