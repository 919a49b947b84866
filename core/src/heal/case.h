// The life of a GovernanceCase as one pure function: open, acknowledged, resolved, each by a person. Nothing closes by
// time; time only makes a case overdue and calls the next role.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "error.h"
#include "json/view.h"

namespace agentmend::heal {

enum class CaseState : std::uint8_t { kOpen, kAcknowledged, kResolved };
enum class CaseStep : std::uint8_t { kAcknowledge, kResolve };
[[nodiscard]] Result<CaseState> next_case_state(CaseState from, CaseStep step);

constexpr int kMaxReminders = 6;  // after the sixth call nobody new is left to call; the case stays open

struct CaseMoved {
  std::string document;
  std::vector<std::string> effects;  // send_escalation: who is called, and when to come back
  std::vector<std::string> audit;  // bodies, without hash
};

// `event`: {type: acknowledge, actor: {kind: "person", id}}
//          {type: resolve, actor, outcome, note, until_ms?}   outcome: confirmed_violation, false_alarm,
//                                                             accepted_exception (until_ms at most 30 days away)
//          {type: tick, reminder: 1..6}                       the acknowledge time ran out for the n-th time
//          {type: repeat}                                     the same finding again: a counter, no page
[[nodiscard]] Result<CaseMoved> move_case(std::string_view document, json::View event, std::int64_t now_ms);

// When the n-th reminder is due: the host comes back then with a tick.
[[nodiscard]] std::int64_t reminder_due(std::int64_t opened_at_ms, std::int64_t sla_minutes, std::int64_t reminder);

}  // namespace agentmend::heal
