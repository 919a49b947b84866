// overflow: take away or sum up what fills the window. Whether that helps is not proven without knowing what is in it.
#include <algorithm>

#include "fix/generator.h"
#include "json/writer.h"

namespace agentmend::fix::generators::overflow {

void generate(const Detection& detection, const TargetView& target, std::vector<Draft>& drafts);

void generate(const Detection& detection, const TargetView&, std::vector<Draft>& drafts) {
  const Found window = find_evidence(detection, "window");
  json::Index index;
  if (!window || !index.read(window.item->value)) return;
  const double used = json::View::root(index)["used"].number().value_or(0);
  const DraftTarget place{TargetKind::kConfig, {}, {}, {}, detection.agent};
  drafts.push_back(DraftBuilder("context_pruning", place)
                       .json("target_utilization", "0.5", ParameterSource::kDefault)
                       .reference(window.pointer("value"))
                       .done());
  // Summing up begins a little before the point that was reached, and never above the default.
  const double trigger = used > 0.1 && used - 0.05 < 0.6 ? used - 0.05 : 0.6;
  drafts.push_back(
      DraftBuilder("summarization", place)
          .json("trigger_utilization", json::print_number(trigger), ParameterSource::kEvidence, window.pointer("value"))
          .done());
}

}  // namespace agentmend::fix::generators::overflow
