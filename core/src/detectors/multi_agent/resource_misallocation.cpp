// Detector: resource_misallocation. Agents contend for shared resources: they wait too long, starve, or block each
// other in a circle. Quiet on: a short queue that drains; a resource that one agent uses alone; a request that is
// granted at once. Cost: O(events * (agents + resources)), 100 of each at most; later ones are not told apart and not
// judged.
#include <algorithm>

#include "detectors/detector.h"
#include "json/writer.h"
#include "order.h"
#include "text/math.h"

namespace agentmend::detectors::resource_misallocation {
namespace {

constexpr Descriptor kDescriptor{
    .name = "resource_misallocation",
    .title = "Resource misallocation",
    .failure = "Agents contend for shared resources so that some wait too long, starve or lock each other.",
    .family = Family::kMultiAgent,
    .severity = Severity::kMedium,
    .stage = Stage::kPreTool,
    .readiness = Readiness::kBeta,
    .inputs = {{"events"}, {"agent_ids", kOptional}, {"capacities", kOptional}},
    .fixes = {"concurrency_limit", "timeout_addition", "task_queue_policy", "deadlock_prevention"},
};

constexpr std::size_t kMost = 100;  // agents, and resources
constexpr double kLongWait = 3;  // times the time a holder usually takes
constexpr double kTimeouts = 0.2;  // share of the requests
constexpr int kAsked = 2, kOthersGot = 3;  // starvation: asked twice and got nothing while another got three

enum class Kind : std::uint8_t { kRequest, kAcquire, kRelease, kWait, kTimeout, kOther };
Kind kind_of(json::View value) {
  constexpr std::string_view kNames[] = {"request", "acquire", "release", "wait", "timeout"};
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    if (value.equals(kNames[i])) return static_cast<Kind>(i);
  }
  return Kind::kOther;
}

struct Agent {
  std::string name;
  int requests = 0, acquires = 0;
  std::size_t waits_for = kMost;  // resource; kMost = none
  double since = 0;
};
struct Hold {
  std::size_t agent;
  double since;
};
struct Resource {
  std::string name;
  std::vector<Hold> holders;
  double capacity = -1;
  std::size_t waiting = 0, most_waiting = 0;
};

double at_share(std::vector<double> values, double share) {  // a percentile
  if (values.empty()) return 0;
  sort_stable(values, [](double a, double b) { return a < b; });
  return values[static_cast<std::size_t>(static_cast<double>(values.size() - 1) * share + 0.5)];
}

double ramp(double x, double a, double b) { return text::clamp01((x - a) / (b - a)); }

class Replay {
 public:
  explicit Replay(json::View capacities) : capacities_(capacities) {}

  void event(json::View item, std::size_t position) {
    const std::size_t a = place(agents_, item["agent_id"]), r = place(resources_, item["resource_id"]);
    const Kind kind = kind_of(item["event_type"]);
    if (a == kMost || r == kMost || kind == Kind::kOther) return;
    Resource& resource = resources_[r];
    if (resource.capacity < 0) resource.capacity = capacities_[resource.name].number().value_or(-1);
    const double now = item["timestamp"].number().value_or(static_cast<double>(position));
    switch (kind) {
      case Kind::kRequest:
        ++agents_[a].requests;
        ++requests_;
        wait(a, r, now, position);
        break;
      case Kind::kWait: wait(a, r, now, position); break;
      case Kind::kAcquire:
        granted(a, now);
        ++agents_[a].acquires;
        resource.holders.push_back({a, now});
        break;
      case Kind::kRelease: release(resource, a, now); break;
      default: ++timeouts_; stop_waiting(a);
    }
  }

  Detection verdict(std::size_t named_agents, double threshold) {
    Verdict verdict(kDescriptor, threshold);
    const std::size_t agents = std::max(agents_.size(), named_agents);
    std::size_t worst = 0;
    for (std::size_t r = 1; r < resources_.size(); ++r) {
      if (resources_[r].most_waiting > resources_[worst].most_waiting) worst = r;
    }
    if (resources_.empty() || agents < 2) return verdict.done("Nobody shares a resource here.");
    const double most = static_cast<double>(resources_[worst].most_waiting);
    verdict.signal("s1_contention", ramp(most / static_cast<double>(agents), 0.3, 0.7), 0.45);
    const double hold = at_share(holds_, 0.5), waited = at_share(waits_, 0.95);
    const bool long_wait = hold > 0 && waited > kLongWait * hold;
    if (long_wait) verdict.signal("s2_long_wait", 1, 0.5);
    const std::size_t starved = starved_agent();
    if (starved != kMost) verdict.signal("s3_starvation", 1, 0.8);
    if (cycle_at_ >= 0) verdict.signal("s4_circle", 1, 0.95);
    const std::size_t kept = never_released();
    if (kept != kMost) verdict.signal("s5_never_released", 1, 0.6);
    const bool timed_out = requests_ > 0 && timeouts_ > kTimeouts * requests_;
    if (timed_out) verdict.signal("s6_timeouts", 1, 0.5);
    if (idle_) verdict.signal("s7_idle_while_waited_for", 1, 0.5);
    if (gini() > 0.6 && agents_.size() >= 3) verdict.signal("s8_uneven", 1, 0.3);
    const bool drained =
        std::none_of(agents_.begin(), agents_.end(), [](const Agent& a) { return a.waits_for != kMost; });
    if (drained && timeouts_ == 0 && !long_wait && starved == kMost) verdict.suppress("queue_drains", 0.5);
    if (verdict.confidence() <= 0) return verdict.done("Requests are granted without harm.");

    const std::string_view subtype = cycle_at_ >= 0     ? "circle"
                                     : starved != kMost ? "starvation"
                                     : kept != kMost    ? "never_released"
                                     : timed_out        ? "timeouts"
                                     : idle_            ? "idle"
                                     : long_wait        ? "long_wait"
                                                        : "contention";
    verdict.subtype(subtype);
    if (cycle_at_ >= 0) verdict.severity(Severity::kHigh);
    const std::size_t about = kept != kMost ? kept : worst;
    json::Writer value;
    value.begin_object().member("waiting", resources_[about].most_waiting).member("wait_p95", waited);
    value.member("hold_median", hold).key("capacity");
    if (resources_[about].capacity < 0) {
      value.null();
    } else {
      value.number(resources_[about].capacity);
    }
    value.end_object();
    verdict.evidence({"resource", "/events", resources_[about].name, value.take(), "", {}});
    if (starved != kMost)
      verdict.evidence(
          {"starved", "/events", agents_[starved].name, json::print_integer(agents_[starved].requests), "", {}});
    if (cycle_at_ >= 0)
      verdict.evidence({"circle", "/events/" + json::print_integer(cycle_at_), circle_, circle_json_, "", {}});
    Detection detection = verdict.done(summary(subtype, about, starved));
    if (starved != kMost) detection.agent = agents_[starved].name;
    return detection;
  }

 private:
  template <typename T>
  static std::size_t place(std::vector<T>& list, json::View id) {
    std::string storage;
    if (id.is_null()) return kMost;
    const std::string_view name = json::cut_utf8(json::as_text(id, storage), 200);
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (list[i].name == name) return i;
    }
    if (list.size() >= kMost) return kMost;
    list.emplace_back().name = std::string(name);
    return list.size() - 1;
  }

  void wait(std::size_t a, std::size_t r, double now, std::size_t position) {
    Resource& resource = resources_[r];
    const bool mine = std::any_of(resource.holders.begin(), resource.holders.end(),
                                  [a](const Hold& hold) { return hold.agent == a; });
    if (mine || agents_[a].waits_for == r) return;
    stop_waiting(a);
    agents_[a].waits_for = r;
    agents_[a].since = now;
    resource.most_waiting = std::max(resource.most_waiting, ++resource.waiting);
    if (resource.capacity > 0 && resource.waiting >= 2 &&
        static_cast<double>(resource.holders.size()) < resource.capacity && now > last_change_)
      idle_ = idle_ || resource.holders.empty();
    if (cycle_at_ < 0) look_for_circle(a, position);
  }

  // Follows who waits for what and who holds it; each agent waits for one thing, each thing is looked at by its first
  // holder.
  void look_for_circle(std::size_t start, std::size_t position) {
    std::vector<std::size_t> way{start};
    for (std::size_t a = start; way.size() <= agents_.size();) {
      const std::size_t r = agents_[a].waits_for;
      if (r == kMost || resources_[r].holders.empty()) return;
      const double free = resources_[r].capacity - static_cast<double>(resources_[r].holders.size());
      if (resources_[r].capacity > 0 && free > 0) return;
      a = resources_[r].holders.front().agent;
      if (a == start) break;
      if (std::find(way.begin(), way.end(), a) != way.end()) return;
      way.push_back(a);
    }
    if (way.size() < 2) return;
    cycle_at_ = static_cast<std::int64_t>(position);
    json::Writer names;
    names.begin_array();
    for (const std::size_t a : way) {
      circle_ += (circle_.empty() ? "" : " > ") + agents_[a].name;
      names.string(agents_[a].name);
    }
    circle_json_ = names.end_array().take();
  }

  void granted(std::size_t a, double now) {
    if (agents_[a].waits_for != kMost && now >= agents_[a].since) waits_.push_back(now - agents_[a].since);
    stop_waiting(a);
    last_change_ = now;
  }
  void stop_waiting(std::size_t a) {
    if (agents_[a].waits_for == kMost) return;
    --resources_[agents_[a].waits_for].waiting;
    agents_[a].waits_for = kMost;
  }
  void release(Resource& resource, std::size_t a, double now) {
    for (std::size_t i = 0; i < resource.holders.size(); ++i) {
      if (resource.holders[i].agent != a) continue;
      if (now >= resource.holders[i].since) holds_.push_back(now - resource.holders[i].since);
      resource.holders.erase(resource.holders.begin() + static_cast<std::ptrdiff_t>(i));
      last_change_ = now;
      return;
    }
  }

  [[nodiscard]] std::size_t starved_agent() const {
    int best = 0;
    for (const Agent& agent : agents_) best = std::max(best, agent.acquires);
    for (std::size_t a = 0; a < agents_.size(); ++a) {
      if (agents_[a].requests >= kAsked && agents_[a].acquires == 0 && best >= kOthersGot) return a;
    }
    return kMost;
  }
  [[nodiscard]] std::size_t never_released() const {
    for (std::size_t r = 0; r < resources_.size(); ++r) {
      if (!resources_[r].holders.empty() && resources_[r].waiting > 0) return r;
    }
    return kMost;
  }
  // How unevenly the grants are spread: 0 = all got the same, towards 1 = one got all.
  [[nodiscard]] double gini() const {
    double sum = 0, differences = 0;
    for (const Agent& a : agents_) {
      sum += a.acquires;
      for (const Agent& b : agents_) differences += a.acquires > b.acquires ? a.acquires - b.acquires : 0;
    }
    return sum > 0 ? differences / (static_cast<double>(agents_.size()) * sum) : 0;
  }

  [[nodiscard]] std::string summary(std::string_view subtype, std::size_t r, std::size_t starved) const {
    const std::string resource = "`" + std::string(json::cut_utf8(resources_[r].name, 80)) + "`";
    if (subtype == "circle") return "Agents wait for each other in a circle: none of them can go on.";
    if (subtype == "starvation")
      return "`" + std::string(json::cut_utf8(agents_[starved].name, 80)) + "` asks again and again and gets nothing.";
    if (subtype == "never_released") return resource + " is held to the end while others wait for it.";
    if (subtype == "timeouts") return "Many requests for shared resources run into a time limit.";
    if (subtype == "idle") return resource + " stands idle while several wait for it.";
    if (subtype == "long_wait") return "Agents wait several times longer than a resource is held.";
    return "Many agents wait for " + resource + " at once.";
  }

  json::View capacities_;
  std::vector<Agent> agents_;
  std::vector<Resource> resources_;
  std::vector<double> waits_, holds_;
  double requests_ = 0, timeouts_ = 0, last_change_ = -1;
  bool idle_ = false;
  std::int64_t cycle_at_ = -1;
  std::string circle_, circle_json_;
};

Detection ask(json::View input, const Options& options) {
  const json::View events = input["events"];
  if (events.is_null()) return insufficient(kDescriptor, "events");
  if (!events.is_array()) return invalid(kDescriptor, "events");
  const json::View names = input["agent_ids"], capacities = input["capacities"];
  if (!names.is_null() && !names.is_array()) return invalid(kDescriptor, "agent_ids");
  if (!capacities.is_null() && !capacities.is_object()) return invalid(kDescriptor, "capacities");
  Replay replay(capacities);
  json::for_each(events, [&](json::View item, std::size_t i) {
    if (item.is_object()) replay.event(item, i);
  });
  return replay.verdict(names.size(), options.threshold_of(kDescriptor));
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask};

}  // namespace agentmend::detectors::resource_misallocation
