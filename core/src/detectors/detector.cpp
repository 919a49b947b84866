#include "detectors/detector.h"

#include <algorithm>

#include "detectors/fit/model.h"
#include "json/writer.h"
#include "text/math.h"

namespace agentmend {

std::string_view name_of(Family family) {
  constexpr std::string_view kNames[] = {"general",   "multi_agent", "n8n",        "dify",       "openclaw",
                                         "langgraph", "safety",      "governance", "claude_code"};
  return kNames[static_cast<std::size_t>(family)];
}
std::string_view name_of(Severity severity) {
  constexpr std::string_view kNames[] = {"low", "medium", "high", "critical"};
  return kNames[static_cast<std::size_t>(severity)];
}
std::string_view name_of(Stage stage) {
  constexpr std::string_view kNames[] = {"pre_tool", "post_step", "offline"};
  return kNames[static_cast<std::size_t>(stage)];
}
std::string_view name_of(Readiness readiness) {
  constexpr std::string_view kNames[] = {"planned", "experimental", "beta", "stable"};
  return kNames[static_cast<std::size_t>(readiness)];
}

Verdict::Verdict(const Descriptor& descriptor, double threshold) : threshold_(threshold) {
  detection_.descriptor = &descriptor;
  detection_.severity = descriptor.severity;
}

Verdict& Verdict::signal(std::string_view name, double strength, double weight) {
  const double s = text::clamp01(strength);
  quiet_ *= 1.0 - text::clamp01(weight) * s;
  if (s > 0) detection_.signals.push_back({name, s, weight});
  return *this;
}

Verdict& Verdict::suppress(std::string_view name, double strength) {
  const double d = text::clamp01(strength);
  factor_ *= 1.0 - d;
  if (d > 0) detection_.signals.push_back({name, 1.0, -d});
  return *this;
}

Verdict& Verdict::cap(std::string_view name, double limit) {
  if (limit < limit_) limit_ = limit;
  detection_.signals.push_back({name, 1.0, limit - 1.0});
  return *this;
}

Verdict& Verdict::sufficient(std::string_view name, double level) {
  const double l = text::clamp01(level);
  if (l > least_) least_ = l;
  if (l > 0) detection_.signals.push_back({name, l, 1.0});
  return *this;
}

Verdict& Verdict::feature(std::string_view name, double value, int direction) {
  constexpr double kNominal = 0.01;  // shown as weight: the real one is the model's
  const double x = text::clamp01(value);
  if (x > 0) detection_.signals.push_back({name, x, direction > 0 ? kNominal : -kNominal});
  return *this;
}

Verdict& Verdict::learned() {
  learned_ = true;
  return *this;
}

Verdict& Verdict::evidence(Evidence item) {
  detection_.evidence.push_back(std::move(item));
  return *this;
}
Verdict& Verdict::evidence(std::string_view kind, std::string path, std::string_view text, std::string value,
                           Place place) {
  Evidence& item = detection_.evidence.emplace_back();
  item.kind = std::string(kind);
  item.path = std::move(path);
  item.text = std::string(text);
  item.value = std::move(value);
  item.place = place;
  return *this;
}
Verdict& Verdict::subtype(std::string_view name) {
  detection_.subtype = std::string(name);
  return *this;
}
Verdict& Verdict::severity(Severity value) {
  detection_.severity = value;
  return *this;
}

double Verdict::confidence() const {
  double raw = (1.0 - quiet_) * factor_;
  if (learned_) {
    const fit::Model* model = fit::model_of(detection_.descriptor->name);
    if (model != nullptr) raw = fit::corrected(*model, raw, detection_.signals);
  }
  if (raw < least_) raw = least_;
  return text::round6(raw < limit_ ? raw : limit_);
}

Detection Verdict::done(std::string summary) {
  detection_.confidence = confidence();
  if (learned_) detection_.signals.push_back({"hand", text::round6((1.0 - quiet_) * factor_), 0.0});
  detection_.detected = detection_.confidence >= threshold_;
  detection_.summary = std::move(summary);
  return std::move(detection_);
}

namespace {
Detection unanswered(const Descriptor& descriptor, Status status, std::string_view key) {
  Detection detection;
  detection.descriptor = &descriptor;
  detection.status = status;
  detection.severity = descriptor.severity;
  detection.missing = std::string(key);
  return detection;
}
}  // namespace

std::string say(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const std::string_view part : parts) out.append(part);
  return out;
}
std::string number(std::uint64_t value) { return json::print_integer(static_cast<std::int64_t>(value)); }
std::string item_path(std::string_view list, std::size_t at) { return say({"/", list, "/", number(at)}); }

Detection insufficient(const Descriptor& descriptor, std::string_view missing) {
  Detection detection = unanswered(descriptor, Status::kInsufficientInput, missing);
  detection.summary = "The input lacks `" + std::string(missing) + "`.";
  return detection;
}
Detection invalid(const Descriptor& descriptor, std::string_view key) {
  Detection detection = unanswered(descriptor, Status::kInvalidInput, key);
  detection.summary = "The input key `" + std::string(key) + "` has the wrong type.";
  return detection;
}

void Findings::asked(const Descriptor& descriptor) {
  if (!was_asked(descriptor)) asked_.push_back(&descriptor);
}

bool Findings::was_asked(const Descriptor& descriptor) const {
  return std::find(asked_.begin(), asked_.end(), &descriptor) != asked_.end();
}

void Findings::add(Detection detection) {
  asked(*detection.descriptor);
  if (!detection.detected) return;
  if (keeps_newest_) newest_.push_back(detection);
  for (std::size_t i = 0; i < all_.size(); ++i) {
    Detection& known = all_[i];
    if (known.descriptor != detection.descriptor || known.subtype != detection.subtype ||
        known.agent != detection.agent)
      continue;
    const std::uint32_t instances = known.instances + 1;
    if (detection.confidence > known.confidence) known = std::move(detection);
    known.instances = instances;
    fresh_.push_back(i);
    return;
  }
  fresh_.push_back(all_.size());
  all_.push_back(std::move(detection));
}

std::vector<std::size_t> Findings::take_fresh() {
  std::vector<std::size_t> taken;
  taken.swap(fresh_);
  return taken;
}

}  // namespace agentmend
