// Sources: n8n workflow exports and n8n execution records.
//
// Both append to trace.n8n, so that a workflow and its execution, given as two documents in either order, are joined:
// the workflow given by itself is the one that a fix would change, so it wins over the copy inside the execution.
#include <algorithm>

#include "ingest/n8n_events.h"
#include "ingest/sources.h"
#include "json/flatted.h"
#include "trace/n8n_run.h"

namespace agentmend {
namespace {

bool is_workflow(json::View value) { return value["nodes"].is_array(); }

// A list of workflows: the first is read, the others are counted as lost.
json::View first_workflow(json::View root, std::uint32_t document, Trace& trace) {
  if (is_workflow(root)) return root;
  if (root["workflow_json"].is_object()) return root["workflow_json"];
  const json::View list = root["workflows"].is_array() ? root["workflows"]
                          : root["data"].is_array()    ? root["data"]
                                                       : root;
  json::View first;
  std::uint32_t others = 0;
  json::for_each(list, [&](json::View item, std::size_t) {
    if (!is_workflow(item)) return;
    if (first) {
      if (others++ == 0) trace.lose("unknown_part", {document, item.offset()}, 0);
    } else {
      first = item;
    }
  });
  if (others != 0) trace.lose("unknown_part", {}, others);
  return first;
}

Result<void> add_workflow(json::View workflow, std::uint32_t document, Trace& trace) {
  N8nRun& run = *trace.n8n;
  if (auto read = read_n8n_workflow(workflow, document, run); !read) return read;
  if (run.by_id != 0) trace.lose("inferred_graph", run.place, run.by_id);
  if (trace.id.empty()) trace.id = trace.arena.keep(run.id);
  return {};
}

// The record with its run data written out, as the text of the document from now on.
Result<json::View> reopen(const std::string& text, std::uint32_t document, Trace& trace) {
  const std::string_view kept = trace.arena.keep(text);
  json::Index& index = trace.arena.index();
  if (auto read = index.read(kept); !read) return tl::unexpected(read.error());
  trace.documents[document].text = kept;
  return json::View::root(index);
}

Result<std::string> unfolded(json::View flatted, std::uint32_t document, Trace& trace) {
  auto out = json::unflatten(flatted);
  if (!out) return tl::unexpected(out.error());
  if (out->cycles != 0) trace.lose("cut_text", {document, 0}, out->cycles);
  return std::move(out->text);
}

// Makes run data that is flatted, or JSON inside a string, part of the document.
Result<json::View> expand(json::View root, json::View record, std::uint32_t document, Trace& trace) {
  if (json::looks_flatted(root)) {
    auto text = unfolded(root, document, trace);
    if (!text) return tl::unexpected(text.error());
    return reopen("{\"data\":" + *text + "}", document, trace);
  }
  const json::View data = record["data"];
  if (!data.is_string()) return record;
  json::Index& inner = trace.arena.index();
  if (auto read = inner.read(trace.arena.keep(data.text())); !read) {
    trace.lose("stringified_json_failed", {document, data.offset()});
    return record;
  }
  std::string text(json::View::root(inner).raw());
  if (json::View::root(inner).is_array()) {
    auto unflattened = unfolded(json::View::root(inner), document, trace);
    if (!unflattened) return tl::unexpected(unflattened.error());
    text = std::move(*unflattened);
  }
  const std::string_view whole = trace.documents[document].text;
  const std::size_t begin = static_cast<std::size_t>(data.raw().data() - whole.data());
  if (begin > whole.size()) return record;  // not a view into this document
  const std::string pointer = json::pointer_of(record);
  auto opened =
      reopen(std::string(whole.substr(0, begin)) + text + std::string(whole.substr(begin + data.raw().size())),
             document, trace);
  if (!opened) return opened;
  return json::resolve(*opened, pointer);
}

// Does the execution belong to this workflow? By id where both have one, else by the names of the nodes that ran.
bool belongs(const N8nExecution& execution, const N8nRun& run) {
  if (!execution.workflow_id.empty() && execution.workflow_id == run.id) return true;
  if (execution.runs.empty()) return execution.workflow_id.empty() || run.id.empty();
  std::size_t known = 0;
  for (const N8nNodeRun& node : execution.runs) known += run.find(node.node) != WorkflowGraph::kNone ? 1 : 0;
  return 2 * known >= execution.runs.size();  // nodes may have been renamed since
}

// Execution and workflow are both there: tie runs to nodes.
Result<void> join(Trace& trace) {
  N8nRun& run = *trace.n8n;
  if (!run.has_workflow() || !run.execution) return {};
  if (!belongs(*run.execution, run)) {
    return fail(ErrorCode::kDetectMismatch, "",
                "The execution does not belong to this workflow: neither its id nor the names of its nodes agree.");
  }
  for (N8nNodeRun& node : run.execution->runs) node.position = run.find(node.node);
  append_n8n_events(run, trace);
  return {};
}

void note_losses(const N8nRun& run, json::View record, Trace& trace) {
  const N8nExecution& execution = *run.execution;
  if (record["redactionInfo"]["isRedacted"].boolean(false) ||
      record["data"]["redactionInfo"]["isRedacted"].boolean(false))
    trace.lose("redacted", execution.place);
  for (const N8nNodeRun& node : execution.runs) {
    json::for_each(node.json["data"]["main"], [&](json::View items, std::size_t) {
      const json::View binary = items.at(0)["binary"];
      if (binary.is_object() && binary.first()) trace.lose("media_dropped", node.place);
    });
  }
}

// A workflow, an array of them or {"workflows": […]}: the first is read.
Result<void> read_workflow(Records& records, Trace& trace) {
  const std::uint32_t document = records.document();
  const json::View root = records.root();
  trace.framework = "n8n";
  const json::View workflow = first_workflow(root, document, trace);
  if (!workflow)
    return fail(ErrorCode::kDetectMismatch, "/nodes", "This is no n8n workflow: it has no array of nodes.");
  auto fresh = std::make_unique<N8nRun>();
  if (trace.n8n) {  // the execution came first: keep it, take this workflow
    fresh->execution = std::move(trace.n8n->execution);
    fresh->texts = std::move(trace.n8n->texts);
    fresh->indexes = std::move(trace.n8n->indexes);
    trace.events.clear();
    trace.spans.clear();
    trace.usages.clear();
    trace.failed_steps = 0;
    trace.usage = {};
    trace.steps = 0;
  }
  trace.n8n = std::move(fresh);
  if (auto read = add_workflow(workflow, document, trace); !read) return read;
  return join(trace);
}

// A record of the public or internal API, {"data": record}, {workflow_json, execution_data}, a bare flatted array
// (database column), or a list page, which holds no run data and is an error. Where run data is flatted,
// trace.documents[document].text becomes the unflattened document: places point into it.
Result<void> read_execution(Records& records, Trace& trace) {
  const std::uint32_t document = records.document();
  const json::View root = records.root();
  trace.framework = "n8n";
  json::View record = root;
  while (record["data"].is_object() && !record["data"]["resultData"].is_object() &&
         (record["data"]["data"].exists() || record["data"]["workflowId"].exists()))
    record = record["data"];
  if (record["data"].is_array() || (record.is_array() && record.at(0)["workflowId"].exists())) {
    return fail(ErrorCode::kInputNoRunData, "/data",
                "This is a page of the execution list, without run data; export one execution with includeData=true.");
  }
  auto opened = expand(root, record, document, trace);
  if (!opened) return tl::unexpected(opened.error());
  record = *opened;

  const bool labelled = record["workflow_json"].is_object();
  const json::View inside = labelled ? record["workflow_json"] : record["workflowData"];
  const json::View execution = labelled ? record["execution_data"] : record;
  if (!trace.n8n) trace.n8n = std::make_unique<N8nRun>();
  if (!trace.n8n->has_workflow() && is_workflow(inside)) {
    if (auto read = add_workflow(inside, document, trace); !read) return read;
  }
  if (auto read = read_n8n_execution(execution, document, *trace.n8n); !read) return read;
  N8nRun& run = *trace.n8n;
  const bool has_result = run.execution->data["resultData"].is_object() || run.execution->has_node_runs;
  if (!has_result && !execution["status"].is_string()) {
    return fail(ErrorCode::kDetectMismatch, "/data/resultData", "This is no n8n execution: it has no run data.");
  }
  if (!has_result && !labelled && !run.execution->error) {
    return fail(ErrorCode::kInputNoRunData, "/data",
                "The execution carries no run data; export it with includeData=true.");
  }
  if (!run.execution->id.empty()) trace.id = trace.arena.keep(run.execution->id);
  note_losses(run, execution, trace);
  if (!run.has_workflow()) {
    trace.lose("no_graph", run.execution->place);
    append_n8n_events(run, trace);
  }
  return join(trace);
}

bool looks_like_workflow(json::View value) {
  const json::View node = value["nodes"].first();
  if (!value["nodes"].is_array() || !value["connections"].is_object()) return false;
  if (!node) return true;
  return node["type"].is_string() && node["type"].raw().find('.') != std::string_view::npos;
}

json::View first_item(json::View array) { return array.is_array() ? array.first() : json::View(); }

double mark_workflow(json::View value) {
  if (looks_like_workflow(value)) {
    return 0.97 + (value["settings"].is_null() ? 0 : 0.03) +
           (first_item(value["nodes"])["typeVersion"].exists() ? 0.03 : 0);
  }
  if (value["workflow_json"].is_object()) return value["execution_data"].is_object() ? 0 : 0.95;
  const bool list = looks_like_workflow(first_item(value["workflows"])) || looks_like_workflow(first_item(value));
  return list ? 0.95 : 0;  // a list of exports
}

double mark_execution(json::View value) {
  const json::View data = value["data"];
  if (data["resultData"]["runData"].is_object()) return 0.98;
  if (data.is_string() && data.text().starts_with("[{\"")) return 0.97;
  if (value["workflowData"].is_object() && !value["startedAt"].is_null()) return 0.95;
  if (value["workflow_json"].is_object()) return value["execution_data"].is_object() ? 0.95 : 0;
  if (first_item(value)["resultData"].is_string() && value.size() > 3) return 0.95;  // the flatted array itself
  // A list page without run data: the reader says so.
  return first_item(data)["workflowId"].exists() && !first_item(data)["data"].exists() ? 0.9 : 0;
}

}  // namespace

extern const Source kN8nWorkflowSource;
extern const Source kN8nExecutionSource;
const Source kN8nWorkflowSource{"n8n-workflow", mark_workflow, read_workflow};
const Source kN8nExecutionSource{"n8n-execution", mark_execution, read_execution};

}  // namespace agentmend
