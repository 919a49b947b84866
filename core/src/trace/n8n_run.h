// An n8n workflow as a graph, and what its execution did. Filled by ingest/n8n.cpp; asked by the n8n detectors and the
// n8n renderer. Facts: docs of n8n's workflow and execution format.
#pragma once

namespace agentmend {

struct N8nRun {};

}  // namespace agentmend
