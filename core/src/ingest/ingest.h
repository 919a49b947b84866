// Text in any known shape to a Trace. One file per source; source.cpp says which source a text is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "error.h"
#include "json/limits.h"
#include "trace/trace.h"

namespace agentmend {

struct Document {
  std::string name;
  std::string_view text;  // must outlive the Trace
};

struct SourceGuess {
  double confidence = 0;
  std::vector<std::string_view> candidates;  // best first
};

struct Ingested {
  Trace trace;
  SourceGuess guess;
};

// `source` empty = recognise it. Several documents are joined (a workflow and its execution).
[[nodiscard]] Result<Ingested> ingest(const std::vector<Document>& documents, std::string_view source,
                                      const json::Limits& limits = {});

}  // namespace agentmend
