// JSON pointers of many places of one trace: a document, or a line of it, is indexed once and not again for each place.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trace/trace.h"

namespace agentmend {

class Pointers {
 public:
  explicit Pointers(const Trace& trace) : trace_(trace) {}
  // Empty for an unknown place. Cheapest when places come in order of the document.
  [[nodiscard]] std::string of(Place place);

 private:
  void open(const TraceDocument& document, std::uint32_t offset);

  const Trace& trace_;
  std::uint32_t document_ = Place::kNowhere;
  json::Index index_;  // of the document, or of the line [begin_, end_)
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t line_ = 0;  // number of the line that begins at or before begin_
  bool readable_ = false;
};

}  // namespace agentmend
