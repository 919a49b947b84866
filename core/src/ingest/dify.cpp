// Source: the definition of a Dify app (DSL export), as a graph or as one prompt. Nothing has run in it, so there is
// nobody who said anything: what it holds are steps, and the instructions that its author gives to models.
#include "ingest/dify_graph.h"
#include "ingest/sources.h"

namespace agentmend {
namespace {

// Written in the place where they stand: a text, {text}, {jinja2_text} where that edition is chosen, or a list of
// these.
void instructions(const SourceReader& reader, json::View value, std::uint32_t step) {
  if (value.is_array()) {
    json::for_each(value, [&](json::View item, std::size_t) { instructions(reader, item, step); });
    return;
  }
  const json::View text =
      value.is_object() ? value[value["edition_type"].equals("jinja2") ? "jinja2_text" : "text"] : value;
  Event event;
  event.role = Role::kSystem;  // also of a template for the user's turn: the author wrote it
  event.step = step;
  event.place = reader.place(value);
  event.text = text.is_string() ? reader.text(text) : std::string_view();
  if (!event.text.empty()) reader.append(event);
}

void node(const SourceReader& reader, json::View node) {
  const json::View data = node["data"];
  if (!data["type"].is_string()) {
    reader.trace.lose("unknown_part", reader.place(node));
    return;
  }
  if (data["type"].equals("") || node["type"].equals("custom-note")) return;  // a note on the canvas
  const std::uint32_t step = reader.trace.steps++;
  for (const json::View said :
       {data["prompt_template"], data["instruction"], data["agent_parameters"]["instruction"]["value"]}) {
    instructions(reader, said, step);
  }
}

Result<void> read_dsl(Records& records, Trace& trace) {
  const SourceReader reader = records.reader();
  const json::View root = records.root();
  trace.framework = "dify";
  const json::View graph = root["workflow"]["graph"];
  const json::View prompt = root["model_config"];
  if (graph["nodes"].is_array()) {
    read_dify_graph(reader, graph);
    json::for_each(graph["nodes"], [&](json::View item, std::size_t) { node(reader, item); });
  } else if (prompt.is_object()) {
    trace.steps = 1;
    trace.lose("no_graph", reader.place(prompt));
    for (const json::View said :
         {prompt["pre_prompt"], prompt["chat_prompt_config"]["prompt"], prompt["completion_prompt_config"]["prompt"]}) {
      instructions(reader, said, 0);
    }
  } else {
    return fail(ErrorCode::kSchemaType, "/workflow/graph/nodes", "This Dify app holds no nodes and no model_config.");
  }
  return {};
}

double mark(json::View value) {
  if (!value["kind"].equals("app") || (value["workflow"].is_null() && value["model_config"].is_null())) return 0;
  return 0.98 + (value["version"].is_null() ? 0 : 0.03);
}

}  // namespace

extern const Source kDifyDslSource;
const Source kDifyDslSource{"dify-dsl", mark, read_dsl};

}  // namespace agentmend
