// A whole run, read from one or several documents: its events in order, its agents, and what was lost in reading.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/view.h"
#include "trace/event.h"
#include "trace/span.h"
#include "trace/spending.h"

namespace agentmend {

// Keeps decoded strings alive; addresses do not move until reset().
class Arena {
 public:
  [[nodiscard]] std::string_view keep(std::string_view text) { return next().assign(text); }
  // The decoded text of a JSON string (other values: as written): a view into the document when nothing had to be
  // decoded.
  [[nodiscard]] std::string_view text(json::View value) {
    if (value.kind() != json::Kind::kStringEscaped) return json::as_text(value, scratch_);
    return value.text(next());
  }
  [[nodiscard]] std::vector<RetrievedDocument>& documents() { return documents_.emplace_back(); }
  [[nodiscard]] json::Index& index() { return indexes_.emplace_back(); }  // for JSON inside a JSON string
  // Forgets everything but keeps the memory: a session calls it before each event.
  void reset() {
    used_ = 0;
    if (!documents_.empty()) documents_.clear();
    if (!indexes_.empty()) indexes_.clear();
  }

 private:
  std::string& next() {
    if (used_ == texts_.size()) texts_.emplace_back();
    return texts_[used_++];
  }
  std::deque<std::string> texts_;
  std::size_t used_ = 0;
  std::deque<std::vector<RetrievedDocument>> documents_;
  std::deque<json::Index> indexes_;
  std::string scratch_;
};

struct Loss {
  std::string_view code;  // docs: ingestion, "losses"
  std::uint32_t count = 0;
  Place first;
};

struct Truncation {
  std::string_view what;
  std::uint64_t kept = 0;
  std::uint64_t seen = 0;
};

struct N8nRun;  // trace/n8n_run.h: workflow graph and run data; present for n8n sources only

struct TraceDocument {
  std::string_view name;
  std::string_view text;
  bool lines = false;  // JSON Lines and server-sent events: pointers begin with the 0-based physical line
};

enum class RunStatus : std::uint8_t { kUnknown, kOk, kError, kInterrupted, kLimit, kCancelled, kRunning };
[[nodiscard]] std::string_view name_of(RunStatus status);

class Trace {
 public:
  Trace();
  ~Trace();
  Trace(Trace&&) noexcept;
  Trace& operator=(Trace&&) noexcept;

  std::vector<TraceDocument> documents;
  std::vector<Event> events;
  std::vector<std::string_view> agents;  // agents[0] is "main" until another name is seen
  std::string_view id;
  std::string_view source;  // format id, e.g. "openai-chat"
  std::string_view framework = "generic";
  std::string_view task;  // first user text, or the source's own task field
  Usage usage;
  Budget budget;  // what the run says it may spend
  RunStatus status = RunStatus::kUnknown;
  std::uint32_t steps = 0;  // messages, spans, lines or node runs read
  std::vector<Span> spans;  // a parent stands before its children
  std::vector<Usage> usages;  // of spans
  std::vector<StateSnapshot> states;
  TraceGraph graph;
  std::size_t failed_steps = 0;  // steps other than tool calls that failed
  std::vector<Loss> losses;
  std::optional<Truncation> truncated;
  std::unique_ptr<N8nRun> n8n;
  Arena arena;

  [[nodiscard]] std::uint32_t agent(std::string_view name);  // position of the agent, added when new
  void lose(std::string_view code, Place place = {}, std::uint32_t count = 1);
};

// JSON pointer of a place. One pass over the document up to the place: for evidence, not for the hot path.
[[nodiscard]] std::string pointer_of(const Trace& trace, Place place);

}  // namespace agentmend
