// A session as bytes and back, so that a run survives the end of its process.
#pragma once

#include <string>
#include <string_view>

#include "agentmend/session.h"
#include "error.h"

namespace agentmend::engine {

// Into a state that was made from the options of the same run. On failure the state is of no use.
[[nodiscard]] Result<void> restore(std::string_view snapshot, Session::State& state);

}  // namespace agentmend::engine
