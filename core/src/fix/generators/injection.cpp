// injection: filter where the payload came in. DANGEROUS: always a person. Parameters are closed words and declared
// tool names.
#include "fix/generator.h"
#include "json/writer.h"

namespace agentmend::fix::generators::injection {

void generate(const Detection& detection, const TargetView& target, std::vector<Draft>& drafts);

void generate(const Detection& detection, const TargetView& target, std::vector<Draft>& drafts) {
  const Found payload = find_evidence(detection, "payload");
  const Found origin = find_evidence(detection, "origin");
  if (!payload) return;
  const DraftTarget place{TargetKind::kConfig, {}, {}, {}, detection.agent};
  DraftBuilder filter("input_filtering", place);
  if (origin)
    filter.json("origins", "[" + json::quote(string_of(origin.item->value)) + "]", ParameterSource::kEvidence,
                origin.pointer("value"));
  filter.json("categories", "[" + json::quote(detection.subtype) + "]", ParameterSource::kEvidence,
              payload.pointer("value"));
  drafts.push_back(filter.done());
  drafts.push_back(DraftBuilder("safety_boundary", place).reference(payload.pointer("value")).done());

  // The tools that the run could reach: those that the host declares as acting on the world.
  json::Writer actions;
  actions.begin_array();
  std::size_t count = 0;
  if (target.context != nullptr) {
    for (const ToolFacts& tool : target.context->tools) {
      if (tool.tool_class.empty() || tool.tool_class == "read") continue;
      actions.string(tool.name);
      ++count;
    }
  }
  actions.end_array();
  if (count == 0) return;
  drafts.push_back(DraftBuilder("permission_gate", place)
                       .json("actions", actions.take(), ParameterSource::kConfig, {}, "tools that act on the world")
                       .reference(payload.pointer("value"))
                       .done());
}

}  // namespace agentmend::fix::generators::injection
