#include "heal/verify/verify.h"

#include <array>

namespace agentmend::heal {
namespace {

struct ShimRow {
  std::string_view detector;
  std::string_view fix_type;
  Shim shim;
};
constexpr std::array<ShimRow, 1> kShims{{
    {"retrieval_quality", "reranker", rerank_shim},
}};

Verification inconclusive(double before, std::string reason) {
  return {Verdict3::kInconclusive, before, -1, false, std::move(reason), {}};
}

}  // namespace

std::string_view name_of(Verdict3 verdict) {
  constexpr std::string_view kNames[] = {"improved", "not_improved", "inconclusive"};
  return kNames[static_cast<std::size_t>(verdict)];
}

Shim find_shim(std::string_view detector, std::string_view fix_type) {
  for (const ShimRow& row : kShims) {
    if (row.detector == detector && row.fix_type == fix_type) return row.shim;
  }
  return nullptr;
}

Verification verify(const HealableFinding& finding, const FixType& fix, json::View pre_input, json::View parameters,
                    double improvement) {
  const Descriptor& descriptor = finding.descriptor();
  const Entry* entry = find_detector(descriptor.name);
  const Shim shim = find_shim(descriptor.name, fix.name);
  if (shim == nullptr) return inconclusive(finding.detection().confidence, "no_shim");
  if (!pre_input.is_object()) return inconclusive(finding.detection().confidence, "no_input");
  const Detection before = entry->ask(pre_input, Options{});
  if (!before.detected) return inconclusive(before.confidence, "not_reproduced");
  ShimOutcome post = shim(pre_input, parameters);
  if (!post.built) return inconclusive(before.confidence, std::move(post.reason));
  json::Index index;
  if (!index.read(post.post_input_json)) return inconclusive(before.confidence, "shim_output_unreadable");
  const Detection after = entry->ask(json::View::root(index), Options{});
  if (after.status != Status::kOk) return inconclusive(before.confidence, "detector_could_not_run");
  const bool improved = !after.detected || before.confidence - after.confidence >= improvement - 1e-9;
  Verification out{improved ? Verdict3::kImproved : Verdict3::kNotImproved,
                   before.confidence,
                   after.confidence,
                   improved && after.detected,
                   {},
                   std::move(post.effect)};
  out.reason = improved ? (after.detected ? "confidence_fell" : "no_longer_detected") : "still_detected";
  return out;
}

}  // namespace agentmend::heal
