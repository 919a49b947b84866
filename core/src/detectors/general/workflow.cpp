// Detector: workflow. The declared graph of steps is structurally wrong: unreachable or dead-end nodes, missing
// handlers, wrong order, no end.
// Quiet on: a sound graph whose run failed; a branch with a default; a loop with a condition, a counter or a way out; a
// side effect as the last node; error handlers and bodies of iterations, which no edge needs to reach.
// Cost: O(nodes + edges), at most 5,000 and 50,000; references O(edges) for each of at most 300 nodes that have some.
#include "detectors/detector.h"
#include "detectors/general/workflow/checks.h"
#include "trace/key_words.h"

namespace agentmend::detectors::workflow {
namespace {

constexpr Descriptor kDescriptor{
    .name = "workflow",
    .title = "Flawed workflow",
    .failure =
        "The declared graph of steps is structurally wrong: unreachable or dead-end nodes, missing handlers, wrong "
        "order, no end.",
    .family = Family::kGeneral,
    .severity = Severity::kMedium,
    .stage = Stage::kPostStep,
    .readiness = Readiness::kBeta,
    .inputs = {{"workflow_definition"}, {"execution_result", kOptional}},
    .fixes = {"circuit_breaker", "workflow_guard", "step_validator"},
    .unfed = "no_workflow",
};

constexpr std::size_t kMinNodes = 2;  // one node has no structure

Run read_run(json::View result) {
  Run run;
  if (!result.is_object()) return run;
  run.error = result["error"].text();
  run.failed_node = result["failed_node"].text();
  run.failed = is_one_of(result["status"].text(), "error|failed|failure|timeout|stuck|crashed") || !run.error.empty();
  return run;
}

Detection ask(json::View input, const Options& options) {
  const json::View workflow = input["workflow_definition"];
  if (workflow.is_null()) return insufficient(kDescriptor, "workflow_definition");
  if (!workflow.is_object()) return invalid(kDescriptor, "workflow_definition");
  Verdict verdict(kDescriptor, options.threshold_of(kDescriptor));
  const Definition definition = read_definition(workflow);
  if (definition.too_large) return verdict.done("The graph is too large to be checked.");
  if (definition.nodes.size() < kMinNodes) return verdict.done("There is no graph.");
  const std::vector<Defect> defects = check(definition, read_run(input["execution_result"]));
  const Defect* worst = nullptr;
  for (const Defect& defect : defects) {
    verdict.signal(defect.name, defect.strength, defect.weight);
    verdict.evidence(defect.name, defect.path, defect.text);
    if (defect.severe) verdict.severity(Severity::kHigh);
    if (worst == nullptr || defect.weight * defect.strength > worst->weight * worst->strength) worst = &defect;
  }
  if (worst == nullptr) return verdict.done("Every node is reached and leads to an end.");
  verdict.subtype(worst->name);
  return verdict.done(worst->says);
}

}  // namespace

extern const Entry entry;
const Entry entry{.descriptor = &kDescriptor, .ask = ask};

}  // namespace agentmend::detectors::workflow
