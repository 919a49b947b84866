// The plain C exports, the same in both modules: bytes in through one shared buffer, a number or (pointer, length) out.
// Single-threaded by nature of the module, so the two buffers may be shared.
#include <cstdint>
#include <new>
#include <string>

#include "agentmend/engine.h"
#include "agentmend/session.h"

#if defined(__EMSCRIPTEN__)
#include <emscripten/emscripten.h>
#define AGENTMEND_EXPORT(name) extern "C" EMSCRIPTEN_KEEPALIVE
#else
#define AGENTMEND_EXPORT(name) extern "C" __attribute__((used, visibility("default"), export_name(#name)))
#endif

#if !defined(__EMSCRIPTEN__)
// The C++ library says goodbye with vfprintf, which is 10 kB of a module that has nowhere to print to.
extern "C" [[noreturn]] void abort_message(const char*, ...) { __builtin_trap(); }
namespace std {
inline namespace _LIBCPP_ABI_NAMESPACE {
[[noreturn]] void __libcpp_verbose_abort(const char*, ...) { __builtin_trap(); }
}  // namespace _LIBCPP_ABI_NAMESPACE
}  // namespace std
#endif

namespace {
std::string input;  // grows; released by input_buffer(0)
std::string output;  // the last answer
}  // namespace

AGENTMEND_EXPORT(abi_version) std::uint32_t abi_version() { return 1; }

AGENTMEND_EXPORT(input_buffer) char* input_buffer(std::uint32_t bytes) {
  if (bytes == 0) {
    input = std::string();
  } else if (input.size() < bytes) {
    input.resize(bytes);
  }
  return input.data();
}
AGENTMEND_EXPORT(output_data) const char* output_data() { return output.data(); }
AGENTMEND_EXPORT(output_size) std::uint32_t output_size() { return static_cast<std::uint32_t>(output.size()); }

// The buffer holds the operation's name, then the request.
AGENTMEND_EXPORT(call) void call(std::uint32_t name_bytes, std::uint32_t request_bytes) {
  const std::string_view bytes(input);
  output = agentmend::call(bytes.substr(0, name_bytes), bytes.substr(name_bytes, request_bytes));
}

AGENTMEND_EXPORT(session_new) agentmend::Session* session_new(std::uint32_t bytes) {
  return new (std::nothrow) agentmend::Session(std::string_view(input).substr(0, bytes));
}
// The buffer holds the options, then the snapshot.
AGENTMEND_EXPORT(session_restore)
agentmend::Session* session_restore(std::uint32_t option_bytes, std::uint32_t snapshot_bytes) {
  const std::string_view bytes(input);
  return new (std::nothrow)
      agentmend::Session(bytes.substr(0, option_bytes), bytes.substr(option_bytes, snapshot_bytes));
}
AGENTMEND_EXPORT(session_snapshot) void session_snapshot(const agentmend::Session* session) {
  output = session->snapshot();
}
AGENTMEND_EXPORT(session_event) std::uint32_t session_event(agentmend::Session* session, std::uint32_t bytes) {
  return session->event(std::string_view(input).substr(0, bytes));
}
AGENTMEND_EXPORT(session_result) void session_result(agentmend::Session* session, std::uint32_t which) {
  output = session->result(which);
}
AGENTMEND_EXPORT(session_free) void session_free(agentmend::Session* session) { delete session; }
