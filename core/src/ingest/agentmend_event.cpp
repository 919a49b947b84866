#include "ingest/agentmend_event.h"

#include <cstring>

#include "ingest/source_reader.h"

namespace agentmend {
namespace {

// Compared as words of the machine: the length is known.
template <std::size_t N>
bool is(std::string_view text, const char (&name)[N]) {
  return text.size() == N - 1 && std::memcmp(text.data(), name, N - 1) == 0;
}

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

EventUsage usage_of(json::View usage) {
  const Usage read = read_usage(usage);
  EventUsage out;
  out.told = usage.is_object() && !read.empty();
  out.input_tokens = read.input_tokens;
  out.output_tokens = read.output_tokens;
  out.cached_tokens = read.cache_read_tokens;
  if (const auto cost = usage["cost_usd"].number(); cost && *cost >= 0 && *cost < 1e9)
    out.cost_micro_usd = static_cast<std::int64_t>(*cost * 1e6 + 0.5);
  return out;
}

}  // namespace

AgentmendEvent read_agentmend_event(json::View line, Arena& arena, Place place) {
  AgentmendEvent out;
  // One walk over the members: a lookup per field would walk them ten times. Names are told apart by length first.
  json::View type, role, name, id, text, error, status, agent, from, to, docs, timestamp, framework, model, usage,
      parent;
  std::string storage;
  for (json::View value = line.first(); value; value = value.next_in(line)) {
    const std::string_view key = value.key().text(storage);
    switch (key.size()) {
      case 2:
        if (is(key, "ts")) timestamp = value;
        if (is(key, "to")) to = value;
        break;
      case 4:
        if (is(key, "type")) type = value;
        if (is(key, "name") || is(key, "tool")) name = value;
        if (is(key, "role")) role = value;
        if (is(key, "from")) from = value;
        if (is(key, "docs")) docs = value;
        if (is(key, "args") || is(key, "text") || is(key, "task")) text = value;
        break;
      case 5:
        if (is(key, "input") || is(key, "query")) text = value;
        if (is(key, "error")) error = value;
        if (is(key, "agent")) agent = value;
        if (is(key, "model")) model = value;
        if (is(key, "usage")) usage = value;
        break;
      case 6:
        if (is(key, "output") || is(key, "values")) text = value;
        if (is(key, "status")) status = value;
        if (is(key, "parent")) parent = value;
        break;
      case 7:
        if (is(key, "call_id")) id = value;
        break;
      case 8:
        if (is(key, "agent_id")) agent = value;
        break;
      case 9:
        if (is(key, "framework")) framework = value;
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
  if (is(out.type, "tool.start")) {
    event.kind = EventKind::kToolCall;
  } else if (is(out.type, "tool.end")) {
    event.kind = EventKind::kToolResult;
    event.role = Role::kTool;
    event.status = status_of(status, error);
    event.error = error_text(error, arena);
  } else if (is(out.type, "model.end")) {
    event.kind = EventKind::kModelEnd;
    event.name = model.is_string() ? arena.text(model) : std::string_view();
    event.usage = usage_of(usage);
  } else if (is(out.type, "message")) {
    event.kind = EventKind::kTurn;
    event.role = role_of(role);
    if (out.agent.empty() && from.is_string()) out.agent = arena.text(from);
  } else if (is(out.type, "run.start")) {
    event.kind = EventKind::kTurn;
    event.role = Role::kUser;
    out.limits = line["limits"];
    out.framework = framework.is_string() ? arena.text(framework) : std::string_view();
    if (event.text.empty()) out.reading = EventReading::kIgnored;
  } else if (is(out.type, "retrieval")) {
    event.kind = EventKind::kRetrieval;
    read_documents(docs, arena, place, event);
  } else if (is(out.type, "handoff")) {
    event.kind = EventKind::kHandoff;
    event.name = plain(from, arena);
    event.id = plain(to, arena);
    if (out.agent.empty()) out.agent = event.name;
  } else if (is(out.type, "state")) {
    event.kind = EventKind::kState;
    if (text.is_null()) event.text = plain(line["patch"], arena);
  } else if (is(out.type, "agent.start")) {
    event.kind = EventKind::kSpawn;
    event.name = parent.is_string() ? arena.text(parent) : std::string_view();
  } else if (is(out.type, "run.end")) {
    event.kind = EventKind::kRunEnd;
  } else {
    constexpr std::string_view kKnown[] = {"agent.end", "model.start", "guardrail", "approval", "gate",    "resource",
                                           "metric",    "note",        "grant",     "refusal",  "override"};
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
