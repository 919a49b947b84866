#include "heal/policy.h"

#include <algorithm>

#include "detectors/registry.h"
#include "fix/fix_type.h"
#include "order.h"

namespace agentmend::heal {
namespace {

struct Problem {
  std::string at;
  std::string message;
};

// Reads members by name, remembers the first problem, and refuses what was not asked for.
class Section {
 public:
  Section(json::View object, std::string path, Problem& problem)
      : object_(object), path_(std::move(path)), problem_(problem) {
    if (object_ && !object_.is_null() && !object_.is_object()) complain("", "must be an object");
  }

  [[nodiscard]] json::View take(std::string_view key) {
    known_.emplace_back(key);
    return object_[key];
  }
  void complain(std::string_view key, std::string_view what) {
    if (problem_.message.empty())
      problem_ = {path_ + (key.empty() ? "" : "/" + json::escape_token(key)),
                  "This setting " + std::string(what) + "."};
  }
  void integer(std::string_view key, std::int64_t& value, std::int64_t low, std::int64_t high) {
    const json::View view = take(key);
    if (!view) return;
    const auto number = view.integer();
    if (!number || *number < low || *number > high)
      return complain(key, "must be a whole number in its range; it can only be made stricter");
    value = *number;
  }
  void number(std::string_view key, double& value, double low, double high) {
    const json::View view = take(key);
    if (!view) return;
    const auto read = view.number();
    if (!read || !(*read >= low && *read <= high))
      return complain(key, "must be a number in its range; it can only be made stricter");
    value = *read;
  }
  void boolean(std::string_view key, bool& value) {
    const json::View view = take(key);
    if (!view) return;
    if (!view.is_bool()) return complain(key, "must be true or false");
    value = view.boolean(value);
  }
  // Position of the word in `words`, or -1.
  int choice(std::string_view key, std::initializer_list<std::string_view> words) {
    const json::View view = take(key);
    if (!view) return -1;
    int i = 0;
    for (const std::string_view word : words) {
      if (view.equals(word)) return i;
      ++i;
    }
    complain(key, "has a value that is not allowed");
    return -1;
  }
  void strings(std::string_view key, std::vector<std::string>& values, std::size_t most) {
    const json::View view = take(key);
    if (!view) return;
    if (!view.is_array() || view.size() > most) return complain(key, "must be a list of strings, not too long");
    json::for_each(view, [&](json::View item, std::size_t) {
      if (!item.is_string() || item.text().empty()) return complain(key, "must be a list of strings");
      values.push_back(item.text());
    });
  }
  void done() {
    json::for_each_member(object_, [this](std::string_view key, json::View) {
      if (std::find(known_.begin(), known_.end(), key) == known_.end()) complain(key, "is not known");
    });
  }
  [[nodiscard]] json::View object() const { return object_; }

 private:
  json::View object_;
  std::string path_;
  Problem& problem_;
  std::vector<std::string> known_;
};

// "auto" means no ceiling; it never raises.
Autonomy ceiling_of(int word, std::initializer_list<Autonomy> meanings) {
  return word < 0 ? Autonomy::kApply : *(meanings.begin() + word);
}

void read_detectors(json::View view, Policy& policy, Problem& problem) {
  Section section(view, "/detectors", problem);
  json::for_each_member(view, [&](std::string_view name, json::View value) {
    const Entry* entry = find_detector(name);
    if (entry == nullptr) return section.complain(name, "names no detector");
    const bool governance = is_governance(*entry->descriptor);
    NamedRule rule;
    rule.name = std::string(name);
    Section item(value, "/detectors/" + std::string(name), problem);
    if (governance) {
      const int word = item.choice("action", {"escalate", "auto"});
      rule.ceiling = ceiling_of(word, {Autonomy::kEscalate, Autonomy::kApply});
      if (word == 1) policy.warnings.push_back("policy_cannot_raise: /detectors/" + rule.name + "/action");
      item.number("threshold", rule.threshold, 0, entry->descriptor->threshold);
    } else {
      const int word = item.choice("action", {"off", "recommend", "escalate", "auto"});
      rule.off = word == 0;
      rule.ceiling =
          ceiling_of(word, {Autonomy::kRecommend, Autonomy::kRecommend, Autonomy::kEscalate, Autonomy::kApply});
      item.number("threshold", rule.threshold, 0, 1);
      item.number("min_confidence", rule.min_confidence, 0, 1);
      if (word == 3 && bucket_of(*entry->descriptor) != Bucket::kSafeAuto)
        policy.warnings.push_back("policy_cannot_raise: /detectors/" + rule.name + "/action");
    }
    item.done();
    policy.detectors.push_back(std::move(rule));
  });
}

void read_fix_types(json::View view, Policy& policy, Problem& problem) {
  Section section(view, "/fix_types", problem);
  json::for_each_member(view, [&](std::string_view name, json::View value) {
    const FixType* type = find_fix_type(name);
    if (type == nullptr) return section.complain(name, "names no fix type");
    NamedRule rule;
    rule.name = std::string(name);
    Section item(value, "/fix_types/" + std::string(name), problem);
    const int word = item.choice("action", {"recommend", "escalate", "auto"});
    rule.ceiling = ceiling_of(word, {Autonomy::kRecommend, Autonomy::kEscalate, Autonomy::kApply});
    if (word == 2 && type->risk != Risk::kSafe)
      policy.warnings.push_back("policy_cannot_raise: /fix_types/" + rule.name + "/action");
    item.done();
    policy.fix_types.push_back(std::move(rule));
  });
}

void read_limits(json::View view, Policy& policy, Problem& problem) {
  constexpr std::int64_t kForever = 9'007'199'254'740'991;
  Section section(view, "/limits", problem);
  Limits& limits = policy.limits;
  section.integer("max_fixes_per_hour", limits.max_fixes_per_hour, 0, 5);
  section.integer("cooldown_ms", limits.cooldown_ms, 300'000, kForever);
  section.integer("max_consecutive_failures", limits.max_consecutive_failures, 1, 3);
  section.integer("breaker_count", limits.breaker_count, 1, 5);
  section.integer("breaker_window_ms", limits.breaker_window_ms, 3'600'000, kForever);
  section.integer("denials_per_key", limits.denials_per_key, 0, 2);
  section.integer("denials_per_run", limits.denials_per_run, 0, 6);
  section.number("improvement", limits.improvement, 0.3, 1);
  std::int64_t unused = 0;  // read by the host
  section.integer("max_patch_ops", unused, 1, 64);
  section.integer("max_suggestions", unused, 1, 5);
  section.integer("heal_now_budget_ms", unused, 10, 2000);
  section.done();
}

void read_in_loop(json::View view, Policy& policy, Problem& problem) {
  Section section(view, "/in_loop", problem);
  policy.fail_closed = section.choice("fail_mode", {"open", "closed"}) == 1;
  policy.block_unverified_medium =
      section.choice("unverified_medium", {"allow_and_escalate", "block_and_escalate"}) == 1;
  section.boolean("unattended", policy.unattended);
  section.boolean("allow_observe", policy.allow_observe);
  section.strings("destructive_tools", policy.destructive_tools, 500);
  std::int64_t unused = 0;  // the host's deadline
  section.integer("deadline_ms", unused, 5, 1000);
  section.done();
}

constexpr std::string_view kCapabilities[] = {"template_suggestions", "llm_enrichment",     "code_fixes",
                                              "in_loop_healing",      "verify_then_apply",  "async_healing",
                                              "approval_workflow",    "governance_handoff", "staged_rollout"};

// The plan matrix: which capabilities a plan has, in the order above.
std::uint32_t capabilities_of(int plan) {
  constexpr std::uint32_t kPlans[] = {0b000000001, 0b000001111, 0b011111111, 0b011111111, 0b111111111, 0b111111111};
  return plan < 0 ? kPlans[5] : kPlans[plan];
}

void read_plan(Section& top, Policy& policy, Problem& problem) {
  policy.capabilities = capabilities_of(top.choice("plan", {"free", "indie", "pro", "team", "enterprise", "open"}));
  Section section(top.take("capabilities"), "/capabilities", problem);
  for (std::size_t i = 0; i < std::size(kCapabilities); ++i) {
    bool on = true;
    section.boolean(kCapabilities[i], on);
    if (!on) policy.capabilities &= ~(1u << i);  // true has no effect beyond the plan
  }
  section.done();
}

// Settings that the host and the endpoint act on; the core only refuses what is not allowed.
void read_others(Section& top, Policy& policy, Problem& problem) {
  constexpr std::int64_t kForever = 9'007'199'254'740'991;
  std::int64_t number = 0;
  bool flag = false;
  Section input(top.take("input_limits"), "/input_limits", problem);
  for (const std::string_view key : {"max_bytes", "max_depth", "max_events", "max_string"})
    input.integer(key, number, 1, kForever);
  input.integer("session_bytes", policy.session_bytes, 65'536, kForever);
  input.done();
  Section approval(top.take("approval"), "/approval", problem);
  approval.integer("ttl_s", number, 30, 86'400);
  std::vector<std::string> kinds;
  approval.strings("four_eyes", kinds, 3);
  for (const std::string& kind : kinds) {
    if (kind != "dangerous" && kind != "governance" && kind != "all")
      approval.complain("four_eyes", "names an unknown kind");
  }
  approval.boolean("allow_edit", flag);
  approval.done();
  Section enrichment(top.take("enrichment"), "/enrichment", problem);
  enrichment.boolean("enabled", flag);
  enrichment.integer("max_cost_micro_usd", number, 0, 1000);
  enrichment.done();
  Section rollout(top.take("rollout"), "/rollout", problem);
  const json::View steps = rollout.take("steps");
  if (steps && (!steps.is_array() || steps.size() == 0 || steps.size() > 10))
    rollout.complain("steps", "must be a list of 1 to 10 percentages");
  json::for_each(steps, [&rollout](json::View step, std::size_t) {
    const std::int64_t percent = step.integer().value_or(0);
    if (percent < 1 || percent > 100) rollout.complain("steps", "must be a list of percentages, 1 to 100");
  });
  rollout.integer("min_dwell_s", number, 900, kForever);
  rollout.integer("min_runs", number, 30, kForever);
  rollout.done();
  top.boolean("auto_rollback_on_worse", flag);
  top.boolean("allow_custom_shims", flag);
}

void read_freeze_windows(json::View list, Policy& policy, Section& top) {
  constexpr std::int64_t kForever = 9'007'199'254'740'991;
  if (list && (!list.is_array() || list.size() > 50)) top.complain("freeze_windows", "must be a list, not too long");
  json::for_each(list, [&](json::View item, std::size_t) {
    FreezeWindow window{-1, -1};
    Problem inside;
    Section section(item, "", inside);
    section.integer("from_ms", window.from_ms, 0, kForever);
    section.integer("to_ms", window.to_ms, 0, kForever);
    static_cast<void>(section.take("note"));
    section.done();
    if (!item.is_object() || !inside.message.empty() || window.from_ms < 0 || window.to_ms < 0)
      top.complain("freeze_windows", "needs from_ms and to_ms in each window, and no more than a note beside them");
    policy.freeze_windows.push_back(window);
  });
}

}  // namespace

std::string_view name_of(Autonomy autonomy) {
  constexpr std::string_view kNames[] = {"recommend_only", "escalate", "verify_then_apply", "apply"};
  return kNames[static_cast<std::size_t>(autonomy)];
}

const NamedRule* Policy::detector(std::string_view name) const {
  const auto found =
      std::find_if(detectors.begin(), detectors.end(), [name](const NamedRule& rule) { return rule.name == name; });
  return found == detectors.end() ? nullptr : &*found;
}
const NamedRule* Policy::fix_type(std::string_view name) const {
  const auto found =
      std::find_if(fix_types.begin(), fix_types.end(), [name](const NamedRule& rule) { return rule.name == name; });
  return found == fix_types.end() ? nullptr : &*found;
}

Result<Policy> read_policy(json::View document) {
  Policy policy;
  if (document.is_null()) return policy;
  if (const auto twice = json::duplicate_key(document))
    return fail(ErrorCode::kPolicyInvalid, *twice, "The policy has the same key twice.");
  Problem problem;
  Section top(document, "", problem);
  if (top.choice("schema", {"agentmend.policy/1"}) != 0) top.complain("schema", "must be \"agentmend.policy/1\"");
  const json::View rev = top.take("rev");
  policy.rev = rev.text();
  if (policy.rev.empty() || policy.rev.size() > 80) top.complain("rev", "must be a text of 1 to 80 characters");
  const int mode = top.choice("mode", {"observe", "recommend", "enforce"});
  if (mode >= 0) policy.mode = static_cast<Mode>(mode);
  const int risk = top.choice("max_auto_risk", {"none", "safe", "medium"});
  if (risk >= 0) policy.max_auto_risk = static_cast<MaxAutoRisk>(risk);
  top.boolean("require_verification", policy.require_verification);
  top.boolean("require_cleared", policy.require_cleared);
  Section confidence(top.take("min_confidence"), "/min_confidence", problem);
  confidence.number("auto", policy.min_confidence_auto, 0, 1);
  confidence.number("in_loop", policy.min_confidence_in_loop, 0, 1);
  confidence.done();
  read_detectors(top.take("detectors"), policy, problem);
  read_fix_types(top.take("fix_types"), policy, problem);
  top.strings("protected_targets", policy.protected_targets, 200);
  read_freeze_windows(top.take("freeze_windows"), policy, top);
  read_limits(top.take("limits"), policy, problem);
  read_in_loop(top.take("in_loop"), policy, problem);
  read_plan(top, policy, problem);
  read_others(top, policy, problem);
  top.done();
  if (!problem.message.empty()) return fail(ErrorCode::kPolicyInvalid, problem.at, problem.message);
  return policy;
}

namespace {

std::vector<NamedRule> merge(const std::vector<NamedRule>& a, const std::vector<NamedRule>& b) {
  std::vector<NamedRule> out = a;
  for (const NamedRule& rule : b) {
    const auto found =
        std::find_if(out.begin(), out.end(), [&rule](const NamedRule& other) { return other.name == rule.name; });
    if (found == out.end()) {
      out.push_back(rule);
      continue;
    }
    found->ceiling = std::min(found->ceiling, rule.ceiling);
    found->off = found->off && rule.off;  // running a detector is the stricter of the two
    found->threshold = found->threshold < 0 ? rule.threshold
                       : rule.threshold < 0 ? found->threshold
                                            : std::min(found->threshold, rule.threshold);
    found->min_confidence = std::max(found->min_confidence, rule.min_confidence);
  }
  sort_stable(out, [](const NamedRule& x, const NamedRule& y) { return x.name < y.name; });
  return out;
}

template <typename T>
std::vector<T> unite(std::vector<T> a, const std::vector<T>& b) {
  a.insert(a.end(), b.begin(), b.end());
  sort_stable(a, std::less<>());
  a.erase(std::unique(a.begin(), a.end()), a.end());
  return a;
}

// The revisions of both, each once, joined by +.
std::string revisions(std::string_view a, std::string_view b) {
  std::vector<std::string> names;
  for (std::string_view left : {a, b}) {
    while (!left.empty()) {
      const std::size_t end = std::min(left.find('+'), left.size());
      names.emplace_back(left.substr(0, end));
      left.remove_prefix(std::min(end + 1, left.size()));
    }
  }
  names = unite(std::move(names), {});
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : "+") + name;
  return out;
}

}  // namespace

Policy stricter(const Policy& a, const Policy& b) {
  Policy out = a;
  out.rev = revisions(a.rev, b.rev);
  out.mode = std::min(a.mode, b.mode);
  out.max_auto_risk = std::min(a.max_auto_risk, b.max_auto_risk);
  out.require_verification = a.require_verification || b.require_verification;
  out.require_cleared = a.require_cleared || b.require_cleared;
  out.min_confidence_auto = std::max(a.min_confidence_auto, b.min_confidence_auto);
  out.min_confidence_in_loop = std::max(a.min_confidence_in_loop, b.min_confidence_in_loop);
  out.detectors = merge(a.detectors, b.detectors);
  out.fix_types = merge(a.fix_types, b.fix_types);
  out.protected_targets = unite(a.protected_targets, b.protected_targets);
  out.destructive_tools = unite(a.destructive_tools, b.destructive_tools);
  out.freeze_windows.insert(out.freeze_windows.end(), b.freeze_windows.begin(), b.freeze_windows.end());
  const auto by_time = [](const FreezeWindow& x, const FreezeWindow& y) {
    return x.from_ms != y.from_ms ? x.from_ms < y.from_ms : x.to_ms < y.to_ms;
  };
  sort_stable(out.freeze_windows, by_time);
  out.freeze_windows.erase(std::unique(out.freeze_windows.begin(), out.freeze_windows.end(),
                                       [](const FreezeWindow& x, const FreezeWindow& y) {
                                         return x.from_ms == y.from_ms && x.to_ms == y.to_ms;
                                       }),
                           out.freeze_windows.end());
  out.session_bytes = std::max(a.session_bytes, b.session_bytes);  // who forgets less sees more
  out.limits.max_fixes_per_hour = std::min(a.limits.max_fixes_per_hour, b.limits.max_fixes_per_hour);
  out.limits.cooldown_ms = std::max(a.limits.cooldown_ms, b.limits.cooldown_ms);
  out.limits.max_consecutive_failures = std::min(a.limits.max_consecutive_failures, b.limits.max_consecutive_failures);
  out.limits.breaker_count = std::min(a.limits.breaker_count, b.limits.breaker_count);
  out.limits.breaker_window_ms = std::max(a.limits.breaker_window_ms, b.limits.breaker_window_ms);
  out.limits.denials_per_key = std::min(a.limits.denials_per_key, b.limits.denials_per_key);
  out.limits.denials_per_run = std::min(a.limits.denials_per_run, b.limits.denials_per_run);
  out.limits.improvement = std::max(a.limits.improvement, b.limits.improvement);
  out.fail_closed = a.fail_closed || b.fail_closed;
  out.block_unverified_medium = a.block_unverified_medium || b.block_unverified_medium;
  out.unattended = a.unattended || b.unattended;
  out.allow_observe = a.allow_observe && b.allow_observe;
  out.capabilities = a.capabilities & b.capabilities;
  out.warnings = unite(a.warnings, b.warnings);
  return out;
}

}  // namespace agentmend::heal
