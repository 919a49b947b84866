// One operation of a run: who did what, inside what, from when to when, and how it ended. Kinds and fields follow the
// OpenTelemetry GenAI conventions where one exists (gen_ai.operation.name).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "trace/event.h"

namespace agentmend {

enum class SpanKind : std::uint8_t {
  kWorkflow,
  kAgent,
  kLlm,
  kTool,
  kRetrieval,
  kEmbedding,
  kMemory,
  kPlan,
  kHandoff,
  kGuardrail,
  kEvaluator,
  kNode,
  kState,
  kEvent,
};
enum class SpanStatus : std::uint8_t {
  kUnset,
  kOk,
  kError,
  kBlocked,
  kMissing,  // a call whose result was lost: its agent went on
  kPending,  // the last thing that happened
  kOrphan,  // a result without its call
};

[[nodiscard]] std::string_view name_of(SpanKind kind);
[[nodiscard]] std::string_view name_of(SpanStatus status);

struct Usage {
  std::int64_t input_tokens = 0;  // cached ones included (OpenTelemetry rule)
  std::int64_t output_tokens = 0;
  std::int64_t cache_read_tokens = 0;
  std::int64_t cache_write_tokens = 0;
  std::int64_t cost_micro_usd = -1;  // -1 = unknown

  Usage& operator+=(const Usage& more);
  [[nodiscard]] bool empty() const { return input_tokens == 0 && output_tokens == 0 && cost_micro_usd < 0; }
};

struct Span {
  static constexpr std::uint32_t kNone = 0xffffffffu;

  SpanKind kind = SpanKind::kEvent;
  SpanStatus status = SpanStatus::kUnset;
  std::uint32_t parent = kNone;  // position in Trace::spans; always an earlier one
  std::uint32_t agent = 0;
  std::uint32_t usage = kNone;  // position in Trace::usages
  Place place;  // of what opened it
  Place result;  // of what closed it, when that stands elsewhere
  std::int64_t start_ns = -1;  // since 1970 UTC, -1 = unknown
  std::int64_t end_ns = -1;
  std::string_view id;
  std::string_view name;
  std::string_view model;
  std::string_view error;
};

// The state of a run after a step, as its source shows it.
struct StateSnapshot {
  std::int64_t step = -1;
  std::string_view node;  // that wrote it; empty = not known
  std::string_view values;  // JSON as written
  Place place;
};

// What is connected with what, when the source says so.
struct TraceGraph {
  struct Node {
    std::string_view id;
    std::string_view name;
    std::string_view type;
    Place place;
  };
  struct Edge {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    std::string_view condition;  // empty = always taken
  };
  std::vector<Node> nodes;
  std::vector<Edge> edges;
  bool inferred = false;
};

}  // namespace agentmend
