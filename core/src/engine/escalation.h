// The body of an escalation request (schema escalation-request) without its digests: the host seals binding_hash and
// the handoff's dedupe_key.
#pragma once

#include <cstdint>
#include <string>

#include "engine/envelope.h"
#include "fix/suggestion.h"
#include "heal/governance.h"

namespace agentmend::engine {

struct Card {
  const Finding& finding;
  std::string_view id;  // of the finding
  std::size_t ordinal = 1;
  const fix::Suggestion* suggestion = nullptr;
  std::string_view kind;
  std::string_view binding;  // JSON
  std::string_view key;  // equal while the card is open: a call that comes again finds its card
  const Envelope& envelope;
  const Trace* trace = nullptr;
  std::int64_t now_ms = 0;
  bool call_is_held = false;
};
void write_escalation(json::Writer& writer, const Card& card);

// The hand-off of a governance finding, for the same card.
void write_handoff(json::Writer& writer, const GovernanceFinding& finding, const Card& card);

}  // namespace agentmend::engine
