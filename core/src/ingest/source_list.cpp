// One line per source. To add one: a file, a line here, samples and a test.
#include "ingest/sources.h"

namespace agentmend {

extern const Source kAgentmendSource;
extern const Source kAtifSource;
extern const Source kChatSource;
extern const Source kDifyDslSource;
extern const Source kN8nExecutionSource;
extern const Source kN8nWorkflowSource;
extern const Source kOpenaiAgentsSource;
extern const Source kOpenaiChatSource;
extern const Source kOpenaiResponsesSource;
extern const Source kOtlpSource;
extern const Source kVercelSource;

namespace {

constexpr const Source* kSources[] = {
    &kAgentmendSource,   &kAtifSource,    &kOtlpSource,         &kN8nExecutionSource,
    &kN8nWorkflowSource, &kDifyDslSource, &kOpenaiAgentsSource, &kOpenaiResponsesSource,
    &kOpenaiChatSource,  &kVercelSource,  &kChatSource,
};

}  // namespace

std::span<const Source* const> all_sources() { return kSources; }

const Source* find_source(std::string_view id) {
  for (const Source* source : kSources) {
    if (source->id == id) return source;
  }
  return nullptr;
}

}  // namespace agentmend
