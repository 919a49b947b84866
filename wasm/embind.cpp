// What Embind declares: the one-shot call. Sessions go through the raw exports (raw_exports.cpp), which this module
// links too: an Embind call costs more than ten times a raw one.
#include <emscripten/bind.h>

#include "agentmend/engine.h"

namespace {
std::string call(const std::string& operation, const std::string& request) {
  return agentmend::call(operation, request);
}
}  // namespace

EMSCRIPTEN_BINDINGS(agentmend) { emscripten::function("call", &call); }
