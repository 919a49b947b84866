#include "ingest/trace_builder.h"

#include <algorithm>

#include "json/limits.h"
#include "json/writer.h"

namespace agentmend {
namespace {

// Open calls looked at for a result without an id: more than a model makes in one turn.
constexpr std::size_t kOpenCallsSearched = 256;

SpanStatus span_status(CallStatus status) {
  switch (status) {
    case CallStatus::kOk: return SpanStatus::kOk;
    case CallStatus::kError: return SpanStatus::kError;
    case CallStatus::kBlocked: return SpanStatus::kBlocked;
    case CallStatus::kMissing: return SpanStatus::kMissing;
    case CallStatus::kOrphan: return SpanStatus::kOrphan;
  }
  return SpanStatus::kUnset;
}

// Ids are compared whole, but a blank at either end is an accident (seen in the wild).
std::string_view trimmed(std::string_view id) {
  while (!id.empty() && id.front() == ' ') id.remove_prefix(1);
  while (!id.empty() && id.back() == ' ') id.remove_suffix(1);
  return id;
}

}  // namespace

std::uint32_t TraceBuilder::open(SpanKind kind, std::string_view name, Place place) {
  Span span;
  span.kind = kind;
  span.name = name;
  span.place = place;
  span.parent = now.parent;
  span.agent = now.agent;
  span.start_ns = now.ns;
  trace_.spans.push_back(span);
  return static_cast<std::uint32_t>(trace_.spans.size() - 1);
}

void TraceBuilder::close(std::uint32_t position, SpanStatus status) {
  Span& span = trace_.spans[position];
  span.status = status;
  if (now.ns < 0) return;
  if (now.ns < span.start_ns) {
    trace_.lose("bad_time", span.place);
  } else {
    span.end_ns = now.ns;
  }
}

void TraceBuilder::usage(std::uint32_t position, const Usage& usage) {
  Span& span = trace_.spans[position];
  if (usage.empty()) return;
  if (span.usage == Span::kNone) {
    span.usage = static_cast<std::uint32_t>(trace_.usages.size());
    trace_.usages.push_back(usage);
  } else {
    trace_.usages[span.usage] += usage;
  }
}

void TraceBuilder::event(Event event) {
  event.step = now.step;
  event.agent = now.agent;
  event.at_ms = now.ns < 0 ? -1 : now.ns / 1'000'000;
  constexpr std::size_t kTextBytes = json::Limits{}.max_text_bytes;
  if (event.text.size() > kTextBytes) {
    event.text = json::cut_utf8(event.text, kTextBytes);
    trace_.lose("cut_text", event.place);
  }
  trace_.events.push_back(event);
}

void TraceBuilder::turn(Role role, std::string_view text, Place place) {
  if (text.empty()) return;
  Event said;
  said.role = role;
  said.text = text;
  said.place = place;
  if (role == Role::kUser && trace_.task.empty()) trace_.task = text;
  event(said);
}

std::uint32_t TraceBuilder::call(std::string_view id, std::string_view name, std::string_view arguments, Place place,
                                 std::uint32_t span) {
  id = trimmed(id);
  const std::uint32_t position = span != Span::kNone ? span : open(SpanKind::kTool, name, place);
  if (span == Span::kNone) trace_.spans[position].id = id;
  if (name.empty()) trace_.lose("unknown_part", place);
  const auto number = static_cast<std::uint32_t>(calls_.size());
  calls_.push_back(
      {id, name, position, IdTable::kNone, number, static_cast<std::uint32_t>(trace_.events.size()), false});
  if (!id.empty()) {
    std::uint32_t& first = by_id_.at(id);
    if (first == IdTable::kNone || calls_[first].answered) {
      if (first != IdTable::kNone) trace_.lose("dup_id", place);
      first = number;
    } else {
      trace_.lose("dup_id", place);
      calls_[calls_[first].last].next = number;
      calls_[first].last = number;
    }
  }
  Event made;
  made.kind = EventKind::kToolCall;
  made.place = place;
  made.name = name;
  made.id = id;
  made.text = arguments;
  event(made);
  return position;
}

std::uint32_t TraceBuilder::unanswered(const CallResult& result) {
  if (!result.id.empty()) {
    const std::uint32_t found = by_id_.find(trimmed(result.id));
    return found == IdTable::kNone || calls_[found].answered ? IdTable::kNone : found;
  }
  while (open_from_ < calls_.size() && calls_[open_from_].answered) ++open_from_;
  const std::size_t end = std::min(calls_.size(), open_from_ + kOpenCallsSearched);
  for (const bool same_agent : {true, false}) {
    for (std::size_t i = open_from_; i < end; ++i) {
      const Call& call = calls_[i];
      if (call.answered || (!result.name.empty() && call.name != result.name)) continue;
      if (!same_agent || trace_.spans[call.span].agent == now.agent) return static_cast<std::uint32_t>(i);
    }
  }
  return IdTable::kNone;
}

void TraceBuilder::answer(const CallResult& result, const Call* call) {
  Event ended;
  ended.kind = EventKind::kToolResult;
  ended.role = Role::kTool;
  ended.place = result.place;
  ended.id = call == nullptr ? trimmed(result.id) : call->id;
  ended.name = call == nullptr ? result.name : call->name;
  ended.text = result.output;
  ended.error = result.error;
  ended.status = result.status;
  if (ended.status == CallStatus::kError && ended.error.empty()) ended.error = result.output;
  event(ended);
  if (call != nullptr) trace_.events.back().agent = trace_.spans[call->span].agent;
}

std::uint32_t TraceBuilder::result(const CallResult& result) {
  const std::uint32_t number = unanswered(result);
  if (number == IdTable::kNone) {
    const std::uint32_t position = open(SpanKind::kTool, result.name, result.place);
    trace_.spans[position].id = trimmed(result.id);
    trace_.spans[position].status = SpanStatus::kOrphan;
    // A log that kept results only is told apart from a result whose call is missing.
    trace_.lose(result.id.empty() && calls_.empty() ? "no_tool_calls" : "orphan_result", result.place);
    CallResult orphan = result;
    if (orphan.status != CallStatus::kError) orphan.status = CallStatus::kOrphan;
    answer(orphan, nullptr);
    return position;
  }
  Call& call = calls_[number];
  call.answered = true;
  if (call.next != IdTable::kNone) {
    calls_[call.next].last = call.last;
    by_id_.at(call.id) = call.next;
  }
  Span& span = trace_.spans[call.span];
  span.result = result.place;
  span.error = result.status == CallStatus::kError && result.error.empty() ? result.output : result.error;
  close(call.span, span_status(result.status));
  answer(result, &call);
  return call.span;
}

std::uint32_t TraceBuilder::retrieval(std::string_view query, std::span<const RetrievedDocument> documents,
                                      Place place) {
  const std::uint32_t position = open(SpanKind::kRetrieval, "", place);
  trace_.spans[position].status = SpanStatus::kOk;
  Event got;
  got.kind = EventKind::kRetrieval;
  got.place = place;
  got.text = query;
  got.documents = documents;
  event(got);
  return position;
}

void TraceBuilder::handoff(std::string_view from, std::string_view to, std::string_view text, Place place) {
  const std::uint32_t position = open(SpanKind::kHandoff, to, place);
  trace_.spans[position].status = SpanStatus::kOk;
  Event passed;
  passed.kind = EventKind::kHandoff;
  passed.place = place;
  passed.name = from;
  passed.id = to;
  passed.text = text;
  event(passed);
}

void TraceBuilder::state(std::int64_t step, std::string_view node, std::string_view values, Place place) {
  trace_.states.push_back({step, node, values, place});
  Event seen;
  seen.kind = EventKind::kState;
  seen.place = place;
  seen.name = node;
  seen.text = values;
  event(seen);
}

// A parent's figures are usually the sum of its model calls: they count only where no model call has any.
void TraceBuilder::sum_usage() {
  const auto add = [this](bool models) {
    bool any = false;
    std::vector<bool> counted(models ? 0 : trace_.spans.size());
    for (std::size_t i = 0; i < trace_.spans.size(); ++i) {
      const Span& span = trace_.spans[i];
      if ((span.kind == SpanKind::kLlm) != models) continue;
      if (!models && span.parent != Span::kNone && counted[span.parent]) counted[i] = true;  // an ancestor said it all
      if (span.usage == Span::kNone || (!models && counted[i])) continue;
      trace_.usage += trace_.usages[span.usage];
      if (!models) counted[i] = true;
      any = true;
    }
    return any;
  };
  if (!add(true)) add(false);
}

void TraceBuilder::finish() {
  std::vector<std::uint32_t> last(trace_.agents.size(), 0);  // the last event of each agent
  for (std::size_t i = 0; i < trace_.events.size(); ++i)
    last[std::min<std::size_t>(trace_.events[i].agent, last.size() - 1)] = static_cast<std::uint32_t>(i);
  for (const Call& call : calls_) {
    if (call.answered) continue;
    Span& span = trace_.spans[call.span];
    if (span.status != SpanStatus::kUnset) continue;  // the source said how it ended
    // Calls of one turn wait together: what counts is whether their agent spoke or called in a later step.
    const Event& latest = trace_.events[last[std::min<std::size_t>(span.agent, last.size() - 1)]];
    const bool went_on = latest.step > trace_.events[call.event].step;
    span.status = went_on ? SpanStatus::kMissing : SpanStatus::kPending;
    if (went_on) trace_.lose("result_lost", span.place);
  }
  if (trace_.usage.empty()) sum_usage();
  if (trace_.steps == 0) trace_.steps = static_cast<std::uint32_t>(trace_.spans.size());
  for (const Span& span : trace_.spans) {
    // Calls are counted by themselves; a workflow or an agent fails because of something inside it.
    const bool inner =
        span.kind != SpanKind::kTool && span.kind != SpanKind::kWorkflow && span.kind != SpanKind::kAgent;
    if (span.status == SpanStatus::kError && inner) ++trace_.failed_steps;
  }
}

}  // namespace agentmend
