// The spans of OTLP files and of in-memory exporters as rows: ids, times and the attributes that any dialect gives a
// meaning to, found in one walk over each span.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/records.h"
#include "trace/id_table.h"

namespace agentmend::otlp {

// What attributes say, whatever the dialect calls it.
enum class Field : std::uint8_t {
  kOperation,  // gen_ai.operation.name
  kOpeninferenceKind,
  kVercelOperation,
  kTraceloopKind,
  kAgent,
  kModel,
  kInputTokens,
  kOutputTokens,
  kCacheRead,
  kCacheWrite,
  kCost,
  kTool,
  kCallId,
  kArguments,
  kResult,
  kParameters,
  kQuery,
  kDocuments,
  kSystem,
  kInput,  // messages
  kOutput,
  kAnswerText,
  kAnswerCalls,
  kInputValue,  // of any span: what went in and what came out, as text or JSON
  kOutputValue,
  kErrorType,
  kFlatInput,  // llm.input_messages.N.…: one attribute for each leaf
  kFlatOutput,
  kFlatDocuments,
};

// One attribute name of a dialect. Of several names for the same thing, the one of the lowest rank is taken.
struct Name {
  std::string_view name;
  Field field;
  std::uint8_t rank;
};
[[nodiscard]] std::span<const Name> attribute_names();
[[nodiscard]] std::span<const Name> attribute_prefixes();  // followed by N.leaf

struct Found {
  Field field = Field::kOperation;
  std::uint8_t rank = 0;
  std::uint32_t key = 0;  // positions in the index of the row's document
  std::uint32_t value = 0;
};

struct Row {
  static constexpr std::uint32_t kNone = 0xffffffffu;
  const SourceReader* reader = nullptr;
  json::View span;
  json::View events;
  json::View status;
  json::View body;  // of a log record
  std::string_view id;
  std::string_view parent_id;
  std::string_view trace_id;
  std::string_view name;
  std::int64_t start_ns = -1;
  std::int64_t end_ns = -1;
  std::uint32_t found = 0;  // the first of its attributes, and how many
  std::uint32_t found_count = 0;
  std::uint32_t order = 0;  // in the documents
  std::uint32_t log = kNone;  // the next log record of this span: its messages
  std::uint32_t details = kNone;  // the log record that has the rest of its attributes
  bool is_log = false;
};

// The value behind an AnyValue {stringValue: …}; the list inside for arrays and key-value lists; others as they are.
[[nodiscard]] json::View unwrap(json::View any);
// An AnyValue, or anything else, as plain JSON text.
void write_plain(json::View any, std::string& out);
void write_plain_list(json::View values, std::string& out);  // the list inside an arrayValue
// Attributes as a plain JSON object; JSON inside strings is opened where messages have calls in it.
void write_attributes(json::View attributes, std::string& out);

class Rows {
 public:
  explicit Rows(Trace& trace);

  // Any shape: export requests, lists of spans, lists of spans under names, the attributes of one span.
  void collect(const SourceReader& reader, json::View value);

  std::vector<Row> all;
  [[nodiscard]] json::View get(const Row& row, Field field) const;  // the attribute of the best rank
  [[nodiscard]] SpanKind kind_of(const Row& row, bool outermost) const;
  [[nodiscard]] std::int64_t integer(const Row& row, Field field) const;  // 0 when absent
  // Each message or document of a field whose parts are attributes of their own, in order.
  void flat(const Row& row, Field field, RecordVisitor visit);
  [[nodiscard]] std::span<const Found> found(const Row& row) const {
    return std::span<const Found>(found_).subspan(row.found, row.found_count);
  }

 private:
  void resources(json::View list);
  void record(json::View span, bool log);
  void member(Row& row, std::uint32_t member, json::View value);
  void attributes(json::View attributes);
  void attribute(json::View key, json::View value);
  [[nodiscard]] std::string_view id_text(json::View value);

  Trace& trace_;
  const SourceReader* reader_ = nullptr;
  std::deque<SourceReader> readers_;  // one for each document or line
  IdTable members_;
  IdTable names_;
  std::vector<Found> found_;
};

[[nodiscard]] double mark(json::View value);

}  // namespace agentmend::otlp
