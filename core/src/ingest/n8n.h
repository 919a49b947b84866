// Sources: n8n workflow exports and n8n execution records.
#pragma once

#include <cstdint>

#include "error.h"
#include "json/view.h"
#include "trace/trace.h"

namespace agentmend {

// Both append to trace.n8n, so that a workflow and its execution, given as two documents in either order, are joined:
// the workflow given by itself is the one that a fix would change, so it wins over the copy inside the execution.
// `root`: a workflow, an array of them or {"workflows": […]} (the first is read).
[[nodiscard]] Result<void> ingest_n8n_workflow(json::View root, std::uint32_t document, Trace& trace);

// `root`: a record of the public or internal API, {"data": record}, {workflow_json, execution_data}, a bare flatted
// array (database column), or a list page, which holds no run data and is an error.
// Where run data is flatted, trace.documents[document].text becomes the unflattened document: places point into it.
[[nodiscard]] Result<void> ingest_n8n_execution(json::View root, std::uint32_t document, Trace& trace);

}  // namespace agentmend
