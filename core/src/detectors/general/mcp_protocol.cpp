// Detector: mcp_protocol. A tool call over the Model Context Protocol (or a like protocol) fails: unknown tool, bad
// arguments, refused or broken connection, limits, malformed result.
#include "detectors/detector.h"

namespace agentmend::detectors::mcp_protocol {
namespace {

constexpr Descriptor kDescriptor{
    .name = "mcp_protocol",
    .title = "Tool-protocol failure",
    .failure =
        "A tool call over the Model Context Protocol (or a like protocol) fails: unknown tool, bad arguments, refused "
        "or broken connection, limits, malformed result.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPreTool,
    .readiness = Readiness::kPlanned,
    .inputs = {{"tool_name"},
               {"status"},
               {"error_message"},
               {"arguments", kOptional},
               {"result", kOptional},
               {"tools_available", kOptional}},
    .fixes = {"retry_limit", "circuit_breaker", "timeout_adjustment", "exponential_backoff", "schema_enforcement"},
};

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor};

}  // namespace agentmend::detectors::mcp_protocol
