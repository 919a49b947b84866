// cost: the limit that was passed becomes a ceiling, and no other; a run without one gets a measure of what it spends.
#include <algorithm>

#include "fix/generator.h"
#include "json/writer.h"

namespace agentmend::fix::generators::cost {

void generate(const Detection& detection, const TargetView& target, std::vector<Draft>& drafts);

void generate(const Detection& detection, const TargetView&, std::vector<Draft>& drafts) {
  const DraftTarget place{TargetKind::kConfig, {}, {}, {}, detection.agent};
  const Found limit = find_evidence(detection, "limit");
  const Found baseline = find_evidence(detection, "baseline");
  const std::string allowed = limit ? limit.item->expected : std::string();
  const ParameterSource source =
      detection.subtype == "platform_default" ? ParameterSource::kDefault : ParameterSource::kEvidence;
  if (limit && limit.item->text == "max_duration_ms") {
    drafts.push_back(DraftBuilder("execution_timeout", place)
                         .integer("timeout_seconds", std::max<std::int64_t>(1, integer_of(allowed, 0) / 1000), source,
                                  limit.pointer("expected"))
                         .slot("elapsed", integer_of(limit.item->value, 0) / 1000)
                         .done());
  } else if (limit) {
    drafts.push_back(
        DraftBuilder("budget_limiter", place)
            .json(limit.item->text, allowed, source, limit.pointer("expected"), "the limit that was passed")
            .slot("remaining", 0)
            .done());
  } else if (baseline) {
    json::Index index;
    const double p95 = index.read(baseline.item->expected) ? json::View::root(index).number().value_or(0) : 0;
    drafts.push_back(DraftBuilder("budget_limiter", place)
                         .json("max_cost_usd", json::print_number(p95 * 1.25), ParameterSource::kEvidence,
                               baseline.pointer("expected"), "a quarter above what 95 of 100 runs cost")
                         .slot("remaining", 0)
                         .done());
  }
  if (detection.evidence.empty()) return;
  drafts.push_back(DraftBuilder("cost_monitor", place).done());
  if (find_evidence(detection, "waste")) drafts.push_back(DraftBuilder("token_optimizer", place).done());
}

}  // namespace agentmend::fix::generators::cost
