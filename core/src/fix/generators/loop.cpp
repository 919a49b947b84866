// loop: bound the repeated step by what was seen. r = longest run of equal actions, p = period of the cycle.
#include <algorithm>

#include "fix/generator.h"
#include "json/writer.h"

namespace agentmend::fix::generators::loop {

void generate(const Detection& detection, const TargetView& target, std::vector<Draft>& drafts);

void generate(const Detection& detection, const TargetView& target, std::vector<Draft>& drafts) {
  const Found repeat = find_evidence(detection, "repeat");
  const Found period = find_evidence(detection, "period");
  const Found failed = find_evidence(detection, "failed");
  if (!repeat) return;
  const std::int64_t r = integer_of(repeat.item->value, 2);
  const std::int64_t p = std::max<std::int64_t>(period ? integer_of(period.item->value, 1) : 1, 1);
  const DraftTarget place{TargetKind::kConfig, {}, {}, repeat.item->text, detection.agent};
  // A path may name the tool only when the target or the host declares it; else the limit holds for every tool.
  const bool declared = target.declares(repeat.item->text);
  const std::string scope = json::quote(declared ? std::string_view(repeat.item->text) : std::string_view("*"));
  const ParameterSource named = declared ? ParameterSource::kEvidence : ParameterSource::kDefault;
  const std::string scope_pointer = declared ? repeat.pointer("text") : std::string();

  // Two equal steps are an honest retry (healing rules 2.6: max(2, min(r - 1, history or 2))).
  drafts.push_back(
      DraftBuilder("loop_breaker", place)
          .integer("max_identical_steps", std::max<std::int64_t>(2, std::min<std::int64_t>(r - 1, 2)),
                   ParameterSource::kEvidence, repeat.pointer("value"), json::print_integer(r) + " equal steps seen")
          .integer("window", 2 * p + 2, ParameterSource::kEvidence,
                   period ? period.pointer("value") : repeat.pointer("value"), "period " + json::print_integer(p))
          .slot("count", r)
          .done());
  drafts.push_back(DraftBuilder("retry_limit", place)
                       .integer("max_retries", detection.subtype == "retry_storm" ? 1 : 2, ParameterSource::kEvidence,
                                repeat.pointer("value"))
                       .json("scope", scope, named, scope_pointer)
                       .done());
  if (!failed) return;
  const std::int64_t failures = integer_of(failed.item->value, r);
  drafts.push_back(DraftBuilder("circuit_breaker", place)
                       .json("scope", scope, named, scope_pointer)
                       .integer("failure_threshold", std::max<std::int64_t>(2, failures - 1),
                                ParameterSource::kEvidence, failed.pointer("value"))
                       .done());
}

}  // namespace agentmend::fix::generators::loop
