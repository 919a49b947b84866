// Settings of a host. Every field can only make healing stricter; a document that tries to loosen something is refused
// whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "error.h"
#include "json/view.h"
#include "text/glob.h"

namespace agentmend::heal {

// Autonomy, lowest first. Combining settings takes the minimum.
enum class Autonomy : std::uint8_t { kRecommend, kEscalate, kVerify, kApply };
[[nodiscard]] std::string_view name_of(Autonomy autonomy);  // recommend_only, escalate, verify_then_apply, apply

enum class Mode : std::uint8_t { kObserve, kRecommend, kEnforce };
enum class MaxAutoRisk : std::uint8_t { kNone, kSafe, kMedium };

enum class Capability : std::uint8_t {
  kTemplates,
  kEnrichment,
  kCodeFixes,
  kInLoop,
  kVerify,
  kAsync,
  kApproval,
  kHandoff,
  kRollout,
  kCount
};

struct NamedRule {  // for a detector or a fix type
  std::string name;
  Autonomy ceiling = Autonomy::kApply;
  bool off = false;  // a detector that is not run
  double threshold = -1;
  double min_confidence = 0;
};

struct FreezeWindow {
  std::int64_t from_ms = 0;
  std::int64_t to_ms = 0;
};

struct Limits {
  std::int64_t max_fixes_per_hour = 5;
  std::int64_t cooldown_ms = 300'000;
  std::int64_t max_consecutive_failures = 3;
  std::int64_t breaker_count = 5;
  std::int64_t breaker_window_ms = 3'600'000;
  std::int64_t denials_per_key = 2;
  std::int64_t denials_per_run = 6;
  double improvement = 0.3;
};

struct Policy {
  std::string rev = "default";
  Mode mode = Mode::kEnforce;
  MaxAutoRisk max_auto_risk = MaxAutoRisk::kMedium;
  bool require_verification = false;
  bool require_cleared = false;
  double min_confidence_auto = 0;
  double min_confidence_in_loop = 0.8;
  std::vector<NamedRule> detectors;
  std::vector<NamedRule> fix_types;
  std::vector<std::string> protected_targets;  // globs: * stands for anything
  std::vector<FreezeWindow> freeze_windows;
  Limits limits;
  bool fail_closed = false;
  bool block_unverified_medium = false;
  bool unattended = false;
  bool allow_observe = false;
  std::vector<std::string> destructive_tools;  // globs
  std::int64_t session_bytes = 2 << 20;  // of kept text; beyond, a session forgets the quietest agents
  std::uint32_t capabilities = (1u << static_cast<unsigned>(Capability::kCount)) - 1;  // plan "open": all
  std::vector<std::string> warnings;  // policy_cannot_raise: an "auto" that has no effect

  [[nodiscard]] bool has(Capability capability) const {
    return ((capabilities >> static_cast<unsigned>(capability)) & 1u) != 0;
  }
  [[nodiscard]] const NamedRule* detector(std::string_view name) const;
  [[nodiscard]] const NamedRule* fix_type(std::string_view name) const;
};

// An absent document is the default policy. Unknown keys, duplicate keys, wrong types, values out of range:
// kPolicyInvalid.
[[nodiscard]] Result<Policy> read_policy(json::View document);

// The stricter of both in every field. Commutative, associative, idempotent.
[[nodiscard]] Policy stricter(const Policy& a, const Policy& b);

using text::matches_glob;

}  // namespace agentmend::heal
