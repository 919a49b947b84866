// coverage: what happens when a detector fires, counted from the registry in memory. No figure is typed anywhere.
#include <array>

#include "detectors/registry.h"
#include "engine/request.h"
#include "fix/fix_type.h"
#include "fix/generator.h"
#include "heal/gate.h"
#include "heal/verify/verify.h"

namespace agentmend::engine {
namespace {

constexpr std::size_t kBuckets = 5;
using BucketCounts = std::array<std::int64_t, kBuckets>;

// In the published capability registry these three are not listed; they run outside it.
constexpr std::string_view kOutsideRegistry[] = {"context_pressure", "cost", "repetition"};

bool is_report_only(std::string_view fix) { return fix == "cost_monitor" || fix == "progress_monitoring"; }

// The fix that comes first: lowest risk, curing before reporting, then the detector's order.
std::string_view first_fix(const Descriptor& d) {
  std::string_view best;
  for (const std::string_view name : d.fixes) {
    if (best.empty()) {
      best = name;
      continue;
    }
    const Risk risk = find_fix_type(name)->risk;
    const Risk lowest = find_fix_type(best)->risk;
    if (risk < lowest || (risk == lowest && is_report_only(best) && !is_report_only(name))) best = name;
  }
  return best;
}

double percent(std::int64_t count, std::int64_t of) {  // one decimal, half up
  return static_cast<double>((count * 2000 + of) / (2 * of)) / 10.0;
}

struct Counts {
  BucketCounts all{}, working{};
  std::array<std::int64_t, 4> readiness{};  // planned, experimental, beta, stable
  std::array<std::int64_t, 5> effective{};  // recommend, escalate, verify, apply; insight last
  std::int64_t governance = 0, report_only = 0, recommended_working = 0, autonomous_working = 0, shims = 0;
  std::int64_t total = 0;
};

// The best that the policy and plan allow for the detector's first fix, proofs taken for granted.
std::size_t effective_of(const Descriptor& d, const heal::Policy& policy) {
  if (bucket_of(d) == Bucket::kDeferred) return 4;
  Detection detection;
  detection.descriptor = &d;
  detection.detected = true;
  detection.confidence = 1;
  heal::GateRequest request;
  request.confidence = 1;
  request.shim = heal::Proof::kPassed;
  request.replay = heal::Proof::kPassed;
  request.stored_trace = true;
  const Finding finding = classify({&detection, "coverage"});
  if (const auto* governance = std::get_if<GovernanceFinding>(&finding)) {
    return heal::decide(*governance, policy, request).outcome == heal::Outcome::kHandoff ? 1 : 0;
  }
  const heal::GateDecision gate =
      heal::decide(std::get<HealableFinding>(finding), *find_fix_type(first_fix(d)), policy, request);
  if (gate.outcome == heal::Outcome::kApply) return gate.base == heal::Autonomy::kVerify ? 2 : 3;
  return gate.outcome == heal::Outcome::kEscalate ? 1 : 0;
}

Counts count(const heal::Policy& policy) {
  Counts counts;
  for (const Entry* entry : all_detectors()) {
    const Descriptor& d = *entry->descriptor;
    const auto bucket = static_cast<std::size_t>(bucket_of(d));
    ++counts.total;
    ++counts.all[bucket];
    ++counts.effective[effective_of(d, policy)];
    counts.governance += is_governance(d) ? 1 : 0;
    counts.report_only += !d.fixes.empty() && is_report_only(first_fix(d)) ? 1 : 0;
    for (const std::string_view fix : d.fixes) counts.shims += has_shim(d.name, fix) ? 1 : 0;
    ++counts.readiness[static_cast<std::size_t>(entry->works() ? d.readiness : Readiness::kPlanned)];
    if (!entry->works()) continue;
    ++counts.working[bucket];
    const bool generated = fix::find_generator(d.name) != nullptr || is_governance(d);
    counts.recommended_working += generated ? 1 : 0;
    const bool verified = bucket_of(d) == Bucket::kMediumVerify && heal::find_shim(d.name, first_fix(d)) != nullptr;
    counts.autonomous_working += generated && (bucket_of(d) == Bucket::kSafeAuto || verified) ? 1 : 0;
  }
  return counts;
}

void write_buckets(json::Writer& writer, std::string_view key, const BucketCounts& counts) {
  writer.key(key).begin_object();
  for (std::size_t i = 0; i < kBuckets; ++i) writer.member(name_of(static_cast<Bucket>(i)), counts[i]);
  writer.end_object();
}

void write_detector(json::Writer& writer, const Entry& entry) {
  const Descriptor& d = *entry.descriptor;
  writer.begin_object()
      .member("name", d.name)
      .member("family", name_of(d.family))
      .member("bucket", name_of(bucket_of(d)))
      .member("governance", is_governance(d));
  writer.member_or_null("first_fix", first_fix(d)).member("fix_types", d.fixes.size()).key("shims").begin_array();
  for (const std::string_view fix : d.fixes) {
    if (has_shim(d.name, fix)) writer.string(fix);
  }
  writer.end_array()
      .member("stage", name_of(d.stage))
      .member("readiness", name_of(entry.works() ? d.readiness : Readiness::kPlanned));
  writer.key("labelled").begin_object().member("positive", 0).member("negative", 0).end_object().end_object();
}

}  // namespace

Result<std::string> op_coverage(const Request& request) {
  auto policy = heal::read_policy(request.header["policy"]);
  if (!policy) return tl::unexpected(policy.error());
  const Counts c = count(*policy);
  const auto bucket = [&c](Bucket b) { return c.all[static_cast<std::size_t>(b)]; };
  const std::int64_t recommended = c.total - bucket(Bucket::kDeferred);
  const std::int64_t autonomous = bucket(Bucket::kSafeAuto) + bucket(Bucket::kMediumVerify);
  std::array<std::int64_t, 3> risks{};
  for (const FixType& type : all_fix_types()) ++risks[static_cast<std::size_t>(type.risk)];

  json::Writer writer;
  writer.begin_object().member("schema", "agentmend.coverage/1").member("catalogue", c.total);
  write_buckets(writer, "buckets", c.all);
  write_buckets(writer, "buckets_working", c.working);
  writer.key("readiness")
      .begin_object()
      .member("stable", c.readiness[3])
      .member("beta", c.readiness[2])
      .member("experimental", c.readiness[1])
      .member("planned", c.readiness[0])
      .end_object();
  writer.key("percent").begin_object();
  for (std::size_t i = 0; i < kBuckets; ++i) writer.member(name_of(static_cast<Bucket>(i)), percent(c.all[i], c.total));
  writer.end_object();
  writer.key("recommendation")
      .begin_object()
      .member("count", recommended)
      .member("of", c.total)
      .member("percent", percent(recommended, c.total))
      .member("working", c.recommended_working)
      .end_object();
  writer.key("autonomous")
      .begin_object()
      .member("count", autonomous)
      .member("of", c.total)
      .member("percent", percent(autonomous, c.total));
  writer.member("unconditional", bucket(Bucket::kSafeAuto))
      .member("conditional_on_verification", bucket(Bucket::kMediumVerify))
      .member("report_only_first_fix", c.report_only);
  writer.member("working", c.autonomous_working).end_object().member("governance", c.governance);
  writer.key("fix_types")
      .begin_object()
      .member("safe", risks[0])
      .member("medium", risks[1])
      .member("dangerous", risks[2])
      .member("total", risks[0] + risks[1] + risks[2])
      .end_object();
  writer.member("verify_shims", c.shims)
      .key("public_registry")
      .begin_object()
      .member("count", c.total - static_cast<std::int64_t>(std::size(kOutsideRegistry)))
      .key("not_in_it")
      .begin_array();
  for (const std::string_view name : kOutsideRegistry) writer.string(name);
  writer.end_array()
      .end_object()
      .key("effective")
      .begin_object()
      .member("policy_rev", policy->rev)
      .member("apply", c.effective[3])
      .member("verify_then_apply", c.effective[2]);
  writer.member("escalate", c.effective[1])
      .member("recommend_only", c.effective[0])
      .member("insight", c.effective[4])
      .end_object();
  writer.key("efficacy")
      .begin_object()
      .member("generators_with_data", 0)
      .member("note", "coverage is not fix rate")
      .end_object()
      .key("detectors")
      .begin_array();
  for (const Entry* entry : all_detectors()) write_detector(writer, *entry);
  return writer.end_array().end_object().take();
}

}  // namespace agentmend::engine
