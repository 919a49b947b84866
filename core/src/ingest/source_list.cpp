// One line per source. To add one: a file, a line here, samples and a test.
#include "ingest/sources.h"

namespace agentmend {

// A macro, so that a new source is one line here: it declares the entry and lists it.
#define AGENTMEND_SOURCES(X) \
  X(kAgentmendSource)        \
  X(kAtifSource)             \
  X(kOtlpSource)             \
  X(kN8nExecutionSource)     \
  X(kN8nWorkflowSource)      \
  X(kDifyDslSource)          \
  X(kDifyRunSource)          \
  X(kLangsmithSource)        \
  X(kLanggraphSource)        \
  X(kOpenclawSource)         \
  X(kManagedAgentsSource)    \
  X(kClaudeCodeSource)       \
  X(kClaudeAgentSdkSource)   \
  X(kOpenaiAgentsSource)     \
  X(kOpenaiResponsesSource)  \
  X(kOpenaiChatSource)       \
  X(kVercelSource)           \
  X(kChatSource)

#define AGENTMEND_DECLARE(name) extern const Source name;
AGENTMEND_SOURCES(AGENTMEND_DECLARE)
#undef AGENTMEND_DECLARE

namespace {

#define AGENTMEND_LIST(name) &name,
constexpr const Source* kSources[] = {AGENTMEND_SOURCES(AGENTMEND_LIST)};
#undef AGENTMEND_LIST

}  // namespace

std::span<const Source* const> all_sources() { return kSources; }

const Source* find_source(std::string_view id) {
  for (const Source* source : kSources) {
    if (source->id == id) return source;
  }
  return nullptr;
}

}  // namespace agentmend
