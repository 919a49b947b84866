// Detector: cost. A run spends more money, tokens, calls or time than its task or its budget justifies.
// Quiet on: a long run inside its stated budget; a run at its usual cost; a context that grows by what was read.
// A limit that is stated decides alone; without one, and without a history, the defaults of the platform are limits
// that weigh less. Cost: O(1) per event of a run (trace/spending.h), O(calls) for a list of calls.
#include <algorithm>

#include "detectors/detector.h"
#include "json/writer.h"
#include "text/math.h"
#include "trace/models.h"

namespace agentmend::detectors::cost {
namespace {

constexpr Descriptor kDescriptor{
    .name = "cost",
    .title = "Cost overrun",
    .failure = "A run spends more money, tokens, calls or time than its task or its budget justifies.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPreTool,
    .readiness = Readiness::kBeta,
    .inputs = {{"usage"},
               {"tool_call_count", kOptional},
               {"duration_ms", kOptional},
               {"budget", kOptional},
               {"baseline", kOptional}},
    .fixes = {"budget_limiter", "cost_monitor", "execution_timeout", "token_optimizer"},
    .unfed = "no_usage",
};

// What an interactive run takes on this platform at most, when nobody has said what it may take.
constexpr std::int64_t kDefaultLlmCalls = 50, kDefaultToolCalls = 100, kDefaultMs = 30 * 60 * 1000;
constexpr double kDefaultWeight = 0.6;
constexpr std::int64_t kEnoughRuns = 10;  // a percentile of fewer says little
constexpr std::uint32_t kGrowingCalls = 4;

struct Measure {
  std::string_view limit;  // the parameter of the budget, as evidence and fix name it
  std::string_view unit;
  std::int64_t used = 0;
  std::int64_t allowed = -1;
};

struct Run {
  const Spending* spending = nullptr;
  Budget budget;
  std::int64_t tool_calls = -1, duration_ms = -1;
  double p95_usd = -1;
  std::int64_t history = 0;
  bool asks_defaults = true;
};

double ramp(double x, double a, double b) { return text::clamp01((x - a) / (b - a)); }

std::string usd(std::int64_t micro) { return json::print_number(static_cast<double>(micro) / 1e6); }

// The measure that is furthest beyond its limit.
Measure worst_of(const Run& run, const Budget& budget) {
  const Spent& total = run.spending->total();
  const Measure all[] = {
      {"max_cost_usd", "USD", total.cost_micro_usd, budget.max_cost_micro_usd},
      {"max_tokens", "tokens", total.tokens(), budget.max_tokens},
      {"max_llm_calls", "model calls", total.calls, budget.max_llm_calls},
      {"max_tool_calls", "tool calls", run.tool_calls, budget.max_tool_calls},
      {"max_duration_ms", "ms", run.duration_ms, budget.max_duration_ms},
  };
  Measure worst;
  double most = -1;
  for (const Measure& one : all) {
    if (one.allowed < 0 || one.used < 0) continue;
    const double share = one.allowed == 0 ? (one.used > 0 ? 2.0 : 0.0)
                                          : static_cast<double>(one.used) / static_cast<double>(one.allowed);
    if (share <= most) continue;
    most = share;
    worst = one;
  }
  return worst;
}

double share_of(const Measure& one) {
  if (one.allowed < 0) return 0;
  if (one.allowed == 0) return one.used > 0 ? 2.0 : 0.0;
  return static_cast<double>(one.used) / static_cast<double>(one.allowed);
}

std::string shown(const Measure& one, std::int64_t value) {
  return one.limit == "max_cost_usd" ? usd(value) : json::print_integer(value);
}

void tell_totals(Verdict& verdict, const Run& run) {
  constexpr std::size_t kMaxModels = 4;
  const auto& models = run.spending->models();
  for (std::size_t i = 0; i < models.size() && i < kMaxModels; ++i) {
    const Spent& spent = models[i].spent;
    json::Writer value;
    value.begin_object().member("calls", spent.calls).member("input_tokens", spent.input_tokens);
    value.member("output_tokens", spent.output_tokens).key("cost_usd");
    if (spent.unpriced == spent.calls) {
      value.null();
    } else {
      value.raw(usd(spent.cost_micro_usd));
    }
    value.member("unpriced_calls", spent.unpriced).member("estimated_calls", spent.estimated).end_object();
    verdict.evidence({"model", "/usage", models[i].model, value.take(), "", {}});
  }
  for (const Spending::Dear& call : run.spending->dearest()) {
    const std::string value = call.cost_micro_usd < 0 ? json::print_integer(call.tokens) : usd(call.cost_micro_usd);
    verdict.evidence({"dear_call", "/usage/" + json::print_integer(call.step), call.model, value, "", call.place});
  }
}

Detection judge(const Run& run, const Options& options, bool quick) {
  Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
  const Spending& spending = *run.spending;
  Measure passed = worst_of(run, run.budget);
  double share = share_of(passed);
  verdict.signal("s1_budget", ramp(share, 0.9, 1.0), 1.0);
  const double cost = static_cast<double>(spending.total().cost_micro_usd) / 1e6;
  const bool compared = run.p95_usd > 0 && run.history >= kEnoughRuns;
  if (compared) verdict.signal("s2_baseline", ramp(cost / run.p95_usd, 1.0, 2.0), 0.7);
  bool by_default = false;
  if (run.budget.empty() && !compared && run.asks_defaults) {
    Budget usual;
    usual.max_llm_calls = kDefaultLlmCalls;
    usual.max_tool_calls = kDefaultToolCalls;
    usual.max_duration_ms = kDefaultMs;
    const Measure beyond = worst_of(run, usual);
    const double strength = ramp(share_of(beyond), 0.9, 1.0);
    verdict.signal("s5_platform_default", strength, kDefaultWeight);
    if (strength > 0) {
      passed = beyond;
      share = share_of(beyond);
      by_default = true;
    }
  }
  const std::int64_t tokens = spending.total().tokens();
  if (tokens > 0)
    verdict.signal("s4_waste",
                   ramp(static_cast<double>(spending.wasted_tokens()) / static_cast<double>(tokens), 0.3, 0.6), 0.6);
  if (spending.longest_growth() >= kGrowingCalls) verdict.signal("s3_growing_input", 1.0, 0.4);
  if (quick && verdict.confidence() < options.threshold_of(kDescriptor)) return verdict.done("");

  std::string summary = "The run stays within what it may spend.";
  if (passed.allowed >= 0 && share > 0.9) {
    verdict.evidence({"limit",
                      by_default ? "/usage" : "/budget/" + std::string(passed.limit),
                      std::string(passed.limit),
                      shown(passed, passed.used),
                      shown(passed, passed.allowed),
                      {}});
    verdict.subtype(by_default ? "platform_default" : "budget");
    if (!by_default && share > 2) verdict.severity(Severity::kHigh);
    summary = "The run took " + shown(passed, passed.used) + " " + std::string(passed.unit) + "; " +
              (by_default ? "interactive runs take " : "it may take ") + shown(passed, passed.allowed) + ".";
  } else if (compared && cost > run.p95_usd) {
    verdict.subtype("baseline");
    verdict.evidence({"baseline", "/baseline/p95", "", json::print_number(cost), json::print_number(run.p95_usd), {}});
    summary = "The run cost " + json::print_number(cost) + " USD; 95 of 100 earlier ones cost at most " +
              json::print_number(run.p95_usd) + ".";
  } else if (verdict.confidence() > 0) {
    const bool waste = spending.wasted_tokens() * 10 > tokens * 3;
    verdict.subtype(waste ? "waste" : "growth");
    verdict.evidence({waste ? "waste" : "growth",
                      "/usage",
                      "",
                      json::print_integer(waste ? spending.wasted_tokens() : spending.longest_growth()),
                      "",
                      {}});
    summary = waste ? "A large share of the tokens went into calls that failed."
                    : "Each call reads much more than the one before it.";
  }
  tell_totals(verdict, run);
  return verdict.done(std::move(summary));
}

// ---- a list of calls

std::int64_t count_of(json::View value) { return std::max<std::int64_t>(value.integer().value_or(0), 0); }

Detection ask(json::View input, const Options& options) {
  const json::View usage = input["usage"];
  if (usage.is_null()) return insufficient(kDescriptor, "usage");
  if (!usage.is_array()) return invalid(kDescriptor, "usage");
  for (const std::string_view key : {"budget", "baseline"}) {
    if (!input[key].is_null() && !input[key].is_object()) return invalid(kDescriptor, key);
  }
  Spending spending;
  json::for_each(usage, [&](json::View item, std::size_t i) {
    if (!item.is_object()) return;
    const std::string model = item["model"].text();
    ModelCall call;
    call.model = model;
    call.input_tokens = count_of(item["input_tokens"]);
    call.output_tokens = count_of(item["output_tokens"]);
    call.step = static_cast<std::uint32_t>(i);
    if (const auto cost = item["cost_usd"].number(); cost && *cost >= 0 && *cost < 1e9)
      call.cost_micro_usd = static_cast<std::int64_t>(*cost * 1e6 + 0.5);
    spending.add(call);
  });
  Run run;
  run.spending = &spending;
  run.budget = read_budget(input["budget"]);
  run.tool_calls = input["tool_call_count"].integer().value_or(-1);
  run.duration_ms = input["duration_ms"].integer().value_or(-1);
  run.p95_usd = input["baseline"]["p95"].number().value_or(-1);
  run.history = input["baseline"]["n"].integer().value_or(0);
  return judge(run, options, false);
}

// ---- a run

// What the host allows holds, else what the run says itself.
Run run_of(const Spending& spending, const Options& options) {
  Run run;
  run.spending = &spending;
  const bool host = options.context != nullptr && !options.context->budget.empty();
  run.budget = host ? options.context->budget : spending.budget();
  run.tool_calls = spending.tool_calls();
  run.duration_ms = spending.duration_ms();
  return run;
}

void observe(const RunIndex& index, const Event& event, const Options& options, Findings& findings) {
  if (event.kind != EventKind::kModelEnd && event.kind != EventKind::kToolCall) return;
  const Spending& spending = index.spending();
  Run run = run_of(spending, options);
  if (spending.total().calls == 0 && run.budget.empty()) return;
  findings.asked(kDescriptor);
  // Without a limit nothing has to be held at once: every tenth call is soon enough.
  constexpr std::int64_t kEvery = 10;
  const std::int64_t count = event.kind == EventKind::kModelEnd ? spending.total().calls : spending.tool_calls();
  if (run.budget.empty() && count % kEvery != 0) return;
  Detection detection = judge(run, options, true);
  if (!detection.detected) return;
  detection.step = event.step;
  // The agent that spent most is held responsible.
  const auto& agents = spending.agents();
  const auto most = std::max_element(agents.begin(), agents.end(),
                                     [](const auto& a, const auto& b) { return a.spent.tokens() < b.spent.tokens(); });
  if (most != agents.end() && most->agent < index.agents().size()) detection.agent = index.agents()[most->agent];
  findings.add(std::move(detection));
}

// A whole trace whose source tells model calls as spans.
void conclude(const Trace& trace, const RunIndex& index, const Options& options, Findings& findings) {
  if (index.spending().total().calls != 0) return;
  Spending spending;
  std::int64_t first = -1, last = -1;
  for (const Span& span : trace.spans) {
    if (span.start_ns >= 0) first = first < 0 ? span.start_ns : std::min(first, span.start_ns);
    last = std::max({last, span.start_ns, span.end_ns});
    if (span.kind != SpanKind::kLlm || span.usage == Span::kNone || span.usage >= trace.usages.size()) continue;
    const Usage& usage = trace.usages[span.usage];
    if (usage.empty()) continue;
    ModelCall call;
    call.model = span.model;
    call.input_tokens = usage.input_tokens;
    call.output_tokens = usage.output_tokens;
    call.cached_tokens = usage.cache_read_tokens;
    call.cost_micro_usd = usage.cost_micro_usd;
    call.agent = span.agent;
    call.place = span.place;
    spending.add(call);
  }
  Run run = run_of(spending, options);
  if (run.budget.empty()) run.budget = trace.budget;
  run.tool_calls = static_cast<std::int64_t>(index.counts().tool_calls);
  run.duration_ms = first < 0 ? -1 : (last - first) / 1'000'000;
  if (spending.total().calls == 0) return;
  findings.add(judge(run, options, false));
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask, .observe = observe, .conclude = conclude};

}  // namespace agentmend::detectors::cost
