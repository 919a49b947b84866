// The graph behind a LangGraph run: as the source describes it, or as far as the order of its tasks shows it.
#pragma once

#include <string_view>
#include <vector>

#include "ingest/source_reader.h"
#include "ingest/trace_builder.h"

namespace agentmend {

class LanggraphShape {
 public:
  explicit LanggraphShape(Trace& trace) : trace_(trace) {}

  // {nodes, edges}; false when there are no nodes to read.
  bool read(const SourceReader& reader, json::View graph);
  // A task ran in a step of the outermost graph. Ignored where the graph was given.
  void ran(std::int64_t step, std::string_view node, const SourceReader& reader, json::View task);
  // Says in the losses that the graph was inferred, or that there is none.
  void finish();

 private:
  std::uint32_t node(std::string_view id, Place place);
  void edge(std::uint32_t from, std::uint32_t to, std::string_view condition);

  Trace& trace_;
  IdTable nodes_;
  IdTable edges_;
  bool given_ = false;
  std::int64_t step_ = -1;
  std::vector<std::uint32_t> before_;  // nodes of the step before, and of this one
  std::vector<std::uint32_t> now_;
};

}  // namespace agentmend
