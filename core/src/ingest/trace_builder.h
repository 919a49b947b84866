// Builds a Trace from what a source says in order: spans, turns, calls and their results. Pairing, losses and sums are
// done here, once for all sources (docs: ingestion, pairing rules).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "trace/id_table.h"
#include "trace/trace.h"

namespace agentmend {

// When, by whom and inside what the following things happen. A reader changes it as it goes.
struct Moment {
  std::uint32_t step = 0;  // 0-based message, line or span of the source
  std::uint32_t agent = 0;
  std::uint32_t parent = Span::kNone;  // the span around
  std::int64_t ns = -1;  // since 1970 UTC
};

struct CallResult {
  std::string_view id;  // empty: the first unanswered call of that agent and name is meant
  std::string_view name;
  std::string_view output;
  std::string_view error;
  CallStatus status = CallStatus::kOk;
  Place place;
};

class TraceBuilder {
 public:
  explicit TraceBuilder(Trace& trace) : trace_(trace) {}

  Moment now;

  // A new span at `now`; its position. `close` sets its end to `now`.
  std::uint32_t open(SpanKind kind, std::string_view name, Place place);
  void close(std::uint32_t span, SpanStatus status = SpanStatus::kOk);
  [[nodiscard]] Span& span(std::uint32_t position) { return trace_.spans[position]; }
  // Adds to a span. Totals of the trace are summed by finish(): of model calls, or of other spans where no model call
  // has any.
  void usage(std::uint32_t span, const Usage& usage);

  // Somebody said something. Nothing when the text is empty. The first text of a user is the task unless one is known.
  void turn(Role role, std::string_view text, Place place);
  // A call: a tool span and an event; the position of the span. `span`: one that is there already, where the source
  // shows the call and its execution apart.
  std::uint32_t call(std::string_view id, std::string_view name, std::string_view arguments, Place place,
                     std::uint32_t span = Span::kNone);
  // The result of an earlier call; the position of the call's span (a new one for an orphan).
  std::uint32_t result(const CallResult& result);
  std::uint32_t retrieval(std::string_view query, std::span<const RetrievedDocument> documents, Place place);
  void handoff(std::string_view from, std::string_view to, std::string_view text, Place place);
  void state(std::int64_t step, std::string_view node, std::string_view values, Place place);
  // Any other event, stamped with `now`.
  void event(Event event);

  // Call once at the end: calls without a result, sums of usage, counts.
  void finish();

 private:
  struct Call {
    std::string_view id;
    std::string_view name;
    std::uint32_t span = 0;
    std::uint32_t next = IdTable::kNone;  // the next call with the same id
    std::uint32_t last = IdTable::kNone;  // on the first of them: the last one
    std::uint32_t event = 0;
    bool answered = false;
  };
  [[nodiscard]] std::uint32_t unanswered(const CallResult& result);
  void answer(const CallResult& result, const Call* call);
  void sum_usage();

  Trace& trace_;
  std::vector<Call> calls_;
  IdTable by_id_;  // the first call with that id that may still be unanswered
  std::size_t open_from_ = 0;  // every call before it is answered
};

}  // namespace agentmend
