#include "ingest/langgraph_shapes.h"

#include <algorithm>
#include <iterator>

#include "ingest/langchain.h"

namespace agentmend {
namespace {

constexpr std::string_view kModes[] = {"values",
                                       "updates",
                                       "messages",
                                       "custom",
                                       "debug",
                                       "checkpoints",
                                       "tasks",
                                       "error",
                                       "events",
                                       "metadata",
                                       "end",
                                       "messages-tuple",
                                       "messages/partial",
                                       "messages/complete",
                                       "messages/metadata"};

bool is_mode(json::View value) {
  if (!value.is_string()) return false;
  std::string storage;
  std::string_view name = value.text(storage);
  name = name.substr(0, name.find('|'));  // "updates|namespace"
  return std::find(std::begin(kModes), std::end(kModes), name) != std::end(kModes);
}

bool is_namespace(json::View value) {
  return value.is_array() && (!value.first() || (value.first().is_string() && value.first().raw().size() > 2)) &&
         !langchain_message(value);
}

}  // namespace

LanggraphEvent langgraph_event(json::View value, std::string& storage) {
  LanggraphEvent event;
  json::View mode;
  if (value.is_array()) {
    const json::View first = value.first();
    const json::View second = first ? first.next_in(value) : json::View();
    const json::View third = second ? second.next_in(value) : json::View();
    if (third && !third.next_in(value) && is_mode(second) && (is_namespace(first) || first.is_string())) {
      event.space = first;
      mode = second;
      event.data = third;
    } else if (second && !third && is_mode(first)) {
      mode = first;
      event.data = second;
    } else if (second && !third && is_langchain_message(first) && second["langgraph_node"].is_string()) {
      event.mode = "messages";
      event.data = value;
    } else if (second && !third && is_namespace(first) && is_langchain_message(second.first())) {
      event.mode = "messages";
      event.space = first;
      event.data = second;
    }
  } else if (value["payload"].is_object() && value["step"].is_number()) {
    event.mode = "debug";
    event.data = value;
  } else if (value["type"].equals("error") && !value["error"].is_null()) {
    event.mode = "error";
    event.data = value["error"];
  } else if (is_mode(value["event"]) && value["data"].exists()) {
    mode = value["event"];
    event.data = value["data"];
  }
  if (mode) event.mode = mode.text(storage);
  event.mode = event.mode.substr(0, event.mode.find('|'));
  return event;
}

bool is_langgraph_snapshot(json::View value) {
  if (!value["values"].exists() || !value["next"].is_array()) return false;
  return value["config"]["configurable"].is_object() || value["checkpoint"]["thread_id"].is_string() ||
         value["metadata"]["step"].is_number();
}

// A checkpoint as a saver keeps it, with or without the row around it.
json::View langgraph_checkpoint(json::View value) {
  const json::View inner = value["checkpoint"];
  if (inner["channel_values"].exists()) return inner;
  return value["channel_values"].exists() && value["channel_versions"].exists() ? value : json::View();
}

bool is_langgraph_description(json::View value) {
  bool start = false;
  json::for_each(value["nodes"], [&start](json::View node, std::size_t at) {
    start = start || (at < 64 && node["id"].equals("__start__"));
  });
  return start && value["edges"].is_array();
}

// {node: {messages: […]}}, what a stream of updates alone writes, or {messages: […]} of a final state.
bool is_langgraph_state(json::View value) {
  return value["messages"].is_array() && is_langchain_message(value["messages"].first());
}

bool is_langgraph_update(json::View value) {
  return value.is_object() && value.first().is_object() && is_langgraph_state(value.first()) &&
         !value["messages"].exists();
}

json::View langgraph_execution(json::View value) {
  const json::View inner = value["graph_execution"];
  return inner.is_object() ? inner : is_langgraph_execution(value) ? value : json::View();
}

json::View langgraph_list(json::View root) {
  std::string storage;
  if (!langgraph_event(root, storage).mode.empty()) return {};
  for (const std::string_view key : {"checkpoints", "history", "events"}) {
    if (root[key].is_array()) return root[key];
  }
  return root.is_array() ? root : json::View();
}

// Rises from record to record: the step of a snapshot, or the time or id of a checkpoint.
bool comes_before(json::View a, json::View b) {
  const auto step = a["metadata"]["step"].integer();
  const auto other = b["metadata"]["step"].integer();
  if (step && other) return *step < *other;
  const json::View x = first_of(langgraph_checkpoint(a), {"ts", "id"});
  const json::View y = first_of(langgraph_checkpoint(b), {"ts", "id"});
  return x.is_string() && y.is_string() && x.raw() < y.raw();
}

namespace {

double mark_record(json::View value) {
  std::string storage;
  const LanggraphEvent event = langgraph_event(value, storage);
  const json::View type = value["type"];
  if (event.mode == "debug" && !value.is_array()) {
    const bool known = type.equals("checkpoint") || type.equals("task") || type.equals("task_result");
    return known ? 0.96 + (value["timestamp"].exists() ? 0.03 : 0) : 0;
  }
  if (event.mode == "error") return value["error"]["lc_error_code"].exists() ? 0.9 : 0;
  if (!event.mode.empty()) return value.is_array() ? 0.93 : 0.9;
  if (langgraph_checkpoint(value)) return 0.97;
  if (is_langgraph_snapshot(value)) return 0.96 + (value["metadata"]["source"].is_string() ? 0.03 : 0);
  if (value["thread_id"].is_string() && value["assistant_id"].is_string() && value["status"].is_string()) return 0.9;
  if (value["thread_id"].is_string() && value["status"].is_string() && value["values"].is_object()) return 0.9;
  return is_langgraph_update(value) || is_langgraph_state(value) || is_langchain_message(value) ? 0.85 : 0;
}

}  // namespace

double mark_langgraph(json::View value) {
  if (langgraph_execution(value)) return 0.96;
  if (is_langgraph_description(value)) return 0.93;
  const double own = mark_record(value);
  if (own > 0) return own;
  const json::View list = langgraph_list(value);
  return list ? mark_record(list.first()) : 0;
}

}  // namespace agentmend
