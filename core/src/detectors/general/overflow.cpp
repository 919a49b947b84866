// Detector: overflow. The context is at or near the window of the model, so text will be cut or the call refused.
// Quiet on: a large count on a larger model. Cost: O(1) with a count, O(bytes) of the texts without one.
#include <algorithm>

#include "detectors/detector.h"
#include "json/writer.h"
#include "text/math.h"
#include "trace/models.h"

namespace agentmend::detectors::overflow {
namespace {

constexpr Descriptor kDescriptor{
    .name = "overflow",
    .title = "Context overflow",
    .failure = "The context is at or near the window of the model, so text will be cut or the call refused.",
    .family = Family::kGeneral,
    .severity = Severity::kHigh,
    .stage = Stage::kPreTool,
    .threshold = 0.4,
    .readiness = Readiness::kBeta,
    .inputs =
        {{"current_tokens"}, {"model"}, {"context", kOptional}, {"output", kOptional}, {"context_limit", kOptional}},
    .fixes = {"context_pruning", "summarization", "window_management", "token_optimizer"},
    .unfed = "no_usage",
};

constexpr double kUnknownWindow = 128'000;  // the commonest among models in use
constexpr double kUnknownFactor = 0.8;
constexpr double kEstimateMargin = 0.05;  // four bytes a token is right within that for prose

// From "there is room" to "full": half of the confidence is reached at 60 % of the window, where one more long tool
// output does not fit.
struct Step {
  double share, from, to;
};
constexpr Step kSteps[] = {{0.3, 0.40, 0.55}, {0.2, 0.55, 0.60}, {0.3, 0.60, 0.80}, {0.2, 0.80, 0.95}};

struct Fill {
  double tokens = 0, limit = 0;
  bool estimated = false, known = true;
  std::string model;
};

Detection judge(const Fill& fill, Place place, const Options& options) {
  Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
  const double used = fill.limit > 0 ? fill.tokens / fill.limit : 2.0;
  const double margin = fill.estimated ? kEstimateMargin : 0.0;
  double strength = 0;
  for (const Step& step : kSteps)
    strength += step.share * text::clamp01((used - margin - step.from) / (step.to - step.from));
  if (used > 1) strength = 1;
  verdict.signal("window_used", strength, 1.0);
  if (!fill.known) verdict.suppress("window_unknown", 1 - kUnknownFactor);
  verdict.subtype(used > 1 ? "exceeded" : used >= 0.8 ? "near_limit" : "elevated");
  verdict.severity(used >= 0.95 ? Severity::kCritical : used >= 0.8 ? Severity::kHigh : Severity::kMedium);
  json::Writer value;
  value.begin_object().member("tokens", fill.tokens).member("limit", fill.limit).member("used", used);
  value.member("headroom", fill.limit - fill.tokens).member("estimated", fill.estimated).end_object();
  verdict.evidence({"window", "/current_tokens", fill.model, value.take(), "", place});
  const double percent = static_cast<double>(static_cast<std::int64_t>(std::min(used, 1e6) * 100 + 0.5));
  return verdict.done("The context takes " + json::print_number(percent) + " % of the window of " +
                      json::print_number(fill.limit) + " tokens.");
}

double window_of(std::string_view model, bool& known) {
  const ModelFacts* facts = find_model(model);
  known = facts != nullptr;
  return known ? facts->window : kUnknownWindow;
}

Detection ask(json::View input, const Options& options) {
  const json::View tokens = input["current_tokens"], context = input["context"], model = input["model"];
  if (tokens.is_null() && context.is_null()) return insufficient(kDescriptor, "current_tokens");
  if (!tokens.is_null() && (!tokens.number() || *tokens.number() < 0)) return invalid(kDescriptor, "current_tokens");
  if (model.is_null()) return insufficient(kDescriptor, "model");
  if (!model.is_string()) return invalid(kDescriptor, "model");
  const json::View limit = input["context_limit"];
  if (!limit.is_null() && (!limit.number() || *limit.number() <= 0)) return invalid(kDescriptor, "context_limit");
  Fill fill;
  fill.model = model.text();
  fill.estimated = tokens.is_null();
  std::string storage;
  fill.tokens =
      fill.estimated ? static_cast<double>(estimated_tokens(json::as_text(context, storage).size())) : *tokens.number();
  if (input["output"].is_string()) fill.tokens += static_cast<double>(estimated_tokens(input["output"].text().size()));
  fill.limit = limit.is_null() ? window_of(fill.model, fill.known) : *limit.number();
  return judge(fill, {}, options);
}

// What the newest model call read and wrote. An estimate of a session is not asked: it misses the system prompt and
// tools.
void observe(const RunIndex& index, const Event& event, const Options& options, Findings& findings) {
  if (event.kind != EventKind::kModelEnd || !event.usage.told || event.name.empty()) return;
  Fill fill;
  fill.model = std::string(event.name);
  fill.limit = window_of(event.name, fill.known);
  if (!fill.known) return;
  findings.asked(kDescriptor);
  fill.tokens = static_cast<double>(event.usage.input_tokens + event.usage.output_tokens);
  if (fill.tokens < kSteps[0].from * fill.limit) return;
  Detection detection = judge(fill, event.place, options);
  if (!detection.detected) return;
  detection.step = event.step;
  if (event.agent < index.agents().size()) detection.agent = index.agents()[event.agent];
  findings.add(std::move(detection));
}

// Of the model calls of a trace that are told as spans, the fullest.
void conclude(const Trace& trace, const RunIndex& index, const Options& options, Findings& findings) {
  if (index.spending().total().calls != 0) return;
  Fill fullest;
  Place place;
  for (const Span& span : trace.spans) {
    if (span.kind != SpanKind::kLlm || span.model.empty() || span.usage >= trace.usages.size()) continue;
    const Usage& usage = trace.usages[span.usage];
    bool known = false;
    const double limit = window_of(span.model, known);
    const double tokens = static_cast<double>(usage.input_tokens + usage.output_tokens);
    if (!known || (fullest.limit > 0 && tokens / limit <= fullest.tokens / fullest.limit)) continue;
    fullest = {tokens, limit, false, true, std::string(span.model)};
    place = span.place;
  }
  if (fullest.limit > 0) findings.add(judge(fullest, place, options));
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask, .observe = observe, .conclude = conclude};

}  // namespace agentmend::detectors::overflow
