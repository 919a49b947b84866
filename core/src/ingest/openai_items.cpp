#include "ingest/openai_items.h"

namespace agentmend {
namespace {

// How both SDKs name the tool that passes a run to another agent, unless the host names it otherwise.
constexpr std::string_view kTransfer = "transfer_to_";

bool ends_a_call(std::string_view type) { return type.ends_with("_output") || type.ends_with("_result"); }

}  // namespace

void ItemReader::agent(std::string_view name) { builder_.now.agent = trace_.agent(name); }

std::uint32_t ItemReader::model(const SourceReader& reader, json::View place, json::View name, const Usage& usage) {
  builder_.now.parent = Span::kNone;
  builder_.now.step = trace_.steps;
  const std::uint32_t span = builder_.open(SpanKind::kLlm, "", reader.place(place));
  if (name.is_string()) builder_.span(span).model = reader.text(name);
  builder_.close(span);
  builder_.usage(span, usage);
  model_ = span;
  return span;
}

void ItemReader::handoff(const SourceReader& reader, json::View place, std::string_view from, std::string_view to) {
  builder_.now.parent = model_;
  builder_.now.step = trace_.steps++;
  builder_.handoff(from, to, {}, reader.place(place));
  agent(to);
}

bool ItemReader::hands_over(const SourceReader& reader, json::View item) {
  const json::View id = first_of(item, {"call_id", "callId"});
  if (!id.is_string()) return false;
  const std::string_view call = reader.text(id);
  if (handed_over_.find(call) != IdTable::kNone) return true;
  const json::View name = item["name"];
  if (!item["type"].equals("function_call") || !name.is_string()) return false;
  const std::string_view tool = reader.text(name);
  if (!tool.starts_with(kTransfer)) return false;
  handed_over_.at(call) = 1;
  handoff(reader, item, trace_.agents[builder_.now.agent], tool.substr(kTransfer.size()));
  return true;
}

void ItemReader::item(const SourceReader& reader, json::View item) {
  const json::View type = item["type"];
  const json::View named = first_of(item, {"role", "from", "author"});
  const std::string_view kind = type.is_string() ? reader.text(type) : std::string_view();
  const Role role = named.is_string()   ? fold_role(reader.text(named))
                    : ends_a_call(kind) ? Role::kTool
                                        : Role::kAssistant;
  if (role != Role::kAssistant) {
    model_ = Span::kNone;
  } else if (item.is_object() && (model_ == Span::kNone || kind.empty())) {
    model(reader, item, item["model"], read_usage(item["usage"]));
  }
  if (hands_over(reader, item)) return;
  builder_.now.parent = model_;
  builder_.now.step = trace_.steps++;
  read_message(reader, item, role, [this](const Said& said) { tell(builder_, said); });
}

void ItemReader::said(const SourceReader& reader, json::View text, Role role) {
  builder_.now.parent = Span::kNone;
  builder_.now.step = trace_.steps++;
  builder_.turn(role, reader.text(text), reader.place(text));
}

}  // namespace agentmend
