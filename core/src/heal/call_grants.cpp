#include "heal/call_grants.h"

#include <algorithm>

#include "archive.h"
#include "detectors/registry.h"
#include "fix/fix_type.h"
#include "json/patch.h"
#include "json/writer.h"
#include "trace/action_key.h"

namespace agentmend::heal {
namespace {

constexpr std::string_view kBinding[] = {"v",    "tenant", "project", "kind",  "detector", "tool",
                                         "args", "fix",    "target",  "agent", "run_id",   "policy_rev"};
// `binding_hash` and `escalation_id` are the owner's; the core compares the documents themselves.
constexpr std::string_view kBeside[] = {"type", "ts", "expires_at_ms", "edited_args", "binding_hash", "escalation_id"};

bool is_one_of(std::string_view name, const std::string_view* first, const std::string_view* last) {
  return std::find(first, last, name) != last;
}

// Key order does not matter, every value does.
std::uint64_t key_of(std::string_view binding) { return hash_call({}, binding).exact; }

tl::unexpected<Error> foreign(std::string_view member) {
  return fail(ErrorCode::kBindingMismatch, "/" + std::string(member),
              "The grant was made for something else than a call of this run under this policy.");
}

// The members of a binding, in their fixed order, as they were given.
Result<std::string> binding_in(json::View event) {
  if (const auto twice = json::duplicate_key(event))
    return fail(ErrorCode::kDuplicateKey, *twice, "The grant has the same key twice.");
  std::string unknown;
  json::for_each_member(event, [&unknown](std::string_view name, json::View) {
    if (!is_one_of(name, std::begin(kBinding), std::end(kBinding)) &&
        !is_one_of(name, std::begin(kBeside), std::end(kBeside)))
      unknown = name;
  });
  if (!unknown.empty())
    return fail(ErrorCode::kInvalidInput, "/" + json::escape_token(unknown), "A grant has no such member.");
  json::Writer writer;
  writer.begin_object();
  for (const std::string_view name : kBinding) {
    const json::View value = event[name];
    if (!value.exists())
      return fail(ErrorCode::kMissingField, "/" + std::string(name), "A grant holds the whole binding document.");
    writer.member_raw(name, value.raw());
  }
  std::string text = writer.end_object().take();
  if (auto exact = json::check_patchable(text); !exact) return tl::unexpected(exact.error());
  return text;
}

Result<void> check_scope(json::View event, const RunScope& scope) {
  if (event["v"].integer() != 1)
    return fail(ErrorCode::kSchemaVersion, "/v", "This build knows version 1 of the binding.");
  const std::string name = event["detector"].text();
  const Entry* entry = find_detector(name);
  if (entry == nullptr) return fail(ErrorCode::kUnknownDetector, "/detector", "The grant names no known detector.");
  if (!event["kind"].equals(is_governance(*entry->descriptor) ? "governance" : "tool_call")) return foreign("kind");
  if (!event["tool"].is_string()) return foreign("tool");
  if (!event["fix"].is_null()) return foreign("fix");  // a fix is approved for a target, not for a call
  if (!event["target"].is_null()) return foreign("target");
  if (!event["tenant"].equals(scope.tenant)) return foreign("tenant");
  if (!event["project"].equals(scope.project)) return foreign("project");
  if (!event["policy_rev"].equals(scope.policy_rev)) return foreign("policy_rev");
  if (scope.run_id.empty() ? !event["run_id"].is_null() : !event["run_id"].equals(scope.run_id))
    return foreign("run_id");
  return {};
}

}  // namespace

std::string call_binding(const RunScope& scope, std::string_view kind, std::string_view detector, std::string_view tool,
                         std::string_view arguments_json, std::string_view agent, std::string_view fix_json,
                         std::string_view target_json) {
  json::Writer writer;
  writer.begin_object().member("v", 1).member("tenant", scope.tenant).member("project", scope.project);
  writer.member("kind", kind).member("detector", detector).member_or_null("tool", json::cut_utf8(tool, kBoundName));
  writer.member_raw("args", arguments_json.empty() ? std::string_view("null") : arguments_json);
  writer.member_raw("fix", fix_json)
      .member_raw("target", target_json)
      .member_or_null("agent", json::cut_utf8(agent, kBoundName));
  writer.member_or_null("run_id", scope.run_id).member("policy_rev", scope.policy_rev);
  return writer.end_object().take();
}

Result<void> CallGrants::read(json::View event, const RunScope& scope, std::int64_t now_ms) {
  auto binding = binding_in(event);
  if (!binding) return tl::unexpected(binding.error());
  if (auto fits = check_scope(event, scope); !fits) return fits;
  if (event["type"].equals("refusal")) {
    wait(*binding).state = Waiting::kRefused;
    grants_.erase(std::remove_if(grants_.begin(), grants_.end(),
                                 [&](const Grant& g) { return json::equal_documents(g.binding, *binding); }),
                  grants_.end());
    return {};
  }
  const json::View expires = event["expires_at_ms"];
  Grant grant{std::move(*binding), {}, -1};
  if (!expires.is_null()) {
    grant.expires_ms = expires.integer().value_or(0);
    if (now_ms < 0) return fail(ErrorCode::kMissingField, "/ts", "Give the time (ts) with a grant that expires.");
    if (now_ms >= grant.expires_ms)
      return fail(ErrorCode::kGrantExpired, "/expires_at_ms", "The approval has expired; ask again.");
  }
  if (refused(grant.binding))
    return fail(ErrorCode::kBindingMismatch, "", "A person has refused this call in this run.");
  const Waiting* card = known(key_of(grant.binding));
  const bool unused = std::any_of(grants_.begin(), grants_.end(),
                                  [&](const Grant& g) { return json::equal_documents(g.binding, grant.binding); });
  if (unused || (card != nullptr && card->state == Waiting::kUsed))
    return fail(ErrorCode::kGrantUsed, "", "This grant was given before; each call needs its own.");
  if (grants_.size() >= kMaxGrants)
    return fail(ErrorCode::kInvalidInput, "", "Too many grants wait for their calls in this run.");
  if (!event["edited_args"].is_null()) grant.edited_args = event["edited_args"].raw();
  grants_.push_back(std::move(grant));
  return {};
}

const CallGrants::Grant* CallGrants::find(std::string_view binding, std::int64_t now_ms) const {
  for (const Grant& grant : grants_) {
    if (grant.expires_ms >= 0 && now_ms >= grant.expires_ms) continue;
    if (json::equal_documents(grant.binding, binding)) return &grant;
  }
  return nullptr;
}

void CallGrants::use(std::string_view binding) {
  Waiting& card = wait(binding);
  card.state = Waiting::kUsed;
  const auto found = std::find_if(grants_.begin(), grants_.end(),
                                  [&](const Grant& g) { return json::equal_documents(g.binding, binding); });
  if (found == grants_.end()) return;
  if (!found->edited_args.empty()) card.state = Waiting::kRefused;  // only the edited call may run
  grants_.erase(found);
}

CallGrants::Waiting* CallGrants::known(std::uint64_t key) {
  const auto found =
      std::find_if(waiting_.rbegin(), waiting_.rend(), [key](const Waiting& item) { return item.key == key; });
  return found == waiting_.rend() ? nullptr : &*found;
}

bool CallGrants::refused(std::string_view binding) const {
  const std::uint64_t key = key_of(binding);
  return std::any_of(waiting_.begin(), waiting_.end(),
                     [key](const Waiting& item) { return item.key == key && item.state == Waiting::kRefused; });
}

CallGrants::Waiting& CallGrants::wait(std::string_view binding) {
  const std::uint64_t key = key_of(binding);
  Waiting* card = known(key);
  if (card != nullptr && card->state == Waiting::kOpen) {
    ++card->times;
    return *card;
  }
  if (card != nullptr) {  // used or refused before: a new card for a new call
    *card = {key, ++cards_, 1, card->state == Waiting::kRefused ? Waiting::kRefused : Waiting::kOpen};
    return *card;
  }
  if (waiting_.size() >= kMaxHeld) waiting_.erase(waiting_.begin());
  waiting_.push_back({key, ++cards_, 1, Waiting::kOpen});
  return waiting_.back();
}

void CallGrants::exchange(Archive& archive) {
  archive.list(waiting_, kMaxHeld, [&archive](Waiting& card) {
    archive.number(card.key);
    archive.number(card.number);
    archive.number(card.times);
    archive.number(card.state, Waiting::kRefused);
  });
  archive.number(cards_);
}

}  // namespace agentmend::heal
