// What the result of a call says about itself, and when two results say the same. One pass, no tree; a text that was
// cut off inside is fine.
#pragma once

#include <cstdint>
#include <string_view>

namespace agentmend {

enum class KeyClass : std::uint8_t {
  kPlain,
  kVolatile,  // changes by itself and says nothing: clocks, nonces, attempt and turn counters, ids of requests
  kMeter,  // measures the answer, not the world: elapsed time, tokens, bytes
  kIdentity,  // names a record: a new one after every create
  kPosition,  // walks through data: index, page, offset, row
};

// By the words of the key: snake_case, kebab-case, dots and camelCase are the same.
[[nodiscard]] KeyClass classify_key(std::string_view key);

// What a result says about itself.
struct ResultFacts {
  std::uint64_t content = 0;  // hash without volatile and meter members
  std::uint64_t nameless = 0;  // without identities too: what a repeated create returns
  bool failed = false;  // says it is an error
  bool empty = false;  // nothing found, nothing there
  bool bare = false;  // a mere acknowledgement ("ok", {"success":true}) or nothing: no news either way
  bool waiting = false;  // says that something is still under way
};
[[nodiscard]] ResultFacts read_result(std::string_view text);

}  // namespace agentmend
