// Which source can feed which detector (docs: ingestion, "What feeds which detector").
#pragma once

#include <string_view>

#include "detectors/detector.h"

namespace agentmend {

inline constexpr std::string_view kFeedingSources[] = {
    "otlp",          "n8n-workflow",   "n8n-execution", "langgraph",        "langsmith",     "dify-run",
    "openclaw",      "managed-agents", "claude-code",   "claude-agent-sdk", "openai-agents", "openai-chat",
    "vercel-ai-sdk", "atif",           "plain-chat",    "agentmend",
};

// A letter per source: '+' fed, 'o' in part, '-' not.
[[nodiscard]] std::string_view feeds_of(const Descriptor& descriptor);

}  // namespace agentmend
