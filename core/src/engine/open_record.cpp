#include "engine/open_record.h"

#include "heal/case.h"
#include "heal/governance.h"
#include "heal/record.h"
#include "heal/validate.h"

namespace agentmend::engine {

Target read_target(const Request& request, const FindingSource& source) {
  Target out;
  const json::View header = request.header;
  out.framework = source.envelope.framework;
  if (header["config"].exists() && !header["config"].is_null()) out.config = std::string(header["config"].raw());
  if (header["target"].is_object()) {
    out.json = std::string(header["target"].raw());
    out.id = header["target"]["id"].text();
  }
  return out;
}

std::string parameters_json(const fix::Draft& draft) {
  json::Writer writer;
  writer.begin_object();
  for (const fix::DraftParameter& parameter : draft.parameters) writer.member_raw(parameter.name, parameter.value);
  return writer.end_object().take();
}

namespace {

// Healing must not erase the scene: one governance finding of the run holds every other fix for a person.
bool has_governance_finding(const Replay& replay) {
  for (const Detection& detection : replay.findings.all()) {
    if (detection.detected && is_governance(*detection.descriptor)) return true;
  }
  return false;
}

}  // namespace

Chosen choose(const HealableFinding& finding, const fix::Suggestions& suggestions, const heal::Policy& policy,
              const FindingSource& source, const Target& target, const Request& request, heal::LimiterState limiter) {
  Chosen out;
  out.admission.state = std::move(limiter);
  if (suggestions.items.empty()) return out;
  const fix::Suggestion& best = suggestions.items.front();
  out.suggestion = &best;
  heal::GateRequest gate;
  gate.confidence = finding.detection().confidence;
  gate.target_id = target.id;
  gate.has_change = best.patch.has_value() || best.prompt_patch.has_value();
  gate.governance_open =
      request.header["governance_open"].boolean(false) || (source.replay && has_governance_finding(*source.replay));
  gate.approval_required = request.header["approval_required"].boolean(false);
  gate.stored_trace = source.run.has_value();
  gate.now_ms = request.header["now_ms"].integer().value_or(0);
  if (has_shim(finding.descriptor().name, best.type().name)) {
    json::Index input;
    json::Index parameters;
    const std::string parameter_text = parameters_json(best.draft);
    const bool readable = input.read(source.input).has_value() && parameters.read(parameter_text).has_value();
    out.verification = heal::verify(finding, best.type(), readable ? json::View::root(input) : json::View(),
                                    readable ? json::View::root(parameters) : json::View(), policy.limits.improvement);
    gate.shim = out.verification->proof(policy.require_cleared);
  }
  if (policy.require_verification && best.patch) {
    if (const auto post = json::apply_patch(target.config, *best.patch)) {
      const heal::ValidationInput input{target.framework,
                                        target.config,
                                        *post,
                                        find_detector(finding.descriptor().name),
                                        &best.type(),
                                        source.trace(),
                                        source.input,
                                        {},
                                        std::nullopt,
                                        {}};
      gate.replay = heal::replay_guards(input).ok == true ? heal::Proof::kPassed : heal::Proof::kFailed;
    }
  }
  out.gate = heal::decide(finding, best.type(), policy, gate);
  if (out.gate.outcome != heal::Outcome::kApply) return out;
  out.admission = heal::admit(std::move(out.admission.state), gate.now_ms, finding.descriptor().name, best.type().name,
                              policy.limits);
  if (out.admission.verdict == heal::LimiterVerdict::kAdmitted) return out;
  gate.limiter = out.admission.ceiling();
  gate.limiter_reason = heal::name_of(out.admission.verdict);
  out.gate = heal::decide(finding, best.type(), policy, gate);
  return out;
}

std::string limiter_audit(std::string_view type, std::string_view target_id, std::int64_t now_ms,
                          std::string_view reason, std::string_view person) {
  json::Writer writer;
  writer.begin_object().member("type", type).member("at_ms", now_ms).key("actor").begin_object();
  writer.member("kind", person.empty() ? "core" : "person").member("id", person.empty() ? "core" : person);
  writer.member("auth", "none").end_object().key("subject").begin_object();
  writer.member("kind", "target").member("id", target_id.empty() ? "unnamed" : target_id).end_object();
  return writer.key("data").begin_object().member("reason", reason).end_object().end_object().take();
}

void write_gate(json::Writer& writer, const heal::GateDecision& gate, const heal::Policy& policy) {
  writer.begin_object()
      .member("action", gate.action)
      .member("base", gate.outcome == heal::Outcome::kInsight ? std::string_view("insight") : heal::name_of(gate.base))
      .member("reason", gate.reason)
      .member_or_null("ceiling_by", gate.ceiling_by)
      .member("policy_rev", policy.rev)
      .end_object();
}

void write_verification(json::Writer& writer, const heal::Verification& verification) {
  writer.begin_object()
      .member("verdict", heal::name_of(verification.verdict))
      .member("before", verification.before)
      .key("after");
  if (verification.after < 0) {
    writer.null();
  } else {
    writer.number(verification.after);
  }
  writer.member("partial", verification.partial)
      .member("reason", json::cut_utf8(verification.reason, 200))
      .key("effect")
      .begin_array();
  for (std::size_t i = 0; i < verification.effect.size() && i < 16; ++i)
    writer.string(json::cut_utf8(verification.effect[i], 200));
  writer.end_array().end_object();
}

namespace {

struct Ids {
  std::string record, tenant, project;
};

Ids read_ids(const Request& request, const FindingSource& source) {
  Ids ids;
  const json::View header = request.header;
  ids.record = header["record_id"].is_string() ? header["record_id"].text() : "heal_" + source.id;
  ids.tenant = header["tenant"].is_string() ? header["tenant"].text() : "local";
  ids.project = header["project"].is_string() ? header["project"].text() : "default";
  return ids;
}

// The record as it is created, before the gate moves it.
std::string created_record(const HealableFinding& finding, const fix::Suggestions& suggestions, const Chosen& chosen,
                           const heal::Policy& policy, const Target& target, const Ids& ids, const json::Undo* plan,
                           const Request& request) {
  const json::View header = request.header;
  json::Writer writer;
  writer.begin_object()
      .member("schema", "agentmend.healing-record/1")
      .member("id", ids.record)
      .member("tenant", ids.tenant)
      .member("project", ids.project);
  writer.member("rev", 0)
      .key("parent_id")
      .null()
      .member("detection_id", finding.id())
      .member("detector", finding.descriptor().name);
  writer
      .member("surface", header["surface"].equals("in_loop")  ? "in_loop"
                         : header["surface"].equals("manual") ? "manual"
                                                              : "async")
      .member("framework", target.framework);
  writer.member("state", "created").member("status", "pending").key("suggestions").begin_array();
  for (const fix::Suggestion& item : suggestions.items) fix::write_suggestion(writer, item);
  writer.end_array();
  const fix::Suggestion* best = chosen.suggestion;
  writer.member_or_null("chosen_fix_id", best == nullptr ? "" : best->id)
      .member_or_null("fix_type", best == nullptr ? "" : best->type().name);
  writer.member_or_null("risk", best == nullptr ? "" : agentmend::name_of(best->risk())).key("gate");
  if (best == nullptr) {
    writer.null();
  } else {
    write_gate(writer, chosen.gate, policy);
  }
  writer.member_raw("target", target.json.empty() ? "null" : target.json)
      .member_raw("original_state", plan == nullptr ? "null" : target.config);
  writer.member_raw("patch", best != nullptr && best->patch ? json::write_patch(*best->patch) : "null")
      .member_raw("inverse", plan == nullptr ? "null" : json::write_patch(plan->inverse));
  writer.key("base_hash").null().key("post_hash").null().key("apply_key").null().key("verification");
  if (chosen.verification) {
    write_verification(writer, *chosen.verification);
  } else {
    writer.null();
  }
  writer.key("validation")
      .null()
      .key("approval")
      .null()
      .member("approval_required", best != nullptr && chosen.gate.outcome == heal::Outcome::kEscalate)
      .key("rollout")
      .null()
      .member("rollback_available", false);
  writer.key("detector_progress")
      .begin_object()
      .end_object()
      .member_or_null("limiter_reason",
                      suggestions.reason.empty() ? heal::name_of(chosen.admission.verdict) : suggestions.reason)
      .key("deferred_until_ms");
  if (chosen.admission.deferred_until_ms >= 0) {
    writer.integer(chosen.admission.deferred_until_ms);
  } else {
    writer.null();
  }
  writer.key("error").null().member("attempts", 0);
  writer.key("audit")
      .begin_object()
      .member("stream", ids.tenant + "/" + ids.project)
      .member("from_seq", 0)
      .member("to_seq", 0)
      .member("mode", "memory")
      .end_object();
  writer.member("created_at_ms", header["now_ms"].integer().value_or(0));
  for (const char* key : {"started_at_ms", "approved_at_ms", "staged_at_ms", "completed_at_ms", "rolled_back_at_ms"})
    writer.key(key).null();
  return writer.end_object().take();
}

heal::Happening first_step(const Chosen& chosen) {
  if (chosen.suggestion == nullptr) return heal::Happening::kNothingToSuggest;
  switch (chosen.gate.outcome) {
    case heal::Outcome::kApply: return heal::Happening::kGateApplies;
    case heal::Outcome::kEscalate: return heal::Happening::kGateEscalates;
    default: return heal::Happening::kGateRecommends;
  }
}

std::string gate_audit(const HealableFinding& finding, const Chosen& chosen) {
  json::Writer data;
  data.begin_object()
      .member("detector", finding.descriptor().name)
      .member("confidence_ppm", static_cast<std::int64_t>(finding.detection().confidence * 1e6 + 0.5));
  if (chosen.suggestion != nullptr)
    data.member("fix_type", chosen.suggestion->type().name).member("action", chosen.gate.action);
  return data.end_object().take();
}

void write_step(json::Writer& writer, const heal::Step& step) {
  writer.member_raw("record", step.record).key("effects").begin_array();
  for (const std::string& effect : step.effects) writer.raw(effect);
  writer.end_array().key("audit").begin_array();
  for (const std::string& event : step.audit) writer.raw(event);
  writer.end_array();
}

Result<std::string> open_healable(const HealableFinding& finding, const FindingSource& source,
                                  const heal::Policy& policy, const Request& request) {
  const Target target = read_target(request, source);
  json::Index config;
  fix::TargetView view;
  view.framework = target.framework;
  view.context = &source.context;
  view.new_id_seed = finding.id();
  if (!target.config.empty()) {
    if (auto patchable = json::check_patchable(target.config); !patchable)
      return tl::unexpected(Error{patchable.error().code, "/config" + patchable.error().at, patchable.error().message});
    static_cast<void>(config.read(target.config));
    view.config = json::View::root(config);
  }
  auto limiter = heal::read_limiter(request.header["limiter"]);
  if (!limiter) return tl::unexpected(limiter.error());
  const fix::Suggestions suggestions = fix::suggest(finding, view);
  Chosen chosen = choose(finding, suggestions, policy, source, target, request, *limiter);
  std::optional<json::Undo> plan;
  if (chosen.suggestion != nullptr && chosen.suggestion->patch) {
    auto planned = json::plan_patch(target.config, *chosen.suggestion->patch);
    if (!planned) return tl::unexpected(planned.error());
    plan = std::move(*planned);
  }
  // Without a document there is nothing to write: a text for the model is the host's to use, the record stays a
  // recommendation.
  if (!plan && chosen.gate.outcome == heal::Outcome::kApply) {
    chosen.gate.outcome = heal::Outcome::kRecommend;
    chosen.gate.action = "recommend_only";
    chosen.gate.ceiling_by = "no_config";
    chosen.gate.grant.reset();
    chosen.admission.state = std::move(*limiter);  // nothing is attempted, so nothing is booked
  }
  const Ids ids = read_ids(request, source);
  const std::string record =
      created_record(finding, suggestions, chosen, policy, target, ids, plan ? &*plan : nullptr, request);
  const std::int64_t now_ms = request.header["now_ms"].integer().value_or(0);
  const std::string audit = gate_audit(finding, chosen);
  auto step = chosen.gate.grant
                  ? heal::begin_apply(*chosen.gate.grant, record, heal::Happening::kGateApplies, now_ms, audit)
                  : heal::move(record, first_step(chosen), now_ms, {}, audit);
  if (!step) return tl::unexpected(step.error());
  json::Writer writer;
  writer.begin_object().member("kind", "record").member("findings", source.findings).key("detection");
  write_detection(writer, finding.detection(), source.envelope,
                  static_cast<std::size_t>(request.header["finding"].integer().value_or(0)) + 1, source.trace());
  if (chosen.admission.verdict == heal::LimiterVerdict::kBreakerOpen)
    step->audit.push_back(limiter_audit("limiter.breaker_opened", target.id, now_ms, "healing is looping"));
  write_step(writer, *step);
  writer.member_raw("post", plan ? plan->post : "null").key("limiter");
  heal::write_limiter(writer, chosen.admission.state);
  return writer.end_object().take();
}

Result<std::string> open_governance(const GovernanceFinding& finding, const FindingSource& source,
                                    const heal::Policy& policy, const Request& request) {
  heal::CaseContext context;
  const json::View header = request.header;
  context.case_id = header["case_id"].is_string() ? header["case_id"].text() : "gc_" + source.id;
  context.handoff_id = "gh_" + source.id;
  const Ids ids = read_ids(request, source);
  context.tenant = ids.tenant;
  context.project = ids.project;
  context.framework = source.envelope.framework;
  context.run_id = source.envelope.run_id;
  context.target_json = header["target"].is_object() ? std::string(header["target"].raw()) : std::string();
  context.now_ms = header["now_ms"].integer().value_or(0);
  context.trace = source.trace();
  context.call_is_held = header["call_is_held"].boolean(false);
  heal::GateRequest gate_request;
  gate_request.confidence = finding.detection().confidence;
  const heal::GateDecision gate = heal::decide(finding, policy, gate_request);
  const heal::OpenedCase opened = heal::open_case(finding, context);
  json::Writer writer;
  writer.begin_object().member("kind", "case").member("findings", source.findings).key("detection");
  write_detection(writer, finding.detection(), source.envelope,
                  static_cast<std::size_t>(header["finding"].integer().value_or(0)) + 1, source.trace());
  writer.key("gate");
  write_gate(writer, gate, policy);
  writer.member_raw("case", opened.document).member_raw("dedupe_body", opened.dedupe_body).key("effects").begin_array();
  if (gate.outcome == heal::Outcome::kHandoff) {
    const auto sla_minutes = heal::find_playbook(finding.descriptor().name)->sla_minutes;
    writer.begin_object().member("type", "send_escalation").member("case_id", context.case_id);
    writer.member("remind_at_ms", heal::reminder_due(context.now_ms, sla_minutes, 1)).end_object();
  }
  writer.end_array().key("audit").begin_array();
  writer.begin_object().member("type", "governance.opened").member("at_ms", context.now_ms);
  writer.key("actor").begin_object().member("kind", "core").member("id", "core").member("auth", "none").end_object();
  writer.key("subject")
      .begin_object()
      .member("kind", "governance")
      .member("id", context.case_id)
      .member("rev", 0)
      .end_object();
  writer.key("data").begin_object().member("detector", finding.descriptor().name).end_object().end_object().end_array();
  return writer.end_object().take();
}

}  // namespace

Result<std::string> op_heal_open(const Request& request) {
  FindingSource source;
  if (auto loaded = load_finding(request, source); !loaded) return tl::unexpected(loaded.error());
  auto policy = heal::read_policy(request.header["policy"]);
  if (!policy) return tl::unexpected(policy.error());
  json::Writer writer;
  if (!source.detection.detected || source.detection.status != Status::kOk) {
    return writer.begin_object()
        .member("kind", "nothing_to_heal")
        .member("findings", source.findings)
        .end_object()
        .take();
  }
  const Finding finding = classify({&source.detection, source.id});
  if (const auto* healable = std::get_if<HealableFinding>(&finding))
    return open_healable(*healable, source, *policy, request);
  if (const auto* governance = std::get_if<GovernanceFinding>(&finding))
    return open_governance(*governance, source, *policy, request);
  writer.begin_object()
      .member("kind", "insight")
      .member("findings", source.findings)
      .member("reason", "no_remediation_path")
      .key("detection");
  write_detection(writer, source.detection, source.envelope,
                  static_cast<std::size_t>(request.header["finding"].integer().value_or(0)) + 1, source.trace());
  return writer.end_object().take();
}

}  // namespace agentmend::engine
