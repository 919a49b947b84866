// The graph of a Dify app, as its definition and the details of a run hold it.
#pragma once

#include "ingest/source_reader.h"

namespace agentmend {

// Into trace.graph, in the place of what was inferred; nothing where a graph was given already or this one is empty.
void read_dify_graph(const SourceReader& reader, json::View graph);

}  // namespace agentmend
