// Detector: repetition. One tool or one kind of request dominates the run with slightly changed arguments and little
// new result. Quiet on: reading twenty files of a listed folder; paging; any tool whose calls bring something new each
// time. Cost: O(bytes) of the calls of one agent, 200 of them and 1,000 bytes of each argument and result at most.
#include <algorithm>

#include "detectors/detector.h"
#include "json/writer.h"
#include "order.h"
#include "text/hash.h"
#include "text/math.h"
#include "text/similarity.h"

namespace agentmend::detectors::repetition {
namespace {

constexpr Descriptor kDescriptor{
    .name = "repetition",
    .title = "Repetition with variation",
    .failure =
        "One tool or one kind of request dominates the run with slightly changed arguments and little new result.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPreTool,
    .readiness = Readiness::kBeta,
    .inputs = {{"tool_calls"}},
    .fixes = {"loop_breaker", "retry_limit", "strategy_switch"},
    .unfed = "no_tool_calls",
};

constexpr std::size_t kMinCalls = 5;  // fewer calls dominate nothing
constexpr std::size_t kMaxCalls = 200;  // the last ones
constexpr std::size_t kMaxBytes = 1'000;
constexpr double kSameResult = 0.9;
constexpr double kLeastIdle = 0.3;  // a tool may rightly dominate: without idle calls it is no finding

struct Call {
  std::string_view name, args, result;
  bool failed = false, answered = false;
  std::size_t position = 0;
  Place place;
};

double ramp(double x, double a, double b) { return text::clamp01((x - a) / (b - a)); }

bool is_empty(std::string_view result) {
  for (const std::string_view nothing : {"", "null", "[]", "{}", "\"\"", "none", "None"}) {
    if (result == nothing) return true;
  }
  return false;
}

// What a call brought: an error, nothing, what an earlier one brought, or something new.
std::size_t count_idle(const std::vector<const Call*>& calls) {
  std::vector<std::uint64_t> seen;
  std::size_t idle = 0;
  std::string_view before;
  for (const Call* call : calls) {
    if (!call->answered) continue;
    const std::uint64_t h = text::hash(call->result);
    const bool again = std::find(seen.begin(), seen.end(), h) != seen.end() ||
                       (!before.empty() && before.size() > 20 && text::similarity(before, call->result) > kSameResult &&
                        before.size() * 10 > call->result.size() * 9 && call->result.size() * 10 > before.size() * 9);
    if (call->failed || is_empty(call->result) || again) ++idle;
    seen.push_back(h);
    before = call->result;
  }
  return idle;
}

double middle(std::vector<double> values) {
  if (values.empty()) return 0;
  sort_stable(values, [](double a, double b) { return a < b; });
  return values[values.size() / 2];
}

// The arguments are members of a list that the task names.
double named_by_task(const std::vector<const Call*>& calls, std::string_view task) {
  if (task.empty()) return 0;
  std::size_t named = 0;
  for (const Call* call : calls) {
    json::Index index;
    bool found = false;
    const auto look = [&](json::View value) {
      const std::string text = value.text();
      found = found || (text.size() >= 2 && task.find(text) != std::string_view::npos);
    };
    if (index.read(call->args)) {
      const json::View args = json::View::root(index);
      look(args);
      json::for_each_member(args, [&](std::string_view, json::View value) { look(value); });
    }
    named += found ? 1 : 0;
  }
  return static_cast<double>(named) / static_cast<double>(calls.size());
}

Detection judge(const std::vector<Call>& calls, std::string_view task, const Options& options) {
  Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
  if (calls.size() < kMinCalls) return verdict.done("Too few calls to be dominated by one.");
  std::string_view most;
  std::size_t count = 0;
  std::vector<std::string_view> counted;  // kMaxCalls at most, so quadratic is bounded
  for (const Call& call : calls) {
    if (std::find(counted.begin(), counted.end(), call.name) != counted.end()) continue;
    counted.push_back(call.name);
    const auto n = static_cast<std::size_t>(
        std::count_if(calls.begin(), calls.end(), [&call](const Call& other) { return other.name == call.name; }));
    if (n > count || (n == count && call.name < most)) {
      count = n;
      most = call.name;
    }
  }
  std::vector<const Call*> own;
  for (const Call& call : calls) {
    if (call.name == most) own.push_back(&call);
  }
  const auto answered =
      static_cast<std::size_t>(std::count_if(own.begin(), own.end(), [](const Call* call) { return call->answered; }));
  const std::size_t idle = count_idle(own);
  const double share = static_cast<double>(count) / static_cast<double>(calls.size());
  const double low_yield = answered < kMinCalls ? 0 : static_cast<double>(idle) / static_cast<double>(answered);
  std::vector<double> alike;
  for (std::size_t i = 1; i < own.size(); ++i) alike.push_back(text::similarity(own[i - 1]->args, own[i]->args));
  verdict.signal("s1_dominance", ramp(share, 0.5, 0.85), 0.35);
  verdict.signal("s2_low_yield", ramp(low_yield, 0.4, 0.8), 0.7);
  verdict.signal("s3_alike_arguments", ramp(middle(std::move(alike)), 0.75, 0.95), 0.4);
  if (named_by_task(own, task) > 0.6) verdict.suppress("named_by_the_task", 0.8);
  if (low_yield <= kLeastIdle || own.size() < kMinCalls) verdict.cap("brings_something_new", 0.3);
  json::Writer value;
  value.begin_object().member("calls", count).member("of", calls.size()).member("idle", idle).end_object();
  verdict.evidence({"tool", "/tool_calls/" + json::print_integer(static_cast<std::int64_t>(own.front()->position)),
                    std::string(most), value.take(), "", own.front()->place});
  for (std::size_t i = 0; i < 3 && i < own.size(); ++i) {
    const Call& sample = *own[i * (own.size() - 1) / 2];
    verdict.evidence({"sample", "/tool_calls/" + json::print_integer(static_cast<std::int64_t>(sample.position)),
                      std::string(sample.args), "", "", sample.place});
  }
  Detection detection = verdict.done(
      "`" + std::string(json::cut_utf8(most, 80)) + "` takes " + json::print_integer(static_cast<std::int64_t>(count)) +
      " of " + json::print_integer(static_cast<std::int64_t>(calls.size())) + " calls, and " +
      json::print_integer(static_cast<std::int64_t>(idle)) + " of them brought nothing new.");
  detection.step = static_cast<std::int64_t>(own.back()->position);
  return detection;
}

Detection ask(json::View input, const Options& options) {
  const json::View list = input["tool_calls"];
  if (list.is_null()) return insufficient(kDescriptor, "tool_calls");
  if (!list.is_array()) return invalid(kDescriptor, "tool_calls");
  Arena arena;
  std::vector<Call> calls;
  const std::size_t size = list.size();
  json::for_each(list, [&](json::View item, std::size_t i) {
    if (i + kMaxCalls < size || !item["name"].is_string()) return;
    Call call;
    call.name = arena.keep(json::cut_utf8(arena.text(item["name"]), kMaxBytes));
    if (!item["args"].is_null()) call.args = json::cut_utf8(arena.text(item["args"]), kMaxBytes);
    const json::View result = item["result"], status = item["status"];
    call.failed = status.equals("error") || status.equals("failed") || status.equals("timeout");
    call.answered = call.failed || result.exists();
    if (!result.is_null()) call.result = arena.keep(json::cut_utf8(arena.text(result), kMaxBytes));
    call.position = i;
    calls.push_back(call);
  });
  return judge(calls, options.context == nullptr ? std::string_view() : std::string_view(options.context->task),
               options);
}

// The calls of each agent of a whole run.
void conclude(const Trace& trace, const RunIndex&, const Options& options, Findings& findings) {
  constexpr std::size_t kMaxAgents = 50;
  for (std::uint32_t agent = 0; agent < trace.agents.size() && agent < kMaxAgents; ++agent) {
    std::vector<Call> calls;
    for (const Event& event : trace.events) {
      if (event.agent != agent) continue;
      if (event.kind == EventKind::kToolCall) {
        if (calls.size() >= 2 * kMaxCalls) calls.erase(calls.begin(), calls.begin() + kMaxCalls);
        calls.push_back({event.name, json::cut_utf8(event.text, kMaxBytes), {}, false, false, event.step, event.place});
      } else if (event.kind == EventKind::kToolResult) {
        const auto open = std::find_if(calls.rbegin(), calls.rend(), [&event](const Call& call) {
          return !call.answered && (event.name.empty() || call.name == event.name);
        });
        if (open == calls.rend()) continue;
        open->answered = true;
        open->failed = event.status == CallStatus::kError;
        open->result = json::cut_utf8(event.text, kMaxBytes);
      }
    }
    if (calls.size() < kMinCalls) continue;
    if (calls.size() > kMaxCalls) calls.erase(calls.begin(), calls.end() - static_cast<std::ptrdiff_t>(kMaxCalls));
    findings.asked(kDescriptor);
    Detection detection = judge(calls, trace.task, options);
    detection.agent = std::string(trace.agents[agent]);
    findings.add(std::move(detection));
  }
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask, .conclude = conclude};

}  // namespace agentmend::detectors::repetition
