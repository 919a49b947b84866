// model_selection: one rule that sends what was seen to the fitting tier. Which model that is, the owner knows.
#include <algorithm>

#include "fix/generator.h"
#include "json/writer.h"

namespace agentmend::fix::generators::model_selection {

void generate(const Detection& detection, const TargetView& target, std::vector<Draft>& drafts);

void generate(const Detection& detection, const TargetView&, std::vector<Draft>& drafts) {
  const Found load = find_evidence(detection, "load");
  json::Index index;
  if (!load || load.item->expected.empty() || !index.read(load.item->value)) return;
  const json::View seen = json::View::root(index);
  const auto figure = [&seen](std::string_view name) { return seen[name].integer().value_or(0); };
  json::Writer rules;
  rules.begin_array().begin_object().member("max_tokens", figure("input_tokens"));
  rules.member("max_tools", figure("tool_count")).member("max_turns", figure("conversation_turns"));
  rules.member_raw("tier", load.item->expected).end_object().end_array();
  drafts.push_back(DraftBuilder("model_routing", {TargetKind::kConfig, {}, {}, {}, detection.agent})
                       .json("rules", rules.take(), ParameterSource::kEvidence, load.pointer("value"))
                       .done());
}

}  // namespace agentmend::fix::generators::model_selection
