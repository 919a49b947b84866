// Decisions of people about calls that wait: which are open, which may go on once, which were refused. A grant says
// exactly what it lets through (the binding document of healing rules 8.5) and is used once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "error.h"
#include "json/view.h"

namespace agentmend {
class Archive;
}

namespace agentmend::heal {

struct RunScope {
  std::string tenant = "local", project = "default", run_id, policy_rev = "default";
};

constexpr std::size_t kBoundName = 200;  // bytes of a tool's or an agent's name in a binding (schema)

// What a decision about one call is bound to, as JSON with its members in a fixed order.
[[nodiscard]] std::string call_binding(const RunScope& scope, std::string_view kind, std::string_view detector,
                                       std::string_view tool, std::string_view arguments_json, std::string_view agent,
                                       std::string_view fix_json = "null", std::string_view target_json = "null");

class CallGrants {
 public:
  static constexpr std::size_t kMaxGrants = 64;  // unused ones; a person decides one call at a time
  static constexpr std::size_t kMaxHeld = 1024;  // calls remembered; an older one that comes again gets a new card

  struct Grant {
    std::string binding;
    std::string edited_args;  // JSON: what to run instead; empty = the call as it is
    std::int64_t expires_ms = -1;
  };

  // {"type": "grant" | "refusal", ...binding, "edited_args"?, "expires_at_ms"?, "ts"?}. A document that names another
  // run, tenant or policy, or that is late, used or malformed is refused and changes nothing.
  [[nodiscard]] Result<void> read(json::View event, const RunScope& scope, std::int64_t now_ms);

  [[nodiscard]] const Grant* find(std::string_view binding, std::int64_t now_ms) const;
  void use(std::string_view binding);
  [[nodiscard]] bool refused(std::string_view binding) const;

  struct Waiting {
    std::uint64_t key = 0;
    std::uint32_t number = 0;  // of the card in this run, from 1
    std::uint32_t times = 0;  // the call came while the card was open
    enum State : std::uint8_t { kOpen, kUsed, kRefused } state = kOpen;
  };
  // The card of a held call: the same while it is open.
  [[nodiscard]] Waiting& wait(std::string_view binding);

  [[nodiscard]] std::size_t unused() const { return grants_.size(); }
  // Cards, and what became of them. Never a grant: an older snapshot would let a call through a second time.
  void exchange(Archive& archive);

 private:
  [[nodiscard]] Waiting* known(std::uint64_t key);
  std::vector<Grant> grants_;
  std::vector<Waiting> waiting_;
  std::uint32_t cards_ = 0;
};

}  // namespace agentmend::heal
