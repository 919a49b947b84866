#include "fix/finding.h"

#include "fix/fix_type.h"

namespace agentmend {

Finding classify(FindingData data) {
  const Descriptor& descriptor = *data.detection->descriptor;
  if (is_governance(descriptor)) return GovernanceFinding(std::move(data));
  if (bucket_of(descriptor) == Bucket::kDeferred) return InsightFinding(std::move(data));
  return HealableFinding(std::move(data));
}

}  // namespace agentmend
