// Detector: convergence. An iterative run no longer improves its metric, falls back, swings, or moves the wrong way.
// Quiet on: slow but steady gain; a dip at the start; noise around a trend; a metric that reached its target.
// Cost: O(n) for n values, of which the newest 10,000 count; the trend is taken over at most 200 of them.
#include <cmath>

#include "detectors/detector.h"
#include "json/writer.h"
#include "order.h"
#include "text/math.h"
#include "trace/key_words.h"

namespace agentmend::detectors::convergence {
namespace {

constexpr Descriptor kDescriptor{
    .name = "convergence",
    .title = "Convergence failure",
    .failure = "An iterative run no longer improves its metric, falls back, swings, or moves the wrong way.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kBeta,
    .inputs = {{"metrics"}, {"direction", kOptional}, {"target", kOptional}},
    .fixes = {"emergency_stop", "checkpoint_recovery", "progress_monitoring", "strategy_switch", "regression_guard",
              "direction_lock", "exploration_temperature"},
    .unfed = "no_metric",
};

// Weights: specification; plateau is higher, since the ramp below asks for a complete standstill.
constexpr double kPlateau = 0.75;
constexpr double kRegression = 0.8;
constexpr double kThrashing = 0.75;
constexpr double kDivergence = 0.9;
constexpr double kReached = 0.9;  // suppressor: the target is met
constexpr double kShort = 0.5;  // suppressor: too few values to call it a plateau

constexpr std::size_t kMinValues = 4;
constexpr std::size_t kMaxValues = 10'000;
constexpr std::size_t kTrendValues = 200;  // pairs are compared: 20,000 of them are enough for a trend
constexpr std::size_t kPlateauValues = 6;

struct Point {
  double value = 0;
  std::size_t at = 0;
  Place place;
};

// Kendall's tau of the values against their order, over at most kTrendValues of them, evenly spread.
double trend(const std::vector<double>& y) {
  const std::size_t count = y.size() < kTrendValues ? y.size() : kTrendValues;
  const auto pick = [&](std::size_t i) { return y[i * (y.size() - 1) / (count - 1)]; };
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t k = i + 1; k < count; ++k) sum += pick(k) > pick(i) ? 1 : pick(k) < pick(i) ? -1 : 0;
  }
  return sum / (static_cast<double>(count) * static_cast<double>(count - 1) / 2);
}

struct Shape {
  std::size_t best = 0;  // position of the best value
  double tau = 0;
  double reversals = 0;  // share of steps that turn round
  double plateau = 0, regression = 0, thrashing = 0, divergence = 0;
};

// `y` grows when the metric gets better.
Shape shape_of(const std::vector<double>& y) {
  const std::size_t n = y.size();
  Shape shape;
  double low = y[0], variation = 0, turns = 0, last_step = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (y[i] > y[shape.best]) shape.best = i;
    if (y[i] < low) low = y[i];
    if (i == 0) continue;
    const double step = y[i] - y[i - 1];
    variation += step < 0 ? -step : step;
    if (step * last_step < 0) turns += 1;
    if (step != 0) last_step = step;
  }
  const double best = y[shape.best];
  const double range = best - low;
  const double gain = best - y[0];
  if (variation <= 0) {
    shape.plateau = 1;
    return shape;
  }
  shape.tau = trend(y);
  shape.reversals = turns / static_cast<double>(n - 2);

  // Standing still: of all that was won, next to nothing in the last steps.
  const std::size_t window = n / 3 > 4 ? n / 3 : 4;
  double before = y[0];
  for (std::size_t i = 0; i + window < n; ++i) before = y[i] > before ? y[i] : before;
  if (n > window && gain > 0) shape.plateau = text::ramp((best - before) / gain, 0.06, 0.015);
  if (n > window && gain <= 0) shape.plateau = 1;  // never better than at the start

  // Falling back: for two steps or more, or at once below where it began.
  const std::size_t since = n - 1 - shape.best;
  const double fallen = best - y[n - 1];
  double moved = 0;
  for (std::size_t i = shape.best + 1; i < n; ++i) moved += y[i] > y[i - 1] ? y[i] - y[i - 1] : y[i - 1] - y[i];
  if (since >= 2 || (since == 1 && y[n - 1] < y[0])) {
    // A loss below the usual step since then is noise.
    const double usual = moved / static_cast<double>(since);
    shape.regression = text::ramp(fallen / range, 0.02, 0.15) * (usual > 0 ? text::ramp(fallen / usual, 0.5, 1) : 0);
  }

  // Swinging: it turns at most steps, and of all the movement next to nothing is a gain. A run that gains more than a
  // quarter of what it moves is noisy, not swinging.
  const double net = (y[n - 1] - y[0]) / variation;
  shape.thrashing = text::ramp(shape.reversals, 0.5, 0.65) * text::ramp(net < 0 ? -net : net, 0.35, 0.2);

  if (n >= 5) shape.divergence = text::ramp(shape.tau, -0.45, -0.6);
  return shape;
}

enum class Direction : std::uint8_t { kUnknown, kUp, kDown };

// "minimize", "down", "loss": by the words of a direction or of a metric's name.
Direction direction_of(std::string_view words) {
  if (has_word(words,
               "minimize|minimise|min|down|lower|decrease|less|loss|losses|error|errors|latency|cost|perplexity|"
               "mse|rmse|mae|wer|cer|regret|duration|violations|failures|distance|defects"))
    return Direction::kDown;
  if (has_word(words,
               "maximize|maximise|max|up|higher|increase|more|accuracy|score|reward|f1|auc|precision|recall|"
               "quality|coverage|bleu|rouge|throughput|similarity|passed|winrate|win"))
    return Direction::kUp;
  return Direction::kUnknown;
}

struct Series {
  std::vector<Point> points;
  bool infinite = false;
  std::size_t broken_at = 0;
  Direction direction = Direction::kUnknown;
  double target = 0;
  bool has_target = false;
};

double confidence_of(const Shape& shape) {
  return 1 - (1 - kPlateau * shape.plateau) * (1 - kRegression * shape.regression) *
                 (1 - kThrashing * shape.thrashing) * (1 - kDivergence * shape.divergence);
}

Shape best_reading(const Series& series, bool& up) {
  std::vector<double> rising;
  std::vector<double> falling;
  for (const Point& point : series.points) {
    rising.push_back(point.value);
    falling.push_back(-point.value);
  }
  up = series.direction != Direction::kDown;
  if (series.direction == Direction::kDown) return shape_of(falling);
  Shape shape = shape_of(rising);
  if (series.direction == Direction::kUp) return shape;
  // Nobody says which way is better: the friendlier reading counts.
  const Shape other = shape_of(falling);
  if (confidence_of(other) >= confidence_of(shape)) return shape;
  up = false;
  return other;
}

Detection judge(const Series& series, const Options& options) {
  Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
  const auto add = [&](std::string_view kind, const Point& point) {
    verdict.evidence(kind, item_path("metrics", point.at), {}, json::print_number(point.value), point.place);
  };
  if (series.infinite) {
    verdict.signal("not_finite", 1, 1).subtype("divergence").severity(Severity::kHigh);
    Point point;
    point.at = series.broken_at;
    add("not_finite", point);
    return verdict.done("The metric is no longer a finite number.");
  }
  if (series.points.size() < kMinValues) return verdict.done("There are too few values to see a trend.");
  bool up = true;
  const Shape shape = best_reading(series, up);
  const Point& best = series.points[shape.best];
  const Point& last = series.points.back();
  double plateau = shape.plateau;
  if (series.points.size() < kPlateauValues) plateau *= 1 - kShort;
  verdict.signal("plateau", plateau, kPlateau).signal("regression", shape.regression, kRegression);
  verdict.signal("thrashing", shape.thrashing, kThrashing).signal("divergence", shape.divergence, kDivergence);
  const auto reached = [&](double value) { return up ? value >= series.target : value <= series.target; };
  if (series.has_target && reached(last.value)) verdict.suppress("target_reached", kReached);
  add("best", best);
  add("newest", last);
  const std::string best_step = number(best.at);
  std::string summary = "The metric improves.";
  const double strongest = kDivergence * shape.divergence;
  if (strongest >= kThrashing * shape.thrashing && strongest >= kRegression * shape.regression &&
      strongest >= kPlateau * plateau && strongest > 0) {
    verdict.subtype("divergence").severity(Severity::kHigh);
    summary = "The metric moves the wrong way.";
  } else if (shape.thrashing > 0 && kThrashing * shape.thrashing >= kRegression * shape.regression - 0.1) {
    verdict.subtype("thrashing");
    summary = "The metric swings and gains nothing.";
  } else if (shape.regression > 0 && kRegression * shape.regression >= kPlateau * plateau - 0.3) {
    verdict.subtype("regression");
    summary = say({"The metric fell back from its best value at position ", best_step, "."});
  } else if (plateau > 0) {
    verdict.subtype("plateau");
    summary = say({"The metric has hardly improved since position ", best_step, "."});
  }
  Detection detection = verdict.done(std::move(summary));
  detection.step = static_cast<std::int64_t>(last.at);
  return detection;
}

Series read_series(json::View metrics) {
  Series series;
  const std::size_t count = metrics.size();
  std::string storage;
  json::for_each(metrics, [&](json::View item, std::size_t at) {
    if (count > kMaxValues && at < count - kMaxValues) return;
    const json::View value = item.is_object() ? item["value"] : item;
    if (series.direction == Direction::kUnknown && item.is_object())
      series.direction = direction_of((item["name"].is_null() ? item["metric"] : item["name"]).text(storage));
    if (const auto number = value.number()) {
      series.points.push_back({*number, at, {}});
    } else if (value.is_string() && is_one_of(value.text(storage), "nan|inf|+inf|-inf|infinity|-infinity|+infinity")) {
      series.infinite = true;
      series.broken_at = at;
    }
  });
  return series;
}

Detection ask(json::View input, const Options& options) {
  const json::View metrics = input["metrics"];
  if (metrics.is_null()) return insufficient(kDescriptor, "metrics");
  if (!metrics.is_array()) return invalid(kDescriptor, "metrics");
  Series series = read_series(metrics);
  const Direction stated = direction_of(input["direction"].text());
  if (stated != Direction::kUnknown) series.direction = stated;
  if (const auto target = input["target"].number()) {
    series.target = *target;
    series.has_target = true;
  }
  return judge(series, options);
}

// Numbers in states whose name says that they measure how good something is.
class StateSeries {
 public:
  void take(const Event& event) {
    if (!index_.read(event.text)) return;
    json::for_each_member(json::View::root(index_), [&](std::string_view key, json::View value) {
      const auto number = value.number();
      const Direction direction = direction_of(key);
      if (!number || direction == Direction::kUnknown) return;
      std::size_t i = 0;
      while (i < names_.size() && names_[i] != key) ++i;
      if (i == names_.size()) {
        if (i >= kMaxNames) return;
        names_.emplace_back(key);
        series_.emplace_back();
        series_[i].direction = direction;
      }
      std::vector<Point>& points = series_[i].points;
      if (!points.empty() && points.back().value == *number && same_step(event)) return;
      if (points.size() < kMaxValues) points.push_back({*number, event.step, event.place});
    });
    last_agent_ = event.agent;
  }
  [[nodiscard]] const std::vector<Series>& all() const { return series_; }

 private:
  static constexpr std::size_t kMaxNames = 16;  // of metrics followed in one run
  // A state written again by another agent repeats the value; it is no new measurement.
  [[nodiscard]] bool same_step(const Event& event) const { return event.agent != last_agent_; }
  json::Index index_;
  std::vector<std::string> names_;
  std::vector<Series> series_;
  std::uint32_t last_agent_ = 0;
};

void conclude(const Trace& trace, const RunIndex&, const Options& options, Findings& findings) {
  StateSeries states;
  for (const Event& event : trace.events) {
    if (event.kind == EventKind::kState && !event.text.empty()) states.take(event);
  }
  for (const Series& series : states.all()) {
    if (series.points.size() >= kPlateauValues) findings.add(judge(series, options));
  }
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask, .conclude = conclude};

}  // namespace agentmend::detectors::convergence
