// resource_misallocation: a queue for the contended resource, a limit for waiting, and fairness for who starves.
#include <algorithm>

#include "fix/generator.h"
#include "json/writer.h"

namespace agentmend::fix::generators::resource_misallocation {

void generate(const Detection& detection, const TargetView& target, std::vector<Draft>& drafts);

void generate(const Detection& detection, const TargetView& target, std::vector<Draft>& drafts) {
  const Found resource = find_evidence(detection, "resource");
  json::Index index;
  if (!resource || !index.read(resource.item->value)) return;
  const std::int64_t capacity = json::View::root(index)["capacity"].integer().value_or(1);
  const DraftTarget place{TargetKind::kConfig, {}, {}, {}, detection.agent};
  const bool declared = target.declares(resource.item->text);
  const std::string name = declared ? json::quote(resource.item->text) : std::string("\"*\"");
  const ParameterSource named = declared ? ParameterSource::kEvidence : ParameterSource::kDefault;
  const std::string pointer = declared ? resource.pointer("text") : std::string();
  drafts.push_back(DraftBuilder("concurrency_limit", place)
                       .json("resource", name, named, pointer)
                       .integer("max_concurrent", std::max<std::int64_t>(1, capacity), ParameterSource::kEvidence,
                                resource.pointer("value"))
                       .done());
  drafts.push_back(DraftBuilder("timeout_addition", place).json("target", name, named, pointer).done());
  const Found starved = find_evidence(detection, "starved");
  if (starved)
    drafts.push_back(DraftBuilder("task_queue_policy", place)
                         .json("policy", "\"aging\"", ParameterSource::kDefault)
                         .reference(starved.pointer("value"))
                         .done());
}

}  // namespace agentmend::fix::generators::resource_misallocation
