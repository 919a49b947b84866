#include "ingest/span_order.h"

namespace agentmend {

std::vector<std::uint32_t> parents_first(const std::vector<std::uint32_t>& order, std::vector<std::uint32_t>& parents,
                                         std::vector<std::uint32_t>& cut) {
  enum class Mark : std::uint8_t { kNew, kOnTheWay, kPlaced };
  std::vector<Mark> marks(parents.size(), Mark::kNew);
  std::vector<std::uint32_t> placed;
  placed.reserve(order.size());
  std::vector<std::uint32_t> above;
  for (const std::uint32_t at : order) {
    for (std::uint32_t up = at; up != kNoParent && marks[up] == Mark::kNew; up = parents[up]) {
      marks[up] = Mark::kOnTheWay;
      above.push_back(up);
      const std::uint32_t parent = parents[up];
      if (parent == kNoParent || marks[parent] != Mark::kOnTheWay) continue;
      parents[up] = kNoParent;
      cut.push_back(up);
    }
    for (; !above.empty(); above.pop_back()) {
      marks[above.back()] = Mark::kPlaced;
      placed.push_back(above.back());
    }
  }
  return placed;
}

}  // namespace agentmend
