#include "agentmend/session.h"

#include "engine/replay.h"

namespace agentmend {

struct Session::State {
  RunIndex index;
  Findings findings;
};

Session::Session(std::string_view) : state_(new State) {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

std::uint32_t Session::event(std::string_view) { return 0; }
std::string Session::result(std::uint32_t) { return "null"; }

}  // namespace agentmend
