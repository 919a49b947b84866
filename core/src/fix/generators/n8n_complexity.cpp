// n8n_complexity: the parts that could become sub-workflows. Two documents would change, so there is no patch: a person
// decides. The catalogue's second fix, step_validator, is left out: what a step must check is nothing that figures say.
#include <algorithm>

#include "fix/generator.h"

namespace agentmend::fix::generators::n8n_complexity {

void generate(const Detection& detection, const TargetView& target, std::vector<Draft>& drafts);

void generate(const Detection& detection, const TargetView&, std::vector<Draft>& drafts) {
  std::string groups;
  std::string first, node;
  std::int64_t largest = 0;
  std::vector<std::string> pointers;
  for (std::size_t i = 0; i < detection.evidence.size(); ++i) {
    const Evidence& item = detection.evidence[i];
    json::Index index;
    if (item.kind != "group" || !index.read(item.value)) continue;
    const json::View names = json::View::root(index);
    largest = std::max(largest, static_cast<std::int64_t>(names.size()));
    if (node.empty()) node = names.at(0).text();
    groups += (groups.empty() ? "" : ",") + item.value;
    pointers.push_back("/evidence/" + std::to_string(i) + "/value");
  }
  if (groups.empty()) return;
  DraftBuilder builder("workflow_split", DraftTarget{TargetKind::kNone, {}, node, {}, {}});
  builder.json("groups", "[" + groups + "]", ParameterSource::kEvidence, pointers.front())
      .integer("max_nodes", largest, ParameterSource::kEvidence, pointers.front(), "nodes of the largest part");
  for (const std::string& pointer : pointers) builder.reference(pointer);
  drafts.push_back(builder.done());
}

}  // namespace agentmend::fix::generators::n8n_complexity
