#include "heal/case.h"

#include <algorithm>

#include "json/value.h"
#include "json/writer.h"

namespace agentmend::heal {
namespace {

using json::Value;

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kLongestException = 30LL * 24 * 60 * kMinute;
constexpr std::size_t kNoteBytes = 2000;
constexpr std::string_view kStates[] = {"open", "acknowledged", "resolved"};
constexpr std::string_view kOutcomes[] = {"confirmed_violation", "false_alarm", "accepted_exception"};

struct Case {
  Value document;
  CaseState state = CaseState::kOpen;
  std::string id;
  std::int64_t rev = 0, opened = 0, sla = 0, repeats = 0;  // sla in minutes
  std::vector<std::string> page;  // roles, in the order in which they are called
};

Result<Case> read_case(std::string_view text) {
  json::Index index;
  const bool read = index.read(text).has_value();
  const json::View document = read ? json::View::root(index) : json::View();
  const json::View handoff = document["handoff"];
  if (!document["id"].is_string() || !document["schema"].equals("agentmend.governance-case/1") || !handoff.is_object())
    return fail(ErrorCode::kInvalidInput, "/case", "The document is not a GovernanceCase.");
  const std::string state = document["state"].text();
  const auto* found = std::find(std::begin(kStates), std::end(kStates), state);
  if (found == std::end(kStates))
    return fail(ErrorCode::kInvalidInput, "/case/state", "A case is open, acknowledged or resolved.");
  Case out;
  out.document = json::value_of(document);
  out.state = static_cast<CaseState>(found - std::begin(kStates));
  out.id = document["id"].text();
  out.rev = document["rev"].integer().value_or(0);
  out.opened = document["opened_at_ms"].integer().value_or(0);
  out.sla = handoff["sla_minutes"].integer().value_or(0);
  out.repeats = document["repeats"].integer().value_or(0);
  json::for_each(handoff["page"], [&out](json::View who, std::size_t) { out.page.push_back(who["role"].text()); });
  return out;
}

std::string audit_of(const Case& item, std::string_view type, std::string_view actor_kind, std::string_view actor_id,
                     std::int64_t now_ms, std::string_view data) {
  json::Writer writer;
  writer.begin_object().member("type", type).member("at_ms", now_ms).key("actor").begin_object();
  writer.member("kind", actor_kind).member("id", actor_id).member("auth", "none").end_object();
  writer.key("subject").begin_object().member("kind", "governance").member("id", item.id).member("rev", item.rev);
  return writer.end_object().member_raw("data", data).end_object().take();
}

CaseMoved done(Case& item, std::vector<std::string> effects, std::vector<std::string> audit) {
  return {json::print(item.document), std::move(effects), std::move(audit)};
}

// A person, by the host's word for who is logged in: an agent or a key can neither take nor close a case.
Result<std::string> person_of(json::View event) {
  const std::string id = event["actor"]["id"].text();
  if (!event["actor"]["kind"].equals("person") || id.empty())
    return fail(ErrorCode::kInvalidInput, "/event/actor",
                "Only a person acknowledges or resolves: {kind: \"person\", id}.");
  return id;
}

Result<void> enter(Case& item, CaseStep step) {
  auto next = next_case_state(item.state, step);
  if (!next) return tl::unexpected(next.error());
  item.state = *next;
  item.document.put_text("state", kStates[static_cast<std::size_t>(*next)]);
  item.document.put_integer("rev", ++item.rev);
  return {};
}

Result<CaseMoved> acknowledge(Case& item, json::View event, std::int64_t now_ms) {
  auto person = person_of(event);
  if (!person) return tl::unexpected(person.error());
  if (auto entered = enter(item, CaseStep::kAcknowledge); !entered) return tl::unexpected(entered.error());
  item.document.put_text("acknowledged_by", *person);
  item.document.put_integer("acknowledged_at_ms", now_ms);
  const std::string audit = audit_of(item, "governance.acknowledged", "person", *person, now_ms, "{}");
  return done(item, {}, {audit});
}

Result<CaseMoved> resolve(Case& item, json::View event, std::int64_t now_ms) {
  auto person = person_of(event);
  if (!person) return tl::unexpected(person.error());
  const std::string outcome = event["outcome"].text();
  const std::string note = event["note"].text();
  if (std::find(std::begin(kOutcomes), std::end(kOutcomes), outcome) == std::end(kOutcomes))
    return fail(ErrorCode::kInvalidInput, "/event/outcome",
                "An outcome is confirmed_violation, false_alarm or accepted_exception.");
  if (note.empty()) return fail(ErrorCode::kMissingField, "/event/note", "Say in a note why.");
  const bool exception = outcome == "accepted_exception";
  const auto until = event["until_ms"].integer();
  if (event["until_ms"].exists() && !event["until_ms"].is_null() &&
      (!exception || !until || *until <= now_ms || *until > now_ms + kLongestException))
    return fail(ErrorCode::kInvalidInput, "/event/until_ms",
                "Only an accepted exception has an end, at most 30 days away.");
  if (auto entered = enter(item, CaseStep::kResolve); !entered) return tl::unexpected(entered.error());
  item.document.put_text("outcome", outcome);
  item.document.put_text("outcome_note", json::cut_utf8(note, kNoteBytes));
  item.document.put_json("exception_until_ms", until ? json::print_integer(*until) : "null");
  item.document.put_text("resolved_by", *person);
  item.document.put_integer("resolved_at_ms", now_ms);
  json::Writer data;
  data.begin_object().member("outcome", outcome).end_object();
  const std::string audit = audit_of(item, "governance.resolved", "person", *person, now_ms, data.str());
  return done(item, {}, {audit});
}

// Not due, or somebody has it already: nothing happens, which is no error, as timers fire late and twice.
Result<CaseMoved> tick(Case& item, json::View event, std::int64_t now_ms) {
  const auto reminder = event["reminder"].integer().value_or(0);
  if (reminder < 1 || reminder > kMaxReminders)
    return fail(ErrorCode::kInvalidInput, "/event/reminder", "Reminders are counted from 1 to 6.");
  if (item.state != CaseState::kOpen || now_ms < reminder_due(item.opened, item.sla, reminder))
    return done(item, {}, {});
  if (item.page.empty())
    return fail(ErrorCode::kInvalidInput, "/case/handoff/page", "The hand-off names nobody to call.");
  item.document.put_json("overdue", "true");
  item.document.put_integer("rev", ++item.rev);
  const std::string& role = item.page[std::min(static_cast<std::size_t>(reminder), item.page.size() - 1)];
  json::Writer effect;
  effect.begin_object().member("type", "send_escalation").member("case_id", item.id).member("role", role);
  effect.member("reminder", reminder).key("remind_at_ms");
  if (reminder < kMaxReminders) {
    effect.integer(reminder_due(item.opened, item.sla, reminder + 1));
  } else {
    effect.null();
  }
  effect.end_object();
  json::Writer data;
  data.begin_object().member("reminder", reminder).member("role", role).end_object();
  const std::string audit = audit_of(item, "governance.overdue", "core", "core", now_ms, data.str());
  return done(item, {effect.take()}, {audit});
}

// A resolved case stays resolved: the host opens a new one for a finding that comes after it.
Result<CaseMoved> repeat(Case& item) {
  if (item.state == CaseState::kResolved)
    return fail(ErrorCode::kIllegalTransition, "/event", "The case is resolved; open a new one.");
  item.document.put_integer("repeats", item.repeats + 1);
  item.document.find("handoff")->put_integer("repeat_count", item.repeats + 2);
  item.document.put_integer("rev", ++item.rev);
  return done(item, {}, {});
}

}  // namespace

Result<CaseState> next_case_state(CaseState from, CaseStep step) {
  if (from == CaseState::kOpen && step == CaseStep::kAcknowledge) return CaseState::kAcknowledged;
  if (from == CaseState::kAcknowledged && step == CaseStep::kResolve) return CaseState::kResolved;
  return fail(ErrorCode::kIllegalTransition, "/event", "A case is acknowledged first, then resolved, each once.");
}

std::int64_t reminder_due(std::int64_t opened_at_ms, std::int64_t sla_minutes, std::int64_t reminder) {
  return opened_at_ms + reminder * sla_minutes * kMinute;
}

Result<CaseMoved> move_case(std::string_view document, json::View event, std::int64_t now_ms) {
  auto item = read_case(document);
  if (!item) return tl::unexpected(item.error());
  if (event["type"].equals("acknowledge")) return acknowledge(*item, event, now_ms);
  if (event["type"].equals("resolve")) return resolve(*item, event, now_ms);
  if (event["type"].equals("tick")) return tick(*item, event, now_ms);
  if (event["type"].equals("repeat")) return repeat(*item);
  // apply, approve, promote, rollback: words of a record, which a case is not.
  return fail(ErrorCode::kGovernanceHasNoApply, "/event/type",
              "A case is acknowledged and resolved by a person; there is nothing to apply, approve or roll back.");
}

}  // namespace agentmend::heal
