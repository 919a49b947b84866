// n8n_cycle: cut, turn or bound the way back; a time limit for the whole run beside it. A loop inside a loop that is
// not reset loses items and does not run on: nothing to bound, so a person is told only.
#include <algorithm>

#include "fix/generator.h"
#include "json/writer.h"

namespace agentmend::fix::generators::n8n_cycle {

void generate(const Detection& detection, const TargetView& target, std::vector<Draft>& drafts);

void generate(const Detection& detection, const TargetView&, std::vector<Draft>& drafts) {
  const Found back = find_evidence(detection, "back_edge");
  const Found cycle = find_evidence(detection, "cycle");
  if (!back || !cycle || detection.subtype == "inner_loop_not_reset") return;
  const Found runs = find_evidence(detection, "runs");
  json::Index names;
  const std::int64_t length =
      names.read(cycle.item->value) ? static_cast<std::int64_t>(json::View::root(names).size()) : 1;
  const DraftTarget place{TargetKind::kConfig, {}, back.item->text, {}, {}};
  // An error that stays is tried three times; what waits for something to change gets ten rounds.
  const std::int64_t rounds = detection.subtype == "error_retry" || detection.subtype == "no_exit" ? 3 : 10;
  drafts.push_back(DraftBuilder("loop_breaker", place)
                       .integer("max_identical_steps", rounds, ParameterSource::kEvidence, cycle.pointer("text"),
                                "rounds that are allowed")
                       .integer("window", 2 * length, ParameterSource::kEvidence, cycle.pointer("value"),
                                "twice the length of the cycle")
                       .slot("count", runs ? integer_of(runs.item->value, rounds) : rounds)
                       .done());
}

}  // namespace agentmend::fix::generators::n8n_cycle
