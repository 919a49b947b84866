// The list of generators. One line per detector.
#include "fix/generator.h"

namespace agentmend::fix {

// A macro, so that a new generator is one line here: it declares the function and lists it.
#define AGENTMEND_GENERATORS(X) \
  X(loop)                       \
  X(n8n_error)                  \
  X(retrieval_quality)          \
  X(n8n_complexity)             \
  X(n8n_cycle)                  \
  X(n8n_timeout)                \
  X(corruption)                 \
  X(cost)                       \
  X(overflow)                   \
  X(model_selection)            \
  X(repetition)                 \
  X(resource_misallocation)     \
  X(injection)

#define AGENTMEND_DECLARE(name)                                                                    \
  namespace generators::name {                                                                     \
  void generate(const Detection& detection, const TargetView& target, std::vector<Draft>& drafts); \
  }
AGENTMEND_GENERATORS(AGENTMEND_DECLARE)
#undef AGENTMEND_DECLARE

namespace {
#define AGENTMEND_LIST(name) {#name, &generators::name::generate, 1},
constexpr Generator kGenerators[] = {AGENTMEND_GENERATORS(AGENTMEND_LIST)};
#undef AGENTMEND_LIST
#undef AGENTMEND_GENERATORS
}  // namespace

std::span<const Generator> all_generators() { return kGenerators; }

const Generator* find_generator(std::string_view detector) {
  for (const Generator& generator : kGenerators) {
    if (generator.detector == detector) return &generator;
  }
  return nullptr;
}

std::string Found::pointer(std::string_view member) const {
  return "/evidence/" + std::to_string(position) + "/" + std::string(member);
}

Found find_evidence(const Detection& detection, std::string_view kind) {
  for (std::size_t i = 0; i < detection.evidence.size(); ++i) {
    if (detection.evidence[i].kind == kind) return {&detection.evidence[i], i};
  }
  return {};
}

std::int64_t integer_of(std::string_view text, std::int64_t otherwise) {
  json::Index index;
  return index.read(text) ? json::View::root(index).integer().value_or(otherwise) : otherwise;
}

std::string string_of(std::string_view text) {
  json::Index index;
  return index.read(text) ? json::View::root(index).text() : std::string();
}

}  // namespace agentmend::fix
