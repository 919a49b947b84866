// What may go on inside a run: the decision table of healing rules 6.3. Refuses with a text what a SAFE fix bounds,
// holds for a person what a person must decide, and counts its own refusals so that every run ends.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fix/suggestion.h"
#include "heal/call_grants.h"
#include "heal/guards.h"
#include "heal/policy.h"
#include "trace/run_index.h"

namespace agentmend::heal {

enum class Decision : std::uint8_t { kAllow, kRetryWithFix, kBlock, kEscalate };  // the stricter the later
[[nodiscard]] std::string_view name_of(Decision decision);

struct InLoopOptions {
  Policy policy;
  Mode mode = Mode::kEnforce;  // asked for by the session or its environment; it can only lower what is applied
  bool can_ask = false;  // an approval endpoint is configured
  bool fail_closed = false;
  RunScope scope;
  std::string config = "{}";  // generic config; the session enforces it
};

struct Intervention {
  Decision decision = Decision::kAllow;
  std::optional<Decision> would;  // observe mode
  bool end_run = false;
  std::string message;  // to the model: typed values only
  std::string_view user_note;
  std::string patched_args;  // JSON, with a grant for edited arguments
  const Descriptor* detector = nullptr;  // whose finding decided
  const FixType* fix = nullptr;
  double confidence = -1;
};

// A held call, or a fix that needs a person: what the escalation request is made of.
struct Escalation {
  Detection detection;
  std::size_t position = 0;  // of the finding in the run's list
  std::string_view kind;  // tool_call or governance
  std::string binding;  // JSON
  std::uint32_t number = 0;  // the same while the card is open
};

struct Moment {
  const Event& event;
  json::View arguments;  // of a call, as given
  std::string_view agent;  // its name; empty = not told
  const RunIndex& index;
  const Findings& findings;
  std::span<const std::size_t> fresh;  // found at this event; details in findings.newest()
};

class InLoop {
 public:
  InLoop() = default;
  void start(InLoopOptions options, const RunContext* context);

  // False: an event without a fresh finding needs no decision.
  [[nodiscard]] bool alert() const { return alert_; }
  void see(std::int64_t at_ms) {  // the time of an event; it never goes back
    if (at_ms > now_ms_) now_ms_ = at_ms;
  }
  [[nodiscard]] Intervention decide(const Moment& moment);
  [[nodiscard]] Result<void> grant(json::View event);
  // The host runs the call that was refused last all the same: as if it had not been refused. That is for what a SAFE
  // fix or a guard bounds; what a person decides cannot be overruled.
  [[nodiscard]] Result<void> overrule();

  // The state of a run, read back over start(): the config in force only where it bounds what the given one bounds;
  // grants never. `findings`: how many there are, for what points at them.
  void exchange(Archive& archive, std::size_t findings);
  [[nodiscard]] std::uint32_t grants_not_restored() const { return grants_not_restored_; }

  [[nodiscard]] std::span<const Escalation> escalations() const { return escalations_; }  // of the last event
  [[nodiscard]] const InLoopOptions& options() const { return options_; }
  [[nodiscard]] std::int64_t now_ms() const { return now_ms_; }
  [[nodiscard]] bool observe_refused() const { return observe_refused_; }
  [[nodiscard]] std::uint32_t not_held() const { return not_held_; }  // calls that observe mode let through
  [[nodiscard]] std::uint32_t bypassed() const { return bypassed_; }  // refused calls that ran all the same

 private:
  static constexpr std::uint32_t kAnyAgent = 0xffffffffu;
  struct Claim {  // a finding that wants something
    const Detection* detection = nullptr;
    std::size_t position = 0;
  };
  struct Taint {  // an agent whose next call waits for a person
    std::uint32_t agent = 0;
    std::size_t position = 0;
    Detection detection;
    [[nodiscard]] bool holds(std::uint32_t other) const { return agent == other || agent == kAnyAgent; }
  };
  struct Denial {
    std::uint64_t key = 0, family = 0;
    std::int64_t count = 0;
  };
  struct Before {  // the last refusal by a fix or a guard
    std::vector<Denial> denials;
    std::int64_t denials_run = 0;
    std::vector<std::uint64_t> denied_ids;
    std::string config;
    Guards guards;
  };
  void on_call(const Moment& moment, Intervention& out);
  void on_result(const Moment& moment, Intervention& out);
  void tripped(const Moment& moment, const GuardTrip& trip, Intervention& out);
  void after_step(const Moment& moment, Intervention& out);
  void hold(const Moment& moment, const std::vector<Claim>& claims, Intervention& out);
  std::int64_t queue(const Moment& moment, const std::vector<Claim>& claims);
  [[nodiscard]] bool use_grants(const Moment& moment, const std::vector<Claim>& claims, Intervention& out);
  void bound(const Moment& moment, const Claim& claim, Intervention& out);
  struct Words {
    std::string first, again;
  };
  void deny(const Moment& moment, std::uint64_t key, Words words, Intervention& out);
  void end(std::string_view text, Intervention& out);
  void remember_denied(const Event& call);
  [[nodiscard]] std::vector<std::uint64_t>::iterator denied_id(const Event& event);
  [[nodiscard]] std::string binding_of(const Moment& moment, const Claim& claim) const;
  [[nodiscard]] bool can_ask() const;
  void wake();

  InLoopOptions options_;
  const RunContext* context_ = nullptr;
  Mode applying_ = Mode::kEnforce;
  bool observing_ = false;  // nothing is held
  bool observe_refused_ = false;
  bool alert_ = false;
  bool ended_ = false;
  Guards guards_;
  CallGrants grants_;
  std::vector<Taint> taints_;
  std::vector<Denial> denials_;
  std::int64_t denials_run_ = 0;
  std::vector<std::uint64_t> denied_ids_;  // hashes of call ids
  std::optional<Before> before_;
  std::vector<std::uint64_t> results_;  // hashes of the last results, while there are denials
  std::vector<Escalation> escalations_;
  std::int64_t now_ms_ = -1;
  std::uint32_t not_held_ = 0, bypassed_ = 0, grants_not_restored_ = 0;
  std::deque<std::string> names_;  // of signals that came out of a snapshot
};

}  // namespace agentmend::heal
