// The seam, per-event side: a run while it happens.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace agentmend {

// Not thread-safe; one session per run. Options, events and answers in full: docs/events.md.
class Session {
 public:
  // `options_json`, all optional: run_id, framework, agent (of events that name none), task (what the user asked for),
  // id_prefix (unique per run: ids and cards are made of it), tenant, project, policy, context (run-context), config
  // (generic; its /limits and /guards are enforced), mode "enforce" | "recommend" | "observe", fail_mode "open" |
  // "closed", approval (an endpoint is configured, so that a held call can wait). Bad options: the strict defaults
  // hold, nothing is applied, and result(kIntervention) before the first event and result(kReport) say what is wrong.
  explicit Session(std::string_view options_json);
  // Goes on where a snapshot of the same run (run_id, tenant, project) was taken; options are given again, for a
  // snapshot holds none. One that is damaged, of another version or of another run: a fresh start, and
  // result(kIntervention) before the first event says why (snapshot_invalid, snapshot_version).
  //
  // A snapshot never lets anything through: unused grants are not in it and are given again (grants_not_restored in the
  // report); a config counts only where it bounds what the given one bounds. What the user said, from which consent
  // would follow, counts only with the option trusted_snapshot: true, which is for whoever has checked a seal of the
  // bytes. Without it a restored session is at least as strict as a fresh one.
  Session(std::string_view options_json, std::string_view snapshot);
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  // 0 = carry on, nothing to say (the common case: no document is built). 1 = ask for result(kIntervention).
  // 2 = the event was not taken; result(kIntervention) says why, and the run is as before.
  //
  // The text of a tool.end (`output`), model.end or message (`text`) may stand behind the JSON, after one U+0000, as it
  // is: UTF-8, nothing escaped, U+0000 allowed. It goes before a member of that name.
  //
  //   event(R"({"type":"tool.end","call_id":"c1","status":"ok"})" + std::string(1, '\0') + output)
  //
  // Beside what happens in the run, two events carry a person's decision about a held call:
  //   {"type": "grant", ...binding, "edited_args"?, "expires_at_ms"?, "ts"?}   let this one call through, once
  //   {"type": "refusal", ...binding}                                          never in this run
  // `binding` is the binding document of the escalation request, unchanged. A grant fits the later tool.start that has
  // the same values (key order is free); one of another run, policy or tenant, late, or given twice is not taken:
  // binding_mismatch, grant_expired, grant_used. One that expires needs a time (ts) on it or on an earlier event.
  [[nodiscard]] std::uint32_t event(std::string_view event_json);

  // kIntervention: {schema intervention} for the last event; after a 2: {"error"}, and when the event
  // could not be read {"decision": by fail_mode, "degraded": true}: it may have been a call.
  // kReport: {schema report}. kEscalations: {"escalations": [escalation-request]} that the last event brought up,
  // without binding_hash and with "" for the handoff's dedupe_key: the host makes the digests. A call that comes again
  // while its card is open brings the same idempotency_key.
  enum Result : std::uint32_t { kIntervention = 0, kReport = 1, kEscalations = 2 };
  [[nodiscard]] std::string result(std::uint32_t which);

  // The run so far, as bytes for a later session; the same bytes on every platform. O(what is kept), under 1 MB for a
  // usual run. What the last event brought up (result 0 and 2, an override) is not in it.
  [[nodiscard]] std::string snapshot() const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace agentmend
