// What a kind of n8n node is: the class table, in data, and what its parameters add (a GET reads, a POST writes).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "json/view.h"

namespace agentmend {

// Bits of N8nNode::traits.
enum N8nTrait : std::uint32_t {
  kN8nNote = 1u << 0,  // sticky note: never counted
  kN8nTrigger = 1u << 1,
  kN8nAttended = 1u << 2,  // trigger behind which a person waits: manual, form, chat, messenger
  kN8nErrorTrigger = 1u << 3,
  kN8nExternal = 1u << 4,  // calls something outside the instance
  kN8nFallible = 1u << 5,  // external, model, or runs code of the user
  kN8nOutward = 1u << 6,  // sends, writes or spends
  kN8nHarmful = 1u << 7,  // pays, deletes, publishes or approves
  kN8nRead = 1u << 8,  // external and only reads: may be tried again
  kN8nModel = 1u << 9,
  kN8nAgent = 1u << 10,
  kN8nSub = 1u << 11,  // attached to an agent or chain by an ai_* edge
  kN8nTool = 1u << 12,  // a tool of an agent: its error goes to the model
  kN8nPure = 1u << 13,
  kN8nMayYieldZero = 1u << 14,
  kN8nWaits = 1u << 15,
  kN8nBranch = 1u << 16,  // chooses an output
  kN8nLoop = 1u << 17,  // Loop Over Items
  kN8nCode = 1u << 18,
  kN8nRespond = 1u << 19,  // Respond to Webhook
  kN8nStops = 1u << 20,  // Stop and Error
  kN8nSubWorkflow = 1u << 21,
  kN8nNotify = 1u << 22,  // tells a person: mail, chat
  kN8nManual = 1u << 26,  // trigger for trying out: somebody looks at the canvas
  kN8nTimed = 1u << 24,  // trigger that a clock starts
  kN8nHttpTrigger = 1u << 25,  // trigger that any caller starts
  kN8nCalled = 1u << 23,  // trigger that another workflow calls: the caller sees the failure
};

// "@n8n/n8n-nodes-langchain.agent" -> "agent"
[[nodiscard]] std::string_view n8n_short_type(std::string_view type);

[[nodiscard]] std::uint32_t n8n_traits(std::string_view type, json::View node, json::View parameters);

// Main outputs without the error output.
[[nodiscard]] std::uint32_t n8n_outputs(std::string_view short_type, double type_version, json::View parameters);

// The value behind a resource locator {"__rl": true, "value": X}, else the value itself.
[[nodiscard]] json::View n8n_unwrap(json::View value);

// Lower case, without '-', '_', ' ' and '.': how enumerations are compared.
[[nodiscard]] std::string fold_enum(std::string_view text);

// Case-insensitive search for an ASCII text.
[[nodiscard]] bool contains_folded(std::string_view text, std::string_view lower_case);

}  // namespace agentmend
