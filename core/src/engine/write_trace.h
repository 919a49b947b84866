// Parts that every document about a trace holds.
#pragma once

#include "json/writer.h"
#include "trace/trace.h"

namespace agentmend::engine {

void write_usage(json::Writer& writer, const Usage& usage);  // an object
void write_losses(json::Writer& writer, const Trace& trace);  // the members "losses" and "truncated"

}  // namespace agentmend::engine
