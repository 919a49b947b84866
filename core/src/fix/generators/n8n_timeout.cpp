// n8n_timeout: a limit for the step that waits, or for the run. A limit that is too short is not raised by a fix.
#include <algorithm>

#include "fix/generator.h"
#include "json/writer.h"

namespace agentmend::fix::generators::n8n_timeout {

void generate(const Detection& detection, const TargetView& target, std::vector<Draft>& drafts);

void generate(const Detection& detection, const TargetView&, std::vector<Draft>& drafts) {
  const auto add_step = [&](std::string_view kind, std::int64_t seconds, std::string note) {
    const Found found = find_evidence(detection, kind);
    if (!found || found.item->text.empty()) return;
    const std::string& name = found.item->text;
    drafts.push_back(DraftBuilder("timeout_addition", {TargetKind::kConfig, {}, name, {}, {}})
                         .json("target", json::quote(name), ParameterSource::kEvidence, found.pointer("text"))
                         .integer("wait_timeout_seconds", seconds, ParameterSource::kEvidence, found.pointer("value"),
                                  std::move(note))
                         .done());
  };
  if (detection.subtype == "limit_too_short") return;
  // A person gets a day; a call gets what the caller of a webhook usually waits.
  add_step("wait_unbounded", 86'400, "a day for the answer of a person");
  add_step("slow_answer", 30, "what a caller usually waits");
  add_step("model_timeout", 120, "twice the default of n8n's model nodes");
  const Found any = find_evidence(detection, "no_limit");
  const Found timed = find_evidence(detection, "timed_out");
  const Found& reason = any ? any : timed;
  if (!reason) return;
  drafts.push_back(
      DraftBuilder("execution_timeout", {TargetKind::kConfig, {}, {}, {}, {}})
          .integer("timeout_seconds", 300, ParameterSource::kDefault, {}, "no successful run was given to measure by")
          .reference(reason.pointer("path"))
          .done());
}

}  // namespace agentmend::fix::generators::n8n_timeout
