#include "ingest/claude_agents.h"

namespace agentmend {

void ClaudeAgents::enter_main(const SourceReader& reader, json::View line, std::uint32_t run) {
  if (main_ == kNone) main_ = trace_.agent("main");
  builder_.now.agent = main_;
  builder_.now.parent = run;
  builder_.now.ns = read_time(reader, line["timestamp"]);
}

void ClaudeAgents::enter(const SourceReader& reader, json::View line, std::uint32_t run) {
  const json::View outer = line["parent_tool_use_id"];
  if (outer.is_string()) {
    const std::string_view call = reader.text(outer);
    enter_sub(reader, line, call, tasks_by_call_.find(call));
    return;
  }
  if (!line["isSidechain"].boolean(false)) {
    enter_main(reader, line, run);
    return;
  }
  const std::string_view first_said = content_text(reader, line["message"]["content"]);
  if (line["agentId"].is_string()) {
    const std::string_view agent = reader.text(line["agentId"]);
    const std::uint32_t known = tasks_by_agent_.find(agent);
    enter_sub(reader, line, agent, known != kNone ? known : tasks_by_prompt_.find(first_said));
    return;
  }
  // Older transcripts name no agent: its lines hang together by their ids, the first repeats the prompt.
  const std::uint32_t task = tasks_by_prompt_.find(first_said);
  std::uint32_t sub = line["parentUuid"].is_string() ? sides_.find(reader.text(line["parentUuid"])) : kNone;
  if (sub == kNone) {
    sub = enter_sub(reader, line, task == kNone ? "sidechain" : trace_.spans[tasks_[task].span].id, task);
  } else {
    enter_known(reader, line, sub);
  }
  if (line["uuid"].is_string()) sides_.at(reader.text(line["uuid"])) = sub;
}

std::uint32_t ClaudeAgents::enter_sub(const SourceReader& reader, json::View line, std::string_view key,
                                      std::uint32_t task) {
  std::uint32_t& known = subs_by_key_.at(key);
  if (known == kNone) {
    known = static_cast<std::uint32_t>(subs_.size());
    subs_.push_back(started(reader, line, key, task));
  }
  enter_known(reader, line, known);
  return known;
}

void ClaudeAgents::enter_known(const SourceReader& reader, json::View line, std::uint32_t sub) {
  builder_.now.agent = subs_[sub].agent;
  builder_.now.parent = subs_[sub].span;
  builder_.now.ns = read_time(reader, line["timestamp"]);
  builder_.close(subs_[sub].span);
}

ClaudeAgents::Sub ClaudeAgents::started(const SourceReader& reader, json::View line, std::string_view key,
                                        std::uint32_t task) {
  Sub sub;
  builder_.now.ns = read_time(reader, line["timestamp"]);
  builder_.now.parent = Span::kNone;
  std::string_view name = key;
  if (task != kNone) {
    const Task& by = tasks_[task];
    builder_.now.agent = trace_.spans[by.span].agent;
    builder_.now.parent = by.span;
    builder_.now.step = trace_.steps;
    sub.agent = trace_.agent(key);
    builder_.handoff(trace_.agents[builder_.now.agent], trace_.agents[sub.agent], by.prompt, by.place);
    if (!by.kind.empty()) name = by.kind;
  } else {
    sub.agent = trace_.agent(key);
  }
  builder_.now.agent = sub.agent;
  sub.span = builder_.open(SpanKind::kAgent, name, reader.place(line));
  builder_.span(sub.span).id = key;
  return sub;
}

void ClaudeAgents::find_tasks(const SourceReader& reader, json::View content, std::size_t from) {
  json::for_each(content, [&](json::View block, std::size_t) {
    const json::View prompt = block["input"]["prompt"];
    const bool starts_agent = block["name"].equals("Task") || block["name"].equals("Agent");
    if (!starts_agent || !prompt.is_string() || !block["id"].is_string()) return;
    const std::string_view id = reader.text(block["id"]);
    while (from < trace_.spans.size() && trace_.spans[from].id != id) ++from;
    if (from == trace_.spans.size()) return;
    Task task{static_cast<std::uint32_t>(from), {}, reader.text(prompt), reader.place(block)};
    if (block["input"]["subagent_type"].is_string()) task.kind = reader.text(block["input"]["subagent_type"]);
    const auto number = static_cast<std::uint32_t>(tasks_.size());
    tasks_by_call_.at(id) = number;
    tasks_by_prompt_.at(task.prompt) = number;
    tasks_.push_back(task);
  });
}

}  // namespace agentmend
