// The records of one document, whatever holds them: the lines of JSON Lines, server-sent events, the elements of an
// array, or the one value.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "error.h"
#include "ingest/source_reader.h"
#include "json/limits.h"
#include "json/view.h"
#include "trace/trace.h"

namespace agentmend {

enum class Container : std::uint8_t { kValue, kLines, kServerSentEvents };

// A function to call for each record; does not own it.
class RecordVisitor {
 public:
  template <typename F>
  RecordVisitor(F&& visit)  // NOLINT: a lambda is meant to convert
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(visit)))),
        call_([](void* object, const SourceReader& reader, json::View record) {
          (*static_cast<std::remove_reference_t<F>*>(object))(reader, record);
        }) {}
  void operator()(const SourceReader& reader, json::View record) const { call_(object_, reader, record); }

 private:
  void* object_;
  void (*call_)(void*, const SourceReader&, json::View);
};

class Records {
 public:
  // The reader of a record is good during the visit only, unless kept. Views stay good after it only where the document
  // is one value, or with Keep::kViews (costs an index per line).
  enum class Keep : std::uint8_t { kNothing, kViews };

  Records(Trace& trace, std::uint32_t document, Container container, json::View root, const json::Limits& limits)
      : trace_(trace), document_(document), container_(container), root_(root), limits_(limits) {}

  [[nodiscard]] json::View root() const { return root_; }  // the one value, without its envelope; none for lines
  [[nodiscard]] std::uint32_t document() const { return document_; }
  [[nodiscard]] const json::Limits& limits() const { return limits_; }
  [[nodiscard]] SourceReader reader() const { return {trace_, document_}; }  // of root()

  // Lines that are not JSON are counted as bad_line (partial_tail for the last), once however often this is called;
  // more bad than good ones are an error.
  [[nodiscard]] Result<void> for_each(RecordVisitor visit, Keep keep = Keep::kNothing);
  // The elements of an array inside root(), or of root() itself; JSON Lines are visited as they are.
  [[nodiscard]] Result<void> for_each_in(json::View list, RecordVisitor visit, Keep keep = Keep::kNothing);

 private:
  [[nodiscard]] Result<void> each_line(RecordVisitor visit, Keep keep);
  [[nodiscard]] Result<void> each_server_sent_event(RecordVisitor visit, Keep keep);

  Trace& trace_;
  std::uint32_t document_;
  Container container_;
  json::View root_;
  const json::Limits& limits_;
  bool counted_ = false;  // bad lines are in the losses already
};

// The text of the event is what `visit` gets: lines joined, [DONE] and comments left out.
[[nodiscard]] bool looks_like_server_sent_events(std::string_view text);

// JSON that stands inside a JSON string (places are then those of the string), or a value as it is. False: it was text
// that is no JSON, counted as lost.
[[nodiscard]] bool open_inner_json(const SourceReader& reader, json::View value, RecordVisitor visit);

}  // namespace agentmend
