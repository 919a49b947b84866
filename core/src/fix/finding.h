// What a finding may become. Three types without a common base and without a conversion: a function that plans,
// verifies or applies takes a HealableFinding, and calling it with a GovernanceFinding does not compile
// (tests/core/compile_fail).
#pragma once

#include <string>
#include <variant>

#include "detectors/detector.h"

namespace agentmend {

// The detection outlives the finding: it belongs to the caller of classify().
struct FindingData {
  const Detection* detection = nullptr;
  std::string id;  // of the detection, e.g. "run-42.d1"
};

class HealableFinding {
 public:
  [[nodiscard]] const Detection& detection() const { return *data_.detection; }
  [[nodiscard]] const Descriptor& descriptor() const { return *data_.detection->descriptor; }
  [[nodiscard]] const std::string& id() const { return data_.id; }

 private:
  explicit HealableFinding(FindingData data) : data_(std::move(data)) {}
  friend std::variant<class HealableFinding, class GovernanceFinding, class InsightFinding> classify(FindingData data);
  FindingData data_;
};

class GovernanceFinding {
 public:
  [[nodiscard]] const Detection& detection() const { return *data_.detection; }
  [[nodiscard]] const Descriptor& descriptor() const { return *data_.detection->descriptor; }
  [[nodiscard]] const std::string& id() const { return data_.id; }

 private:
  explicit GovernanceFinding(FindingData data) : data_(std::move(data)) {}
  friend std::variant<class HealableFinding, class GovernanceFinding, class InsightFinding> classify(FindingData data);
  FindingData data_;
};

// A deferred detector's: shown, nothing follows.
class InsightFinding {
 public:
  [[nodiscard]] const Detection& detection() const { return *data_.detection; }
  [[nodiscard]] const Descriptor& descriptor() const { return *data_.detection->descriptor; }
  [[nodiscard]] const std::string& id() const { return data_.id; }

 private:
  explicit InsightFinding(FindingData data) : data_(std::move(data)) {}
  friend std::variant<class HealableFinding, class GovernanceFinding, class InsightFinding> classify(FindingData data);
  FindingData data_;
};

using Finding = std::variant<HealableFinding, GovernanceFinding, InsightFinding>;

// The one place that decides, from the registry row of the detector, never from a document.
[[nodiscard]] Finding classify(FindingData data);

}  // namespace agentmend
