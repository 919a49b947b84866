// heal_now: one finding to what may be used at once, without a record. Answers a heal-result for every input: bad data
// is a status, never a failure. Time and delivery are the host's.
#include "engine/escalation.h"
#include "engine/open_record.h"
#include "heal/call_grants.h"

namespace agentmend::engine {
namespace {

struct Outcome {
  std::string_view status = "ok";
  const Detection* detection = nullptr;
  bool applied = false, escalated = false;
  const fix::Suggestion* fix = nullptr;
  const heal::Verification* verification = nullptr;
  const Finding* finding = nullptr;
  const GovernanceFinding* governance = nullptr;
  std::string blocked_by;
  std::string message;
  std::optional<Error> error;
};

std::string_view risk_of(const Outcome& outcome) {
  if (outcome.governance != nullptr) return "dangerous";
  return outcome.fix == nullptr ? std::string_view("unknown") : name_of(outcome.fix->risk());
}

// What a person's decision is bound to: the call that the detector was asked about, the fix, the target's version.
std::string binding_of(const Outcome& outcome, const FindingSource& source, const Request& request,
                       std::string_view kind) {
  const json::View header = request.header;
  heal::RunScope scope;
  if (header["tenant"].is_string()) scope.tenant = header["tenant"].text();
  if (header["project"].is_string()) scope.project = header["project"].text();
  scope.run_id = source.envelope.run_id;
  if (header["policy"]["rev"].is_string()) scope.policy_rev = header["policy"]["rev"].text();
  json::Writer fix;
  if (outcome.fix != nullptr) {
    fix.begin_object().member("fix_type", outcome.fix->type().name);
    fix.member_raw("parameters", parameters_json(outcome.fix->draft));
    fix.member_raw("patch", outcome.fix->patch ? json::write_patch(*outcome.fix->patch) : "null").end_object();
  }
  json::Writer target;
  const json::View named = header["target"];
  if (named.is_object()) {
    target.begin_object().member("id", named["id"].text()).member_or_null("version", named["version"].text());
    target.key("base_hash").null().end_object();  // the host's digest of its config
  }
  json::Index input;
  const bool readable = input.read(source.input).has_value();
  const json::View call = readable ? json::View::root(input) : json::View();
  return heal::call_binding(scope, kind, outcome.detection->descriptor->name, call["tool_name"].text(),
                            call["tool_input"].raw(), outcome.detection->agent,
                            outcome.fix == nullptr ? "null" : fix.str(), named.is_object() ? target.str() : "null");
}

Card card_of(const Outcome& outcome, const FindingSource& source, const Request& request) {
  const std::int64_t now_ms = request.header["now_ms"].integer().value_or(0);
  return {*outcome.finding,
          source.id,
          static_cast<std::size_t>(request.header["finding"].integer().value_or(0)) + 1,
          outcome.fix,
          {},
          {},
          {},
          source.envelope,
          source.trace(),
          now_ms,
          request.header["call_is_held"].boolean(false)};
}

// For a host with an approval endpoint ("approval": true): what to send. Beside the result, not a part of it.
void write_request(json::Writer& writer, const Outcome& outcome, const FindingSource& source, const Request& request) {
  if (!request.header["approval"].boolean(false)) return;
  writer.key("escalation");
  if (!outcome.escalated) {
    writer.null();
    return;
  }
  const bool fixes = outcome.fix != nullptr && request.header["target"].is_object();
  const std::string_view kind = outcome.governance != nullptr ? "governance" : fixes ? "fix" : "tool_call";
  const std::string binding = binding_of(outcome, source, request, kind);
  const std::string key =
      "heal:" + source.envelope.run_id + ":" + source.id + ":" + (outcome.fix == nullptr ? "" : outcome.fix->id);
  Card card = card_of(outcome, source, request);
  card.kind = kind;
  card.binding = binding;
  card.key = key;
  write_escalation(writer, card);
}

std::string answer(const Outcome& outcome, const FindingSource& source, const Request& request) {
  json::Writer writer;
  writer.begin_object().member("schema", "agentmend.heal-result/1").member("status", outcome.status).key("detection");
  if (outcome.detection == nullptr) {
    writer.null();
  } else {
    write_detection(writer, *outcome.detection, source.envelope,
                    static_cast<std::size_t>(request.header["finding"].integer().value_or(0)) + 1, source.trace());
  }
  writer.member("applied", outcome.applied).member("escalated", outcome.escalated);
  writer.member("risk_level", risk_of(outcome)).key("fix");
  if (outcome.fix == nullptr) {
    writer.null();
  } else {
    fix::write_suggestion(writer, *outcome.fix);
  }
  const bool speaks = outcome.applied && outcome.fix != nullptr && outcome.fix->prompt_patch;
  writer.member_or_null("prompt_patch", speaks ? std::string_view(*outcome.fix->prompt_patch) : std::string_view());
  const bool patches = outcome.fix != nullptr && outcome.fix->patch;
  writer.member_raw("patch", patches ? json::write_patch(*outcome.fix->patch) : "null");
  writer.key("approval_id").null().key("approval_url").null();
  writer.member("delivery", outcome.escalated ? "not_configured" : "none").key("handoff");
  if (outcome.governance == nullptr) {
    writer.null();
  } else {
    write_handoff(writer, *outcome.governance, card_of(outcome, source, request));
  }
  writer.key("verification_passed");
  if (outcome.verification == nullptr) {
    writer.null().key("verification_reason").null();
  } else {
    writer.boolean(outcome.verification->verdict == heal::Verdict3::kImproved);
    writer.member_or_null("verification_reason", json::cut_utf8(outcome.verification->reason, 200));
  }
  writer.member_or_null("blocked_by", json::cut_utf8(outcome.blocked_by, 120));
  writer.member("message", json::cut_utf8(outcome.message, 400)).member("degraded", false).member("elapsed_ms", 0);
  writer.key("error");
  if (outcome.error) {
    write_error(writer, *outcome.error);
  } else {
    writer.null();
  }
  write_request(writer, outcome, source, request);
  return writer.end_object().take();
}

std::string failed(Error error, const FindingSource& source, const Request& request) {
  Outcome outcome;
  outcome.status = "error";
  outcome.message = error.message;
  outcome.error = std::move(error);
  return answer(outcome, source, request);
}

// What a healable finding comes to. `chosen` and `suggestions` outlive the outcome.
void weigh(Outcome& outcome, const fix::Suggestions& suggestions, const Chosen& chosen) {
  if (chosen.suggestion == nullptr) {
    outcome.blocked_by = suggestions.reason;
    outcome.escalated = suggestions.reason == "existing_guard_did_not_hold";
    outcome.message = outcome.escalated ? "The guard against this is in place and did not hold: a person must look."
                                        : "There is no fix to suggest for this finding.";
    return;
  }
  outcome.fix = chosen.suggestion;
  outcome.verification = chosen.verification ? &*chosen.verification : nullptr;
  outcome.applied = chosen.gate.outcome == heal::Outcome::kApply;
  outcome.escalated = chosen.gate.outcome == heal::Outcome::kEscalate;
  if (!outcome.applied)
    outcome.blocked_by = chosen.gate.ceiling_by.empty() ? chosen.gate.reason : chosen.gate.ceiling_by;
  outcome.message = chosen.suggestion->title + (outcome.applied     ? ": may be used now."
                                                : outcome.escalated ? ": waits for a person."
                                                                    : ": a recommendation, not applied.");
}

}  // namespace

Result<std::string> op_heal_now(const Request& request) {
  FindingSource source;
  if (auto loaded = load_finding(request, source); !loaded) return failed(loaded.error(), source, request);
  auto policy = heal::read_policy(request.header["policy"]);
  if (!policy) return failed(at_member("/policy", policy.error()), source, request);
  auto limiter = heal::read_limiter(request.header["limiter"]);
  if (!limiter) return failed(limiter.error(), source, request);
  Outcome outcome;
  if (source.detection.descriptor != nullptr) outcome.detection = &source.detection;
  if (source.detection.status != Status::kOk || !source.detection.detected) {
    outcome.status = source.detection.status == Status::kInsufficientInput ? "insufficient_input"
                     : source.detection.status == Status::kInvalidInput    ? "invalid_input"
                                                                           : "nothing_to_heal";
    outcome.message =
        source.detection.summary.empty() ? "Nothing was found that needs healing." : source.detection.summary;
    return answer(outcome, source, request);
  }
  const Finding finding = classify({&source.detection, source.id});
  outcome.finding = &finding;
  if (const auto* governance = std::get_if<GovernanceFinding>(&finding)) {
    heal::GateRequest gate;
    gate.confidence = governance->detection().confidence;
    const heal::GateDecision decision = heal::decide(*governance, *policy, gate);
    outcome.governance = governance;
    outcome.escalated = decision.outcome == heal::Outcome::kHandoff;
    outcome.blocked_by = decision.ceiling_by.empty() ? "governance" : decision.ceiling_by;
    outcome.message = "A person must decide; nothing is changed in the agent.";
    return answer(outcome, source, request);
  }
  const auto* healable = std::get_if<HealableFinding>(&finding);
  if (healable == nullptr) {
    outcome.blocked_by = "no_remediation_path";
    outcome.message = "This finding is shown only; there is no fix for it.";
    return answer(outcome, source, request);
  }
  const Target target = read_target(request, source);
  json::Index config;
  fix::TargetView view;
  view.framework = target.framework;
  view.context = &source.context;
  view.new_id_seed = source.id;
  if (!target.config.empty()) {
    if (auto patchable = json::check_patchable(target.config); !patchable)
      return failed(at_member("/config", patchable.error()), source, request);
    static_cast<void>(config.read(target.config));
    view.config = json::View::root(config);
  }
  const fix::Suggestions suggestions = fix::suggest(*healable, view);
  const Chosen chosen = choose(*healable, suggestions, *policy, source, target, request, std::move(*limiter));
  weigh(outcome, suggestions, chosen);
  return answer(outcome, source, request);
}

}  // namespace agentmend::engine
