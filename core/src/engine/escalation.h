// The body of an escalation request (schema escalation-request) without its digests: the host seals binding_hash and
// the handoff's dedupe_key.
#pragma once

#include <cstdint>

#include "engine/envelope.h"
#include "heal/in_loop.h"

namespace agentmend::engine {

void write_escalation(json::Writer& writer, const heal::Escalation& escalation, const Envelope& envelope,
                      const heal::RunScope& scope, std::int64_t now_ms);

}  // namespace agentmend::engine
