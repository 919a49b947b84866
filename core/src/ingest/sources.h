// What a source is, and the only list of them.
#pragma once

#include <span>
#include <string_view>

#include "error.h"
#include "ingest/records.h"
#include "ingest/trace_builder.h"

namespace agentmend {

struct Source {
  std::string_view id;  // as --source names it
  // How sure one value is of this source (docs: ingestion, decision order): the base of its best signature field plus
  // 0.03 for each support; 0 = no mark of it. Called on the whole value, or on the first and last lines.
  double (*mark)(json::View value);
  // Appends a document to the Trace. Only called when a mark was there, or the source was named.
  Result<void> (*read)(Records& records, Trace& trace);
  // Where documents of this source that follow each other are parts of one run: reads them together, instead of `read`.
  Result<void> (*read_together)(std::span<Records> documents, Trace& trace) = nullptr;
};

[[nodiscard]] std::span<const Source* const> all_sources();  // in the order that breaks ties
[[nodiscard]] const Source* find_source(std::string_view id);

}  // namespace agentmend
