// repetition: bound the tool that dominates; leave room for the calls that brought something.
#include <algorithm>

#include "fix/generator.h"
#include "json/writer.h"

namespace agentmend::fix::generators::repetition {

void generate(const Detection& detection, const TargetView& target, std::vector<Draft>& drafts);

void generate(const Detection& detection, const TargetView& target, std::vector<Draft>& drafts) {
  const Found tool = find_evidence(detection, "tool");
  json::Index index;
  if (!tool || !index.read(tool.item->value)) return;
  const json::View seen = json::View::root(index);
  const std::int64_t calls = seen["calls"].integer().value_or(5), idle = seen["idle"].integer().value_or(calls);
  const DraftTarget place{TargetKind::kConfig, {}, {}, tool.item->text, detection.agent};
  // A path may name the tool only when the target or the host declares it; else the limit holds for every tool.
  const bool declared = target.declares(tool.item->text);
  drafts.push_back(DraftBuilder("loop_breaker", place)
                       .integer("max_identical_steps", 3, ParameterSource::kDefault, {})
                       .integer("window", calls, ParameterSource::kEvidence, tool.pointer("value"), "calls of the tool")
                       .slot("count", idle)
                       .done());
  drafts.push_back(DraftBuilder("retry_limit", place)
                       .json("scope", declared ? json::quote(tool.item->text) : std::string("\"*\""),
                             declared ? ParameterSource::kEvidence : ParameterSource::kDefault,
                             declared ? tool.pointer("text") : std::string())
                       .integer("max_retries", std::max<std::int64_t>(1, calls - idle), ParameterSource::kEvidence,
                                tool.pointer("value"), "calls that brought something new")
                       .done());
}

}  // namespace agentmend::fix::generators::repetition
