// Detector: mcp_protocol. A tool call over the Model Context Protocol (or a like protocol) fails: unknown tool, bad
// arguments, refused or broken connection, limits, malformed result.
// Quiet on: a warning; a fallback that was used; a cache miss; a part that was left out of a result; nothing found.
// Cost: O(bytes) of the message, of which the first 4,000 count; O(schema × arguments), capped in json/schema.
#include "detectors/detector.h"
#include "json/schema.h"
#include "json/writer.h"
#include "text/cues.h"
#include "text/hash.h"
#include "trace/key_words.h"
#include "trace/result_facts.h"

namespace agentmend::detectors::mcp_protocol {
namespace {

constexpr Descriptor kDescriptor{
    .name = "mcp_protocol",
    .title = "Tool-protocol failure",
    .failure =
        "A tool call over the Model Context Protocol (or a like protocol) fails: unknown tool, bad arguments, refused "
        "or broken connection, limits, malformed result.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPreTool,
    .readiness = Readiness::kBeta,
    .inputs = {{"tool_name"},
               {"status"},
               {"error_message"},
               {"arguments", kOptional},
               {"result", kOptional},
               {"tools_available", kOptional}},
    .fixes = {"retry_limit", "circuit_breaker", "timeout_adjustment", "exponential_backoff", "schema_enforcement"},
    .unfed = "no_tool_calls",
};

// Weights: specification. A message whose status nobody knows must name an error class, or deny something.
constexpr double kFailedCall = 0.9;
constexpr double kErrorResult = 0.7;
constexpr double kNoSuchTool = 0.9;
constexpr double kBadArguments = 0.7;
constexpr double kClassOnly = 0.95;  // strength of a message of a known class without a status
constexpr double kDenialOnly = 0.65;  // … of one that denies something
constexpr double kSoft = 0.2;  // a veto: the call did its work
constexpr std::size_t kTextBytes = 4'000;

// Error classes, in the order in which a message of several is named.
enum Class : std::uint32_t {
  kTimeout = 1u << 0,
  kRateLimit = 1u << 1,
  kAuth = 1u << 2,
  kConnection = 1u << 3,
  kExhausted = 1u << 4,
  kCorrupted = 1u << 5,
  kUnsupported = 1u << 6,
  kNotFound = 1u << 7,
  kArguments = 1u << 8,
  kServer = 1u << 9,
  kOther = 1u << 10,  // an error of no class
  kDenies = 1u << 11,
  kSoftened = 1u << 12,  // a warning, a fallback, a success after all
  kHttp = 1u << 13,
  kNegates = 1u << 14,
};
struct ClassFacts {
  std::string_view name;
  bool retryable;
};
constexpr ClassFacts kClasses[] = {{"timeout", true},
                                   {"rate_limit", true},
                                   {"auth", false},
                                   {"connection", true},
                                   {"resource_exhausted", false},
                                   {"corrupted_data", false},
                                   {"unsupported", false},
                                   {"not_found", false},
                                   {"invalid_arguments", false},
                                   {"server_error", true},
                                   {"error", false}};

constexpr text::CueRow kRows[] = {
    {kTimeout, "timeout|time out|timed out|deadline exceeded|took too long"},
    {kRateLimit, "rate limit*|too many requests|throttl*|quota|requests per minute|requests per second"},
    {kAuth,
     "unauthorized|unauthorised|forbidden|access denied|permission denied|not authorized|authentication failed|"
     "invalid api key|invalid token|expired token|token expired|token has expired|credentials|permission|certificate"},
    {kConnection,
     "connection|connect|econnrefused|econnreset|enotfound|unreachable|network error|dns|broken pipe|socket|"
     "host not found|refused|handshake|hung up"},
    {kExhausted,
     "out of memory|memory limit|heap|disk full|no space|disk quota|quota exceeded|resource exhausted|stack size|"
     "too large|payload too large|exceeds maximum|exceeded maximum"},
    {kCorrupted,
     "corrupt*|malformed|checksum|unexpected token|parse error|cannot parse|could not parse|invalid json|"
     "unexpected end|truncated"},
    {kUnsupported, "unsupported|not supported|not implemented|codec not|no codec|not installed|method not allowed"},
    {kNotFound, "not found|does not exist|no such|unknown tool|unknown method|no longer exists|missing file"},
    {kArguments,
     "invalid|missing required|required parameter|required field|must be|expected|bad request|validation error|"
     "schema violation|not a valid|wrong type|out of range|rejected|illegal"},
    {kServer,
     "internal server error|bad gateway|service unavailable|unavailable|gateway timeout|server error|crashed|"
     "overloaded|down for maintenance|temporarily down|exception|traceback|panic"},
    {kOther, "error|errors|fail*|fault|aborted|cancelled|canceled|killed|fatal"},
    {kDenies, "cannot|can not|could not|couldnt|unable|denied|not|no"},
    {kSoftened,
     "warning|successfully|succeeded|success|completed|passed|cached|cache miss|fallback|fell back|secondary|using "
     "default|"
     "using cached|partial|partially|recovered|retried|degraded|low confidence|skipped|coerced|continuing|deprecated|"
     "resolved|instead|nonetheless|still returned"},
    {kHttp, "http|status|code|smtp"},
    {kNegates, "no|without|zero|0"},
};
constexpr text::CueTable<kRows> kCues;

struct Message {
  std::uint32_t cues = 0;
  int code = 0;  // HTTP or JSON-RPC
};

int number_of(std::string_view word) {
  int value = 0;
  for (const char c : word) {
    if (!is_digit(c) || value > 100'000) return 0;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::uint32_t class_of_code(int code) {
  if (code == 401 || code == 403 || code == 407) return kAuth;
  if (code == 404 || code == 410) return kNotFound;
  if (code == 408 || code == 504) return kTimeout;
  if (code == 429) return kRateLimit;
  if (code == 413 || code == 507) return kExhausted;
  if (code == 405 || code == 415 || code == 501 || code == 32601) return kUnsupported;
  if (code == 32700) return kCorrupted;
  if (code == 32600 || code == 32602) return kArguments;
  if (code == 32603) return kServer;
  if (code >= 400 && code < 500) return kArguments;
  if (code >= 500 && code < 600) return kServer;
  return 0;
}

// `sure`: it is an error, so that any number like a code is one.
Message read_message(std::string_view text, bool sure) {
  Message out;
  const text::Words words(json::cut_utf8(text, kTextBytes));
  std::size_t negated_until = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::uint32_t cues = text::cues_at(kCues, words, i);
    if (i < negated_until) cues &= ~static_cast<std::uint32_t>(kOther | kArguments | kServer);  // "no errors"
    if ((cues & kNegates) != 0) negated_until = i + 3;
    out.cues |= cues;
    const int code = number_of(words.text(i));
    const bool announced = sure || i == 0 || (i > 0 && (text::cues_at(kCues, words, i - 1) & (kHttp | kOther)) != 0) ||
                           (i > 1 && (text::cues_at(kCues, words, i - 2) & kHttp) != 0);
    if (code >= 400 && (code < 600 || (code >= 32600 && code <= 32700)) && announced && out.code == 0) out.code = code;
  }
  out.cues |= class_of_code(out.code);
  return out;
}

const ClassFacts& facts_of(std::uint32_t cues) {
  for (std::size_t i = 0; i + 1 < std::size(kClasses); ++i) {
    if ((cues >> i & 1u) != 0) return kClasses[i];
  }
  return kClasses[std::size(kClasses) - 1];
}

constexpr std::uint32_t kAnyClass = (1u << 10) - 1;

enum class State : std::uint8_t { kUnknown, kOk, kFailed };
State state_of(std::string_view status) {
  if (is_one_of(status, "ok|success|succeeded|successful|completed|complete|done|200|passed")) return State::kOk;
  if (is_one_of(status,
                "error|failed|failure|timeout|timed_out|cancelled|canceled|aborted|rejected|denied|fail|crashed"))
    return State::kFailed;
  return State::kUnknown;
}

bool same_tool(std::string_view a, std::string_view b) {
  // Case and separators aside: Get-Weather is get_weather.
  std::size_t i = 0;
  std::size_t k = 0;
  const auto part = [](char c) { return is_letter(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80; };
  while (true) {
    while (i < a.size() && !part(a[i])) ++i;
    while (k < b.size() && !part(b[k])) ++k;
    if (i == a.size() || k == b.size()) return i == a.size() && k == b.size();
    if (lower(a[i++]) != lower(b[k++])) return false;
  }
}

struct Declared {
  bool any = false;
  bool found = false;
  json::View schema;
};
Declared declared(json::View tools, std::string_view name) {
  Declared out;
  json::for_each(tools, [&](json::View tool, std::size_t) {
    const json::View function = tool["function"];
    const json::View of = function.is_object() ? function : tool;
    const std::string known = of.is_object() ? of["name"].text() : of.text();
    if (known.empty()) return;
    out.any = true;
    if (!same_tool(known, name)) return;
    out.found = true;
    for (const std::string_view key : {"input_schema", "inputSchema", "parameters", "schema"}) {
      if (of[key].is_object()) out.schema = of[key];
    }
  });
  return out;
}

struct Call {
  std::string tool;
  State state = State::kUnknown;
  std::string error;
  Place place;
};

void judge_message(const Call& call, const Message& message, Verdict& verdict) {
  const bool classed = (message.cues & kAnyClass) != 0 || message.code != 0;
  const bool soft = (message.cues & kSoftened) != 0;
  double strength = 0;
  if (call.state == State::kFailed) {
    strength = 1;
  } else if (!call.error.empty()) {
    strength = classed || (message.cues & kOther) != 0 ? kClassOnly : (message.cues & kDenies) != 0 ? kDenialOnly : 0;
  }
  verdict.signal(call.state == State::kFailed ? "failed" : "error_message", strength, kFailedCall);
  if (call.state != State::kFailed && soft) verdict.cap("did_its_work", kSoft);
  if (call.state == State::kOk && !soft && strength > 0) verdict.suppress("status_ok", 0.5);
  if (strength > 0) verdict.evidence("error_message", "/error_message", call.error, {}, call.place);
}

std::string summary_of(const Call& call, const ClassFacts& facts, double confidence) {
  if (confidence < 0.5) return "The call did its work.";
  return say({"The call of `", json::cut_utf8(call.tool, 100), "` failed (", facts.name,
              facts.retryable ? "); trying again may help." : "); trying again does not help."});
}

Detection finish(Verdict& verdict, const Call& call, const ClassFacts& facts) {
  if (verdict.confidence() > 0) verdict.subtype(facts.name);
  if (facts.name == "auth" || facts.name == "corrupted_data") verdict.severity(Severity::kHigh);
  verdict.evidence("retryable", "/error_message", facts.retryable ? "retryable" : "not retryable", {}, call.place);
  return verdict.done(summary_of(call, facts, verdict.confidence()));
}

Detection ask(json::View input, const Options& options) {
  for (const std::string_view key : {"tool_name", "status", "error_message"}) {
    const json::View value = input[key];
    if (value.is_null()) return insufficient(kDescriptor, key);
    if (!value.is_string()) return invalid(kDescriptor, key);
  }
  Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
  Call call;
  call.tool = input["tool_name"].text();
  call.state = state_of(input["status"].text());
  call.error = input["error_message"].text();
  const Message message = read_message(call.error, call.state == State::kFailed);
  const ClassFacts* facts = &facts_of(message.cues);
  judge_message(call, message, verdict);

  std::string storage;
  const json::View result = input["result"];
  if (!result.is_null() && call.state != State::kFailed) {
    const std::string_view text = json::as_text(result, storage);
    if (read_result(text).failed || result["isError"].boolean(false)) {
      verdict.signal("error_result", 1, kErrorResult).evidence("error_result", "/result", text);
      if (call.error.empty()) facts = &facts_of(read_message(text, true).cues);
    }
  }
  const Declared tool = declared(input["tools_available"], call.tool);
  if (tool.any && !tool.found) {
    verdict.signal("unknown_tool", 1, kNoSuchTool).evidence("unknown_tool", "/tool_name", call.tool);
    facts = &facts_of(kNotFound);
  } else if (tool.schema && input["arguments"].is_object()) {
    if (const auto misfit = json::misfit(tool.schema, input["arguments"])) {
      verdict.signal("arguments", 1, kBadArguments);
      verdict.evidence("arguments", say({"/arguments", misfit->path}), misfit->keyword, misfit->expected);
      facts = &facts_of(kArguments);
    }
  }
  return finish(verdict, call, *facts);
}

// Calls of a run: an error that the agent reads and acts upon is no failure of the run. What counts is a tool that
// failed by protocol each time it was called, twice or more, and so never helped.
struct Tool {
  std::uint64_t key = 0;
  std::string name;
  std::size_t failures = 0;
  bool worked = false;
  std::string error;
  Place place;
  std::uint32_t step = 0;
  std::uint32_t agent = 0;
};
constexpr std::size_t kMaxTools = 200;
constexpr std::size_t kMinFailures = 2;

class Tools {
 public:
  void call(const Event& event) {
    if (event.id.empty()) {
      last_ = at(event.name);
    } else if (calls_.size() < kMaxCalls) {
      calls_.emplace_back(text::hash(event.id), at(event.name));
      last_ = calls_.back().second;
    }
  }
  void result(const Event& event) {
    std::size_t tool = event.name.empty() ? last_ : at(event.name);
    if (event.name.empty() && !event.id.empty()) {
      const std::uint64_t key = text::hash(event.id);
      for (std::size_t back = calls_.size(); back-- > 0 && back + kNear >= calls_.size();) {
        if (calls_[back].first == key) tool = calls_[back].second;
      }
    }
    if (tool >= tools_.size()) return;
    Tool& of = tools_[tool];
    if (event.status != CallStatus::kError) {
      of.worked = true;
      return;
    }
    const std::string_view text = event.error.empty() ? event.text : event.error;
    if ((read_message(text, true).cues & kByProtocol) == 0) return;  // the tool answered: "no such user" is an answer
    ++of.failures;
    of.error = std::string(json::cut_utf8(text, kTextBytes));
    of.place = event.place;
    of.step = event.step;
    of.agent = event.agent;
  }
  [[nodiscard]] const std::vector<Tool>& all() const { return tools_; }

 private:
  static constexpr std::uint32_t kByProtocol = kTimeout | kRateLimit | kAuth | kConnection | kExhausted | kServer;
  static constexpr std::size_t kMaxCalls = 100'000;
  static constexpr std::size_t kNear = 64;  // calls open at once
  std::size_t at(std::string_view name) {
    const std::uint64_t key = text::hash(name);
    for (std::size_t i = 0; i < tools_.size(); ++i) {
      if (tools_[i].key == key) return i;
    }
    if (tools_.size() >= kMaxTools) return tools_.size();
    Tool& tool = tools_.emplace_back();
    tool.key = key;
    tool.name = std::string(name);
    return tools_.size() - 1;
  }
  std::vector<Tool> tools_;
  std::vector<std::pair<std::uint64_t, std::size_t>> calls_;
  std::size_t last_ = kMaxTools;
};

void conclude(const Trace& trace, const RunIndex& index, const Options& options, Findings& findings) {
  Tools tools;
  for (const Event& event : trace.events) {
    if (event.kind == EventKind::kToolCall) tools.call(event);
    if (event.kind == EventKind::kToolResult) tools.result(event);
  }
  if (!tools.all().empty()) findings.asked(kDescriptor);
  for (const Tool& tool : tools.all()) {
    if (tool.worked || tool.failures < kMinFailures) continue;
    Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
    Call call{tool.name, State::kFailed, tool.error, tool.place};
    judge_message(call, read_message(tool.error, true), verdict);
    Detection detection = finish(verdict, call, facts_of(read_message(tool.error, true).cues));
    detection.step = tool.step;
    if (tool.agent < index.agents().size()) detection.agent = index.agents()[tool.agent];
    findings.add(std::move(detection));
  }
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask, .conclude = conclude};

}  // namespace agentmend::detectors::mcp_protocol
