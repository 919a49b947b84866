// n8n_error: lead the errors of the named node away, try it again where that is harmless, or end the run before bad
// data goes on.
#include <algorithm>

#include "fix/generator.h"
#include "json/writer.h"
#include "trace/n8n_run.h"

namespace agentmend::fix::generators::n8n_error {

void generate(const Detection& detection, const TargetView& target, std::vector<Draft>& drafts);

namespace {

bool one_of(std::string_view text, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// May a repetition help and do no harm? Errors that come back every time are not worth one, and only what reads may
// be repeated; an agent would start anew without its memory.
bool may_retry(const Detection& detection, const TargetView& target, const std::string& name) {
  if (!one_of(detection.subtype, {"rate_limit", "timeout", "server", "error", "no_net"})) return false;
  N8nRun run;
  if (!target.has_config() || !read_n8n_workflow(target.config, Place::kNowhere, run)) return false;
  const std::uint32_t at = run.find(name);
  return at != WorkflowGraph::kNone && run.nodes[at].is(kN8nRead) &&
         !run.nodes[at].is(kN8nAgent | kN8nModel | kN8nOutward);
}

}  // namespace

void generate(const Detection& detection, const TargetView& target, std::vector<Draft>& drafts) {
  const Found node = find_evidence(detection, "node");
  // A retry that repeats a payment, retries that n8n cuts, a caller without an answer: nothing to lead away.
  if (!node || one_of(detection.subtype, {"retry_repeats", "retry_cut", "webhook_unanswered"})) return;
  const std::string& name = node.item->text;
  const DraftTarget place{TargetKind::kConfig, {}, name, {}, {}};
  const std::string scope = json::quote(name);
  const Found error = find_evidence(detection, "error");
  const Found& seen = error ? error : node;

  drafts.push_back(DraftBuilder("circuit_breaker", place)
                       .json("scope", scope, ParameterSource::kEvidence, node.pointer("text"))
                       .integer("failure_threshold", 1, ParameterSource::kEvidence, seen.pointer("value"),
                                "the first failure ended or falsified the run")
                       .json("fallback", "\"skip\"", ParameterSource::kEvidence, node.pointer("value"),
                             "the failed items are kept aside, the rest goes on")
                       .done());
  if (may_retry(detection, target, name)) {
    drafts.push_back(DraftBuilder("retry_limit", place)
                         .json("scope", scope, ParameterSource::kEvidence, node.pointer("text"))
                         .integer("max_retries", 2, ParameterSource::kEvidence, seen.pointer("value"),
                                  "an error of this kind may pass by itself")
                         .done());
  }
  drafts.push_back(DraftBuilder("workflow_guard", place)
                       .json("target", scope, ParameterSource::kEvidence, node.pointer("text"))
                       .json("add", R"(["error_branch"])", ParameterSource::kEvidence, node.pointer("value"))
                       .done());
}

}  // namespace agentmend::fix::generators::n8n_error
