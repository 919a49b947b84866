#include "ingest/agentmend_event.h"

namespace agentmend {
namespace {

std::string_view plain(json::View value, Arena& arena) {
  return value.is_null() ? std::string_view() : arena.text(value);
}

Role role_of(json::View role) {
  if (role.equals("user")) return Role::kUser;
  if (role.equals("system")) return Role::kSystem;
  if (role.equals("developer")) return Role::kDeveloper;
  if (role.equals("tool")) return Role::kTool;
  return Role::kAssistant;
}

void read_documents(json::View docs, Arena& arena, Place place, Event& event) {
  std::vector<RetrievedDocument>& documents = arena.documents();
  json::for_each(docs, [&](json::View doc, std::size_t) {
    RetrievedDocument item;
    item.place = place;
    if (doc.is_object()) {
      const json::View content = doc["content"];
      item.text = plain(content.is_null() ? doc["text"] : content, arena);
      item.id = plain(doc["id"], arena);
      item.title = plain(doc["title"], arena);
      item.score = doc["score"].number().value_or(-1);
    } else {
      item.text = plain(doc, arena);
    }
    documents.push_back(item);
  });
  event.documents = documents;
}

CallStatus status_of(json::View status, json::View error) {
  if (status.equals("error") || status.equals("failed") || status.equals("timeout")) return CallStatus::kError;
  if (status.equals("blocked") || status.equals("denied")) return CallStatus::kBlocked;
  return error.is_null() ? CallStatus::kOk : CallStatus::kError;
}

std::string_view error_text(json::View error, Arena& arena) {
  if (error.is_object() && error["message"].is_string()) return arena.text(error["message"]);
  return plain(error, arena);
}

}  // namespace

AgentmendEvent read_agentmend_event(json::View line, Arena& arena, Place place) {
  AgentmendEvent out;
  // One walk over the members: a lookup per field would walk them ten times. Names are told apart by length first.
  json::View type, role, name, id, text, error, status, agent, from, to, docs, timestamp, framework;
  std::string storage;
  for (json::View value = line.first(); value; value = value.next_in(line)) {
    const std::string_view key = value.key().text(storage);
    switch (key.size()) {
      case 2:
        if (key == "ts") timestamp = value;
        if (key == "to") to = value;
        break;
      case 4:
        if (key == "type") type = value;
        if (key == "name" || key == "tool") name = value;
        if (key == "role") role = value;
        if (key == "from") from = value;
        if (key == "docs") docs = value;
        if (key == "args" || key == "text" || key == "task") text = value;
        break;
      case 5:
        if (key == "input" || key == "query") text = value;
        if (key == "error") error = value;
        if (key == "agent") agent = value;
        break;
      case 6:
        if (key == "output" || key == "values") text = value;
        if (key == "status") status = value;
        break;
      case 7:
        if (key == "call_id") id = value;
        break;
      case 8:
        if (key == "agent_id") agent = value;
        break;
      case 9:
        if (key == "framework") framework = value;
        break;
      default: break;
    }
  }
  if (!line.is_object() || !type.is_string()) {
    out.reading = EventReading::kMalformed;
    return out;
  }
  out.type = arena.text(type);
  if (agent.is_object()) agent = agent["id"].is_string() ? agent["id"] : agent["name"];
  out.agent = agent.is_string() ? arena.text(agent) : std::string_view();

  Event& event = out.event;
  event.place = place;
  event.at_ms = timestamp.integer().value_or(-1);
  event.text = plain(text, arena);
  out.body = text;
  out.reading = EventReading::kEvent;
  if (out.type == "tool.start") {
    event.kind = EventKind::kToolCall;
  } else if (out.type == "tool.end") {
    event.kind = EventKind::kToolResult;
    event.role = Role::kTool;
    event.status = status_of(status, error);
    event.error = error_text(error, arena);
  } else if (out.type == "model.end") {
    event.kind = EventKind::kModelEnd;
  } else if (out.type == "message") {
    event.kind = EventKind::kTurn;
    event.role = role_of(role);
    if (out.agent.empty() && from.is_string()) out.agent = arena.text(from);
  } else if (out.type == "run.start") {
    event.kind = EventKind::kTurn;
    event.role = Role::kUser;
    out.framework = framework.is_string() ? arena.text(framework) : std::string_view();
    if (event.text.empty()) out.reading = EventReading::kIgnored;
  } else if (out.type == "retrieval") {
    event.kind = EventKind::kRetrieval;
    read_documents(docs, arena, place, event);
  } else if (out.type == "handoff") {
    event.kind = EventKind::kHandoff;
    event.name = plain(from, arena);
    event.id = plain(to, arena);
    if (out.agent.empty()) out.agent = event.name;
  } else if (out.type == "state") {
    event.kind = EventKind::kState;
  } else if (out.type == "run.end") {
    event.kind = EventKind::kRunEnd;
  } else {
    constexpr std::string_view kKnown[] = {"agent.start", "agent.end", "model.start", "guardrail", "approval", "gate",
                                           "resource",    "metric",    "note",        "grant",     "refusal"};
    out.reading = EventReading::kUnknownType;
    for (const std::string_view known : kKnown) {
      if (out.type == known) out.reading = EventReading::kIgnored;
    }
  }
  if (event.kind == EventKind::kToolCall || event.kind == EventKind::kToolResult) {
    event.name = plain(name, arena);
    event.id = plain(id, arena);
  }
  return out;
}

}  // namespace agentmend
