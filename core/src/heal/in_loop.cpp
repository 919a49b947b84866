#include "heal/in_loop.h"

#include <algorithm>

#include "fix/render/system_message.h"
#include "heal/gate.h"
#include "heal/verify/verify.h"
#include "json/patch.h"
#include "text/hash.h"
#include "trace/action_key.h"

namespace agentmend::heal {
namespace {

constexpr std::size_t kKeptDenials = 64;  // keys, and ids of denied calls
constexpr std::size_t kKeptResults = 16;
constexpr std::size_t kKeptTaints = 16;
constexpr std::size_t kFamily = 3;  // different arguments of one tool: then it is one matter

constexpr std::string_view kHeld =
    "This call was not run: a person must decide about it first. Do not try it another "
    "way; go on with something else, or say that you are waiting.";
constexpr std::string_view kNobody =
    "This call was not run: it needs a decision of a person, and nobody can be asked "
    "here. Do not try it another way.";
constexpr std::string_view kRefused =
    "This call was not run: a person refused it. Do not repeat it or try it another "
    "way.";
constexpr std::string_view kEnded = "The run was ended here; no further tool is run.";
constexpr std::string_view kStuck = "The same call was refused several times, so the run ends here.";
constexpr std::string_view kFamilyText =
    "Calls of this kind were refused several times with different arguments. Do "
    "not call this tool again.";
constexpr std::string_view kEdited = "A person changed the arguments of this call. Do not repeat the original call.";
constexpr std::string_view kBypassed = "A call that was refused ran all the same, so the run ends here.";

// Guards of the config speak for themselves: no finding stands behind them.
struct GuardText {
  std::string_view guard, text;
};
constexpr GuardText kGuardTexts[] = {
    {"loop_breaker",
     "You have taken the same step too often. Do not take it again: change the approach or finish with "
     "what you have."},
    {"retry_limit",
     "This call was retried as often as is allowed. Do not repeat it: change the approach or say what "
     "is missing."},
    {"circuit_breaker", "This tool failed too often in a row and is switched off. Go on without it."},
    {"budget_limiter", "The number of calls for this run is used up. Finish with what you have."},
    {"execution_timeout", "The time for this run is used up. Finish with what you have."},
    {"handoff_limit", "This work was handed over as often as is allowed. Finish it here or say what is missing."},
};
constexpr std::string_view kFirm = " If you do it once more, the run ends.";

bool must_hold(const Descriptor& descriptor) {
  return is_governance(descriptor) || bucket_of(descriptor) == Bucket::kDangerousEscalate;
}

}  // namespace

std::string_view name_of(Decision decision) {
  constexpr std::string_view kNames[] = {"allow", "retry_with_fix", "block", "escalate"};
  return kNames[static_cast<std::size_t>(decision)];
}

void InLoop::start(InLoopOptions options, const RunContext* context) {
  options_ = std::move(options);
  context_ = context;
  const Policy& policy = options_.policy;
  applying_ = std::min(options_.mode, policy.mode);
  // Holding may be lowered by the policy's owner only: by his own mode, or by allowing a session to observe.
  observing_ = policy.mode == Mode::kObserve || (options_.mode == Mode::kObserve && policy.allow_observe);
  observe_refused_ = options_.mode == Mode::kObserve && !observing_;
  json::Index index;
  if (index.read(options_.config)) guards_ = Guards::read(json::View::root(index));
  wake();
}

void InLoop::wake() {
  alert_ = guards_.any() || ended_ || !denied_ids_.empty() || !taints_.empty() || denials_run_ > 0;
}

bool InLoop::can_ask() const {
  return options_.can_ask && !options_.policy.unattended && options_.policy.has(Capability::kApproval);
}

Result<void> InLoop::grant(json::View event) {
  escalations_.clear();
  see(event["ts"].integer().value_or(-1));
  return grants_.read(event, options_.scope, now_ms_);
}

Result<void> InLoop::overrule() {
  escalations_.clear();
  if (!before_)
    return fail(ErrorCode::kInvalidInput, "/type", "The last event brought no refusal that a host can overrule.");
  denials_ = std::move(before_->denials);
  denials_run_ = before_->denials_run;
  denied_ids_ = std::move(before_->denied_ids);
  options_.config = std::move(before_->config);
  guards_ = std::move(before_->guards);
  ended_ = false;  // an ended run refuses without counting: it was not ended before
  before_.reset();
  wake();
  return {};
}

Intervention InLoop::decide(const Moment& moment) {
  Intervention out;
  before_.reset();
  escalations_.clear();
  if (!moment.fresh.empty()) {
    const Detection& first = moment.findings.newest().front();
    out.detector = first.descriptor;
    out.confidence = first.confidence;
  }
  if (moment.event.kind == EventKind::kToolCall) {
    on_call(moment, out);
  } else {
    if (moment.event.kind == EventKind::kToolResult) on_result(moment, out);
    if (moment.event.kind == EventKind::kModelEnd) guards_.on_model();
    if (moment.event.kind == EventKind::kHandoff && guards_.any()) {
      if (const auto trip = guards_.on_handoff(moment.event)) tripped(moment, *trip, out);
    }
    after_step(moment, out);
  }
  if (observing_ && out.decision != Decision::kAllow) {
    if (out.decision >= Decision::kBlock) ++not_held_;
    out.would = out.decision;
    out.decision = Decision::kAllow;
    out.end_run = false;
    out.message.clear();
  }
  wake();
  return out;
}

void InLoop::on_call(const Moment& moment, Intervention& out) {
  if (ended_) return end(kEnded, out);
  const std::optional<GuardTrip> trip = guards_.any() ? guards_.on_call(moment.event) : std::nullopt;
  std::vector<Claim> claims;
  for (std::size_t i = 0; i < moment.fresh.size(); ++i) {
    const Detection& detection = moment.findings.newest()[i];
    if (must_hold(*detection.descriptor)) claims.push_back({&detection, moment.fresh[i]});
  }
  for (const Taint& taint : taints_) {
    if (taint.holds(moment.event.agent)) claims.push_back({&taint.detection, taint.position});
  }
  if (!claims.empty()) return hold(moment, claims, out);
  if (trip) return tripped(moment, *trip, out);
  for (std::size_t i = 0; i < moment.fresh.size(); ++i)
    bound(moment, {&moment.findings.newest()[i], moment.fresh[i]}, out);
}

// A call or hand-off that a guard of the config stops.
void InLoop::tripped(const Moment& moment, const GuardTrip& trip, Intervention& out) {
  const auto* row = std::find_if(std::begin(kGuardTexts), std::end(kGuardTexts),
                                 [&](const GuardText& known) { return known.guard == trip.guard; });
  out.fix = find_fix_type(trip.guard);
  const bool by_run = trip.guard == "budget_limiter" || trip.guard == "execution_timeout";
  const std::uint64_t key = by_run                            ? text::hash(trip.guard)
                            : trip.guard == "circuit_breaker" ? text::hash(moment.event.name)
                                                              : action_key(moment.event.name, moment.event.text);
  const std::string words(row == std::end(kGuardTexts) ? kGuardTexts[0].text : row->text);
  deny(moment, key, {words, words + std::string(kFirm)}, out);
}

std::string InLoop::binding_of(const Moment& moment, const Claim& claim) const {
  const Descriptor& descriptor = *claim.detection->descriptor;
  return call_binding(options_.scope, is_governance(descriptor) ? "governance" : "tool_call", descriptor.name,
                      moment.event.name, moment.arguments.raw(), moment.agent);
}

// Row 5: every finding that would hold the call has a grant of its own; approval of one never covers another.
bool InLoop::use_grants(const Moment& moment, const std::vector<Claim>& claims, Intervention& out) {
  // A binding keeps the beginning of a longer name: it could stand for another tool.
  if (moment.event.name.size() > kBoundName || moment.agent.size() > kBoundName) return false;
  std::vector<std::string> bindings;
  std::string edited;
  for (const Claim& claim : claims) {
    std::string binding = binding_of(moment, claim);
    const CallGrants::Grant* grant = grants_.find(binding, now_ms_);
    if (grant == nullptr || grants_.refused(binding) || !json::check_patchable(binding)) return false;
    if (!grant->edited_args.empty() && !edited.empty() && !json::equal_documents(grant->edited_args, edited))
      return false;
    if (!grant->edited_args.empty()) edited = grant->edited_args;
    bindings.push_back(std::move(binding));
  }
  for (const std::string& binding : bindings) grants_.use(binding);
  if (const auto denied = denied_id(moment.event); denied != denied_ids_.end()) denied_ids_.erase(denied);
  taints_.erase(std::remove_if(taints_.begin(), taints_.end(),
                               [&](const Taint& taint) { return taint.holds(moment.event.agent); }),
                taints_.end());
  out.user_note = "Allowed once, by the decision of a person.";
  if (!edited.empty()) out.message = kEdited;
  out.patched_args = std::move(edited);
  return true;
}

void InLoop::hold(const Moment& moment, const std::vector<Claim>& claims, Intervention& out) {
  out.detector = claims.front().detection->descriptor;
  out.confidence = claims.front().detection->confidence;
  out.decision = can_ask() ? Decision::kEscalate : Decision::kBlock;
  if (observing_) return;
  if (use_grants(moment, claims, out)) {
    out.decision = Decision::kAllow;
    return;
  }
  remember_denied(moment.event);
  out.message = out.decision == Decision::kEscalate ? kHeld : kNobody;
  out.user_note = "A call waits for the decision of a person.";
  for (const Claim& claim : claims) {
    if (!grants_.refused(binding_of(moment, claim))) continue;
    out.decision = Decision::kBlock;
    out.message = kRefused;
    out.user_note = "A person refused this call.";
    return;
  }
  if (queue(moment, claims) > options_.policy.limits.denials_per_run) end(kStuck, out);
}

// Cards for a person, one per finding; how often the call has come while its oldest card was open.
std::int64_t InLoop::queue(const Moment& moment, const std::vector<Claim>& claims) {
  std::int64_t times = 0;
  for (const Claim& claim : claims) {
    std::string binding = binding_of(moment, claim);
    const CallGrants::Waiting& card = grants_.wait(binding);
    times = std::max<std::int64_t>(times, card.times);
    const bool governance = is_governance(*claim.detection->descriptor);
    if (!options_.policy.has(governance ? Capability::kHandoff : Capability::kApproval)) continue;
    escalations_.push_back(
        {*claim.detection, claim.position, governance ? "governance" : "tool_call", std::move(binding), card.number});
  }
  return times;
}

void InLoop::end(std::string_view why, Intervention& out) {
  out.decision = Decision::kBlock;
  out.end_run = true;
  out.message = why;
  if (!observing_) ended_ = true;
}

std::vector<std::uint64_t>::iterator InLoop::denied_id(const Event& event) {
  return event.id.empty() ? denied_ids_.end() : std::find(denied_ids_.begin(), denied_ids_.end(), text::hash(event.id));
}

void InLoop::remember_denied(const Event& call) {
  if (call.id.empty()) return;
  if (denied_ids_.size() >= kKeptDenials) denied_ids_.erase(denied_ids_.begin());
  denied_ids_.push_back(text::hash(call.id));
}

// Rows 10 and 11, and the retry budget of 6.5.
void InLoop::deny(const Moment& moment, std::uint64_t key, Words words, Intervention& out) {
  out.decision = Decision::kRetryWithFix;
  if (observing_) return;
  before_ = {denials_, denials_run_, denied_ids_, options_.config, guards_};
  const Limits& limits = options_.policy.limits;
  remember_denied(moment.event);
  const std::uint64_t family = text::combine(moment.event.agent, text::hash(moment.event.name));
  key = text::combine(key, moment.event.agent);
  auto denial = std::find_if(denials_.begin(), denials_.end(), [key](const Denial& known) { return known.key == key; });
  if (denial == denials_.end()) {
    if (denials_.size() >= kKeptDenials) denials_.erase(denials_.begin());
    denial = denials_.insert(denials_.end(), {key, family, 0});
  }
  const auto relatives =
      std::count_if(denials_.begin(), denials_.end(), [family](const Denial& known) { return known.family == family; });
  const bool spent = denial->count >= limits.denials_per_key || denials_run_ >= limits.denials_per_run;
  ++denials_run_;
  if (spent) return end(kStuck, out);
  out.message = denial->count == 0 ? std::move(words.first) : std::move(words.again);
  ++denial->count;
  if (relatives <= static_cast<std::ptrdiff_t>(kFamily)) return;
  out.decision = Decision::kBlock;
  out.message = kFamilyText;
}

// A finding that a SAFE fix bounds: the fix comes into force in this run, and the call is refused with its text.
void InLoop::bound(const Moment& moment, const Claim& claim, Intervention& out) {
  const Policy& policy = options_.policy;
  const Detection& detection = *claim.detection;
  if (detection.descriptor->stage != Stage::kPreTool || detection.confidence < policy.min_confidence_in_loop) return;
  const Finding finding = classify({&detection, {}});
  const auto* healable = std::get_if<HealableFinding>(&finding);
  json::Index index;
  if (healable == nullptr || !index.read(options_.config)) return;
  fix::TargetView view;
  view.config = json::View::root(index);
  view.context = context_;
  const fix::Suggestions suggestions = fix::suggest(*healable, view);
  if (suggestions.items.empty()) return;
  const fix::Suggestion& best = suggestions.items.front();
  GateRequest request;
  request.confidence = detection.confidence;
  request.has_change = best.patch.has_value() || best.prompt_patch.has_value();
  request.now_ms = std::max<std::int64_t>(now_ms_, 0);
  for (const Detection& other : moment.findings.all())
    request.governance_open = request.governance_open || (other.detected && is_governance(*other.descriptor));
  Policy lowered = policy;
  lowered.mode = applying_;
  const GateDecision gate = heal::decide(*healable, best.type(), lowered, request);
  if (gate.outcome == Outcome::kEscalate) {
    const bool goes_on = best.risk() == Risk::kMedium && !policy.block_unverified_medium;
    if (!goes_on) return hold(moment, {claim}, out);
    if (!observing_) static_cast<void>(queue(moment, {claim}));
    return;
  }
  if (gate.outcome != Outcome::kApply || !best.prompt_patch || !policy.has(Capability::kInLoop)) return;
  out.fix = &best.type();
  const std::string firm = fix::system_message(best.draft, view, true).value_or(*best.prompt_patch);
  deny(moment, action_key(moment.event.name, moment.event.text), {*best.prompt_patch, firm}, out);
  if (observing_ || !best.patch) return;
  auto post = json::apply_patch(options_.config, *best.patch);
  json::Index after;
  if (!post || !after.read(*post)) return;
  options_.config = std::move(*post);
  guards_ = guards_.tightened(json::View::root(after), moment.index.actions(moment.event.agent),
                              moment.index.counts().tool_calls);
}

void InLoop::on_result(const Moment& moment, Intervention& out) {
  const Event& event = moment.event;
  guards_.on_result(event);
  if (event.status == CallStatus::kOk) {
    if (const auto denied = denied_id(event); denied != denied_ids_.end()) {
      denied_ids_.erase(denied);
      ++bypassed_;
      out.user_note = "A refused call ran all the same: the host does not enforce decisions.";
      return end(kBypassed, out);
    }
  }
  if (denials_run_ == 0 || event.status != CallStatus::kOk || event.text.empty()) return;
  const std::uint64_t result = text::hash(event.text);
  if (std::find(results_.begin(), results_.end(), result) != results_.end()) return;
  if (results_.size() >= kKeptResults) results_.erase(results_.begin());
  results_.push_back(result);
  --denials_run_;  // progress
}

// Findings about what has happened already. What a person must see holds the agent's next call.
void InLoop::after_step(const Moment& moment, Intervention& out) {
  for (std::size_t i = 0; i < moment.fresh.size(); ++i) {
    const Detection& detection = moment.findings.newest()[i];
    if (!must_hold(*detection.descriptor) || observing_) continue;
    const bool full = taints_.size() >= kKeptTaints;  // too many to tell apart: then every agent waits
    const std::uint32_t agent = full ? kAnyAgent : moment.event.agent;
    const bool known = std::any_of(taints_.begin(), taints_.end(), [&](const Taint& taint) {
      return taint.holds(agent) && (full || taint.detection.descriptor == detection.descriptor);
    });
    if (!known) taints_.push_back({agent, moment.fresh[i], detection});
    out.detector = detection.descriptor;
    out.confidence = detection.confidence;
    out.user_note = "The agent's next call waits for the decision of a person.";
  }
}

}  // namespace agentmend::heal
