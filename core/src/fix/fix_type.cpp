#include "fix/fix_type.h"

#include "fix/fix_type_table.h"

namespace agentmend {

std::string_view name_of(Risk risk) {
  constexpr std::string_view kNames[] = {"safe", "medium", "dangerous"};
  return kNames[static_cast<std::size_t>(risk)];
}
std::string_view name_of(Bucket bucket) {
  constexpr std::string_view kNames[] = {"safe_auto", "medium_verify", "medium_escalate", "dangerous_escalate",
                                         "deferred"};
  return kNames[static_cast<std::size_t>(bucket)];
}

const FixType* find_fix_type(std::string_view name) {
  for (const FixType& type : all_fix_types()) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

namespace {

struct ShimPair {
  std::string_view detector;
  std::string_view fix_type;
};

// The twelve pairs of the catalogue. Which of them have an implementation is heal/verify's business: a pair listed here
// without one answers "inconclusive", which escalates.
constexpr ShimPair kShims[] = {
    {"retrieval_quality", "reranker"},
    {"routing", "route_fallback"},
    {"overflow", "context_pruning"},
    {"overflow", "summarization"},
    {"overflow", "window_management"},
    {"overflow", "token_optimizer"},
    {"model_selection", "model_routing"},
    {"output_validation", "schema_enforcement"},
    {"output_validation", "independent_verifier"},
    {"n8n_schema", "schema_enforcement"},
    {"dify_tool_schema_mismatch", "schema_enforcement"},
    {"openclaw_channel_mismatch", "output_constraint"},
};

}  // namespace

bool has_shim(std::string_view detector, std::string_view fix_type) {
  for (const ShimPair& pair : kShims) {
    if (pair.detector == detector && pair.fix_type == fix_type) return true;
  }
  return false;
}

bool is_governance(const Descriptor& descriptor) { return descriptor.family == Family::kGovernance; }

Bucket bucket_of(const Descriptor& descriptor) {
  if (descriptor.fixes.empty()) return Bucket::kDeferred;
  Risk lowest = Risk::kDangerous;
  bool shim = false;
  for (const std::string_view name : descriptor.fixes) {
    const FixType* type = find_fix_type(name);
    if (type != nullptr && type->risk < lowest) lowest = type->risk;
    shim = shim || has_shim(descriptor.name, name);
  }
  if (lowest == Risk::kSafe) return Bucket::kSafeAuto;
  if (lowest == Risk::kDangerous) return Bucket::kDangerousEscalate;
  return shim ? Bucket::kMediumVerify : Bucket::kMediumEscalate;
}

}  // namespace agentmend
