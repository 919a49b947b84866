#include "trace/action_key.h"

#include "trace/key_words.h"
#include "trace/loose_walk.h"

namespace agentmend {
namespace {

// Members that make two calls differ although they ask for the same. Kept short on purpose: dropping a key that names
// an entity ("id", "page", "step") would make honest work look like a loop.
bool is_volatile_argument(std::string_view key) {
  char name[24];
  std::size_t length = 0;
  for (const char c : key) {
    if (c == '_' || c == '-' || c == '.') continue;
    if (length == sizeof(name)) return false;  // longer than any in the list
    name[length++] = lower(c);
  }
  const std::string_view folded(name, length);
  const auto is = [folded](auto... names) { return ((folded == names) || ...); };
  switch (length == 0 ? '\0' : name[0]) {
    case 'a': return is("attempt", "attempts", "attemptnumber", "attemptno");
    case 'c':
      return is("cachebuster", "correlationid", "callid", "currenttime", "clienttoken", "clientrequestid", "counter");
    case 'i': return is("idempotencykey", "invocationid", "iteration");
    case 'n': return is("nonce", "now");
    case 'r':
      return is("requestid", "requesttime", "requestuuid", "retry", "retries", "retrycount", "retryattempt",
                "retrynumber");
    case 's': return is("spanid", "stepcount", "stepnumber", "stepindex", "stepno");
    case 't':
      return is("timestamp", "ts", "traceid", "traceparent", "toolcallid", "turn", "turncount", "turnnumber",
                "turnindex", "try", "tries");
    default: return false;
  }
}

struct CallWatch {
  static loose::Drop drop(std::string_view key) {
    return is_volatile_argument(key) ? loose::kDropSecond : loose::kKeep;
  }
  static void scalar(std::string_view, std::string_view, bool, int) {}
  static void object(std::string_view, int) {}
  static void list(std::string_view, std::size_t, int) {}
};

}  // namespace

CallHash hash_call(std::string_view tool, std::string_view arguments) {
  using text::combine;
  const std::uint64_t name = text::hash(tool);
  const std::string_view trimmed = trim(arguments);
  if (trimmed.empty() || trimmed == "{}" || trimmed == "null") return {text::mix(name), text::mix(name)};
  if (trimmed.front() == '{' || trimmed.front() == '[') {
    CallWatch watch;
    loose::Walk<CallWatch> walk(trimmed, watch);
    const loose::Pair pair = walk.run();
    if (walk.clean()) return {combine(name, pair.first), combine(name, pair.second)};
  }
  const std::uint64_t whole = combine(name, text::hash(trimmed));
  return {whole, whole};
}

}  // namespace agentmend
