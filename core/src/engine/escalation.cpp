#include "engine/escalation.h"

namespace agentmend::engine {
namespace {

bool is_host_name(std::string_view name) {
  return !name.empty() && name.size() <= 40 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

const Detection& detection_of(const Finding& finding) {
  return std::visit([](const auto& known) -> const Detection& { return known.detection(); }, finding);
}

}  // namespace

void write_handoff(json::Writer& writer, const GovernanceFinding& finding, const Card& card) {
  heal::CaseContext context;
  context.case_id = "gc_" + std::string(card.id);
  context.handoff_id = "gh_" + std::string(card.id);
  context.framework = card.envelope.framework;
  context.run_id = card.envelope.run_id;
  context.target_json = card.envelope.target_json;
  context.now_ms = card.now_ms;
  context.trace = card.trace;
  context.call_is_held = card.call_is_held;
  heal::write_handoff(writer, finding, context);
}

void write_escalation(json::Writer& writer, const Card& card) {
  const Detection& detection = detection_of(card.finding);
  const auto* governance = std::get_if<GovernanceFinding>(&card.finding);
  const heal::Playbook* book = governance == nullptr ? nullptr : heal::find_playbook(detection.descriptor->name);
  Severity severity = detection.severity;
  if (book != nullptr && book->severity > severity) severity = book->severity;
  writer.begin_object().member("schema", "agentmend.escalation-request/1").member("kind", card.kind);
  writer.member("idempotency_key", json::cut_utf8(card.key, 200)).member_raw("binding", card.binding).key("detection");
  write_detection(writer, detection, card.envelope, card.ordinal, card.trace);
  writer.key("suggestion");
  if (card.suggestion == nullptr) {
    writer.null();
  } else {
    fix::write_suggestion(writer, *card.suggestion);
  }
  writer.key("handoff");
  if (governance == nullptr) {
    writer.null();
  } else {
    write_handoff(writer, *governance, card);
  }
  const std::string_view title = book != nullptr ? book->title : detection.descriptor->title;
  writer.member("title", json::cut_utf8(title, 120)).member("severity", name_of(severity)).key("requester");
  const std::string_view agent = detection.agent.empty() ? std::string_view("main") : detection.agent;
  writer.begin_object().member("principal", "agent:" + std::string(json::cut_utf8(agent, 180)));
  const std::string_view host = card.envelope.framework;
  writer.member("host", is_host_name(host) ? host : std::string_view("generic")).end_object();
  writer.member("occurred_at_ms", card.now_ms).end_object();
}

}  // namespace agentmend::engine
