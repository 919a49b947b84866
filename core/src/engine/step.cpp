// step: the next state of a record, from what the host reports.  rollback_plan: what to write to undo an applied
// record.
#include "engine/open_record.h"
#include "heal/record.h"
#include "heal/validate.h"

namespace agentmend::engine {
namespace {

using heal::Happening;

struct StepContext {
  const Request& request;
  json::View record;
  json::View event;
  std::int64_t now_ms = 0;
  std::string config;  // as read back; empty = not given
  std::optional<heal::LimiterState> limiter;  // of the target, when the host keeps one
  heal::Limits limits;
};

bool is_hash(json::View value) {
  const std::string text = value.text();
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string actor_of(const StepContext& context) {
  return context.event["actor"].is_string() ? context.event["actor"].text() : "client";
}

// What came of an attempt, told by the state that the record has reached.
heal::LimiterState after(const StepContext& context, std::string_view record, std::vector<std::string>& audit) {
  json::Index index;
  static_cast<void>(index.read(record));
  const json::View after = json::View::root(index);
  const std::string state = after["state"].text();
  heal::LimiterState limiter = *context.limiter;
  const bool was_halted = limiter.halted;
  if (state == "failed" || state == "conflict") limiter = heal::after_failure(limiter, context.now_ms, context.limits);
  if (state == "rolled_back" || state == "rollback_failed")
    limiter = heal::after_rollback(limiter, context.now_ms, context.limits);
  if (state == "rollback_failed") limiter = heal::halt(limiter, "rollback_failed");
  if (state == "applied") limiter = heal::after_success(limiter, after["validation"]["level"].equals("proven"));
  if (limiter.halted && !was_halted)
    audit.push_back(
        limiter_audit("limiter.halted", after["target"]["id"].text(), context.now_ms, limiter.halted_reason));
  return limiter;
}

Result<std::string> answer(const StepContext& context, std::vector<heal::Step> steps) {
  json::Writer writer;
  writer.begin_object().member_raw("record", steps.back().record).key("effects").begin_array();
  for (const std::string& effect : steps.back().effects) writer.raw(effect);
  std::vector<std::string> audit;
  for (const heal::Step& step : steps) audit.insert(audit.end(), step.audit.begin(), step.audit.end());
  std::optional<heal::LimiterState> limiter;
  if (context.limiter) limiter = after(context, steps.back().record, audit);
  writer.end_array().key("audit").begin_array();
  for (const std::string& event : audit) writer.raw(event);
  writer.end_array();
  if (limiter) {
    writer.key("limiter");
    heal::write_limiter(writer, *limiter);
  }
  return writer.end_object().take();
}

std::string validation_json(const heal::Validation& validation) {
  json::Writer writer;
  writer.begin_object().member("level", heal::name_of(validation.level)).key("results").begin_array();
  for (const heal::Check& check : validation.checks) {
    writer.begin_object().member("kind", check.kind).key("ok");
    if (check.ok) {
      writer.boolean(*check.ok);
    } else {
      writer.null();
    }
    writer.member("detail", json::cut_utf8(check.detail, 400)).end_object();
  }
  return writer.end_array().end_object().take();
}

// What the checks say about the record's own claim of approval: an unapproved MEDIUM fix needs proof, everything else a
// valid document.
Happening judged(const StepContext& context, const heal::Validation& validation) {
  if (validation.level == heal::Level::kFailed) return Happening::kInvalid;
  const FixType* fix = find_fix_type(context.record["fix_type"].text());
  const bool medium = fix != nullptr && fix->risk == Risk::kMedium;
  const bool approved =
      context.record["approval"]["status"].equals("approved") || context.record["approval"]["status"].equals("edited");
  if (medium && !approved && validation.level != heal::Level::kProven &&
      !context.record["verification"]["verdict"].equals("improved"))
    return Happening::kInvalid;
  return Happening::kValid;
}

Result<std::string> written(const StepContext& context) {
  const json::View hashes = context.event["hashes"];
  for (const std::string_view key : {"base_hash", "post_hash", "apply_key"}) {
    if (!is_hash(hashes[key]))
      return fail(ErrorCode::kMissingField, "/event/hashes/" + std::string(key),
                  "Give base_hash, post_hash and apply_key (SHA-256, hex).");
  }
  json::Index patch_index;
  auto patch = json::read_patch(context.record["patch"]);
  if (!patch) return tl::unexpected(patch.error());
  const std::string original(context.record["original_state"].raw());
  auto expected = json::apply_patch(original, *patch);
  if (!expected) return tl::unexpected(expected.error());
  const std::vector<std::pair<std::string, std::string>> stamps = {
      {"base_hash", std::string(hashes["base_hash"].raw())},
      {"post_hash", std::string(hashes["post_hash"].raw())},
      {"apply_key", std::string(hashes["apply_key"].raw())}};
  const std::string record(context.record.raw());
  if (context.config.empty() || !json::equal_documents(*expected, context.config)) {
    auto moved = heal::move(record, Happening::kWrittenUnfaithful, context.now_ms, stamps);
    if (!moved) return tl::unexpected(moved.error());
    return answer(context, {std::move(*moved)});
  }
  auto moved = heal::move(record, Happening::kWritten, context.now_ms, stamps);
  if (!moved) return tl::unexpected(moved.error());

  FindingSource source;
  const bool has_run = context.request.header["documents"].exists();
  if (has_run) {
    if (auto loaded = load_finding(context.request, source); !loaded) return tl::unexpected(loaded.error());
  }
  const Entry* entry = find_detector(context.record["detector"].text());
  const FixType* fix = find_fix_type(context.record["fix_type"].text());
  if (entry == nullptr || fix == nullptr)
    return fail(ErrorCode::kUnknownDetector, "/record", "The record names no known detector and fix type.");
  std::optional<bool> host;
  if (context.event["host_check"]["ok"].is_bool()) host = context.event["host_check"]["ok"].boolean(false);
  const std::string framework = context.record["framework"].text();
  const heal::Validation validation = heal::validate({framework,
                                                      original,
                                                      context.config,
                                                      entry,
                                                      fix,
                                                      source.trace(),
                                                      {},
                                                      {},
                                                      host,
                                                      context.event["host_check"]["note"].text()});
  json::Writer data;
  data.begin_object().member("level", heal::name_of(validation.level)).end_object();
  auto judged_step = heal::move(moved->record, judged(context, validation), context.now_ms,
                                {{"validation", validation_json(validation)}}, data.str());
  if (!judged_step) return tl::unexpected(judged_step.error());
  return answer(context, {std::move(*moved), std::move(*judged_step)});
}

// A decision counts only when it was made for exactly this (binding), in time, and by somebody.
Result<std::string> decided(const StepContext& context) {
  const json::View event = context.event;
  const bool approve = event["decision"].equals("approved");
  if (!approve && !event["decision"].equals("rejected"))
    return fail(ErrorCode::kInvalidInput, "/event/decision", "A decision is \"approved\" or \"rejected\".");
  if (!is_hash(event["binding_hash"]) || !is_hash(event["expected_binding_hash"]) ||
      event["binding_hash"].text() != event["expected_binding_hash"].text()) {
    return fail(ErrorCode::kBindingMismatch, "/event/binding_hash",
                "The decision was made for something else than this fix on this target.");
  }
  if (event["approver"].text().empty() || event["escalation_id"].text().empty())
    return fail(ErrorCode::kMissingField, "/event/approver", "A decision names its approver and its escalation.");
  const auto expires = event["expires_at_ms"].integer();
  if (!expires || context.now_ms >= *expires) {
    auto expired = heal::move(context.record.raw(), Happening::kExpire, context.now_ms, {});
    if (!expired) return tl::unexpected(expired.error());
    return answer(context, {std::move(*expired)});
  }
  json::Writer approval;
  approval.begin_object()
      .member("escalation_id", event["escalation_id"].text())
      .member_or_null("decision_id", event["decision_id"].text());
  approval.member("status", approve ? "approved" : "rejected")
      .member("approver", event["approver"].text())
      .member("decided_at_ms", context.now_ms);
  approval.member("binding_hash", event["binding_hash"].text()).key("consumed_at_ms").null().end_object();
  auto moved = heal::move(context.record.raw(), approve ? Happening::kApprove : Happening::kReject, context.now_ms,
                          {{"approval", approval.take()}}, "{}", "person", event["approver"].text());
  if (!moved) return tl::unexpected(moved.error());
  return answer(context, {std::move(*moved)});
}

// A person's decision is not deferred by rates, but it is an attempt, and a halted target takes none.
Result<std::string> consumed(StepContext& context) {
  const auto grant = heal::grant_by_approval(context.record);
  if (!grant) return tl::unexpected(grant.error());
  if (context.limiter) {
    if (context.limiter->halted)
      return fail(ErrorCode::kIllegalTransition, "/limiter/halted",
                  "Healing of this target is halted until a person resets it.");
    context.limiter = heal::admit(*context.limiter, context.now_ms, context.record["detector"].text(),
                                  context.record["fix_type"].text(), context.limits)
                          .state;
  }
  auto moved = heal::begin_apply(*grant, context.record.raw(), Happening::kConsume, context.now_ms, "{}", "client",
                                 actor_of(context));
  if (!moved) return tl::unexpected(moved.error());
  return answer(context, {std::move(*moved)});
}

Result<std::string> restored(const StepContext& context) {
  const bool equal =
      !context.config.empty() && json::equal_documents(context.config, context.record["original_state"].raw());
  auto moved = heal::move(context.record.raw(), equal ? Happening::kRestored : Happening::kRestoreFailed,
                          context.now_ms, {}, "{}", "client", actor_of(context));
  if (!moved) return tl::unexpected(moved.error());
  return answer(context, {std::move(*moved)});
}

struct Plain {
  std::string_view event;
  Happening happening;
};
constexpr Plain kPlain[] = {
    {"write_failed", Happening::kWriteFailed},
    {"unknown_outcome", Happening::kUnknownOutcome},
    {"target_changed", Happening::kTargetChanged},
    {"cancel", Happening::kCancel},
    {"expire", Happening::kExpire},
    {"roll_back", Happening::kRollBack},
    {"restore_failed", Happening::kRestoreFailed},
};

}  // namespace

Result<std::string> op_step(const Request& request) {
  const json::View header = request.header;
  StepContext context{request, header["record"], header["event"], header["now_ms"].integer().value_or(0), {}, {}, {}};
  if (!context.record.is_object() || !context.event["type"].is_string())
    return fail(ErrorCode::kMissingField, "/event/type", "Give record and event {type, …}.");
  if (auto ok = heal::check_record(context.record); !ok) return tl::unexpected(ok.error());
  if (!header["limiter"].is_null()) {
    auto limiter = heal::read_limiter(header["limiter"]);
    if (!limiter) return tl::unexpected(limiter.error());
    auto policy = heal::read_policy(header["policy"]);
    if (!policy) return tl::unexpected(policy.error());
    context.limiter = std::move(*limiter);
    context.limits = policy->limits;
  }
  if (header["config"].exists()) context.config = std::string(header["config"].raw());
  if (const auto rev = header["rev"].integer(); rev && rev != context.record["rev"].integer()) {
    return fail(ErrorCode::kRevMismatch, "/rev", "The record was changed by someone else; read it again.");
  }
  if (context.event["type"].equals("written")) return written(context);
  if (context.event["type"].equals("decision")) return decided(context);
  if (context.event["type"].equals("consume")) return consumed(context);
  if (context.event["type"].equals("restored")) return restored(context);
  for (const Plain& plain : kPlain) {
    if (!context.event["type"].equals(plain.event)) continue;
    auto moved =
        heal::move(context.record.raw(), plain.happening, context.now_ms, {}, "{}", "client", actor_of(context));
    if (!moved) return tl::unexpected(moved.error());
    return answer(context, {std::move(*moved)});
  }
  return fail(ErrorCode::kInvalidInput, "/event/type", "There is no such event.");
}

Result<std::string> op_limiter_reset(const Request& request) {
  auto limiter = heal::read_limiter(request.header["limiter"]);
  if (!limiter) return tl::unexpected(limiter.error());
  const json::View actor = request.header["actor"];
  const std::string person = actor["id"].text();
  const std::string reason = request.header["reason"].text();
  if (!actor["kind"].equals("person") || person.empty())
    return fail(ErrorCode::kInvalidInput, "/actor", "Only a person resets a halted target: {kind: \"person\", id}.");
  if (reason.empty()) return fail(ErrorCode::kMissingField, "/reason", "Say why healing may go on.");
  json::Writer writer;
  writer.begin_object().key("limiter");
  heal::write_limiter(writer, heal::reset(std::move(*limiter)));
  writer.key("audit").begin_array();
  writer.raw(limiter_audit("limiter.reset", request.header["target_id"].text(),
                           request.header["now_ms"].integer().value_or(0), json::cut_utf8(reason, 400), person));
  return writer.end_array().end_object().take();
}

Result<std::string> op_rollback_plan(const Request& request) {
  const json::View record = request.header["record"];
  const json::View current = request.header["config"];
  if (auto ok = heal::check_record(record); !ok) return tl::unexpected(ok.error());
  if (!record["state"].equals("applied") && !record["state"].equals("staged")) {
    return fail(ErrorCode::kIllegalTransition, "/record/state", "Only an applied record can be rolled back.");
  }
  if (!record["original_state"].exists() || !current.exists())
    return fail(ErrorCode::kMissingField, "/config", "Give the record and the present config.");
  // The host hashes the checkpoint (the core makes no digest): it must be the document that was recorded.
  if (request.header["original_hash"].is_string() &&
      request.header["original_hash"].text() != record["base_hash"].text()) {
    return fail(ErrorCode::kCheckpointTampered, "/record/original_state",
                "The checkpoint in the record is not the document that was recorded.");
  }
  auto patch = json::read_patch(record["patch"]);
  if (!patch) return tl::unexpected(patch.error());
  const std::string original(record["original_state"].raw());
  json::Writer writer;
  const auto post = json::apply_patch(original, *patch);
  if (post && json::equal_documents(*post, current.raw())) {
    return writer.begin_object()
        .member("mode", "checkpoint")
        .member_raw("config", original)
        .member_raw("patch", record["inverse"].raw())
        .end_object()
        .take();
  }
  auto inverse = json::read_patch(record["inverse"]);
  if (!inverse) return tl::unexpected(inverse.error());
  const auto undone = json::apply_patch(current.raw(), *inverse);
  if (!undone)
    return fail(ErrorCode::kRollbackConflict, undone.error().at,
                "The config was changed after the fix where the fix had changed it; nothing is written.");
  return writer.begin_object()
      .member("mode", "inverse")
      .member_raw("config", *undone)
      .member_raw("patch", record["inverse"].raw())
      .end_object()
      .take();
}

}  // namespace agentmend::engine
