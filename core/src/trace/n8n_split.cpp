#include "trace/n8n_split.h"

#include <algorithm>
#include <numeric>

#include "order.h"

namespace agentmend {
namespace {

class Union {
 public:
  explicit Union(std::size_t size) : parent_(size) { std::iota(parent_.begin(), parent_.end(), 0u); }
  std::uint32_t find(std::uint32_t at) {
    while (parent_[at] != at) at = parent_[at] = parent_[parent_[at]];
    return at;
  }
  void join(std::uint32_t a, std::uint32_t b) {
    const std::uint32_t x = find(a), y = find(b);
    parent_[std::max(x, y)] = std::min(x, y);
  }

 private:
  std::vector<std::uint32_t> parent_;
};

// The blocks that no single connection holds together, as a forest joined by bridges; carved from the leaves up.
class Carver {
 public:
  Carver(const N8nRun& run, std::uint32_t max_nodes) : run_(run), max_nodes_(max_nodes), blocks_(run.nodes.size()) {
    const std::vector<bool> bridge = run.flow.bridges();
    neighbours_.resize(run.nodes.size());
    for (const N8nEdge& edge : run.edges) {
      if (!edge.main) blocks_.join(edge.from, edge.to);
    }
    const auto& edges = run.flow.edges();
    for (std::size_t e = 0; e < edges.size(); ++e) {
      if (member(edges[e].from) && member(edges[e].to) && !bridge[e]) blocks_.join(edges[e].from, edges[e].to);
    }
    for (std::size_t e = 0; e < edges.size(); ++e) {
      const std::uint32_t a = blocks_.find(edges[e].from), b = blocks_.find(edges[e].to);
      if (!member(edges[e].from) || !member(edges[e].to) || a == b) continue;
      neighbours_[a].push_back(b);
      neighbours_[b].push_back(a);
    }
  }

  std::vector<std::vector<std::uint32_t>> groups() {
    std::vector<std::vector<std::uint32_t>> parts(run_.nodes.size());  // nodes gathered at a block, not yet cut off
    for (std::uint32_t i = 0; i < run_.nodes.size(); ++i) {
      if (member(i)) parts[blocks_.find(i)].push_back(i);
    }
    std::vector<bool> seen(run_.nodes.size(), false);
    for (std::uint32_t root = 0; root < run_.nodes.size(); ++root) {
      if (!member(root) || blocks_.find(root) != root || seen[root]) continue;
      std::vector<std::uint32_t> order, parent;
      walk(root, seen, order, parent);
      for (std::size_t at = order.size(); at-- > 0;) {
        std::vector<std::uint32_t>& part = parts[order[at]];
        const bool last = at == 0;
        std::vector<std::uint32_t>* above = last ? nullptr : &parts[parent[at]];
        // Big enough to stand alone, or too big together with what it hangs on.
        if (last || part.size() * 2 >= max_nodes_ || part.size() + above->size() > max_nodes_) {
          cut(part);
        } else {
          above->insert(above->end(), part.begin(), part.end());
        }
      }
    }
    sort_stable(groups_, std::less<>());
    return std::move(groups_);
  }

 private:
  [[nodiscard]] bool member(std::uint32_t i) const { return run_.nodes[i].runs() && !run_.nodes[i].is(kN8nTrigger); }

  void walk(std::uint32_t root, std::vector<bool>& seen, std::vector<std::uint32_t>& order,
            std::vector<std::uint32_t>& parent) const {
    order.push_back(root);
    parent.push_back(root);
    seen[root] = true;
    for (std::size_t at = 0; at < order.size(); ++at) {
      for (const std::uint32_t next : neighbours_[order[at]]) {
        if (seen[next]) continue;
        seen[next] = true;
        order.push_back(next);
        parent.push_back(order[at]);
      }
    }
  }

  void cut(std::vector<std::uint32_t>& part) {
    constexpr std::size_t kFewest = 3;  // a smaller sub-workflow costs more than it brings
    if (part.size() >= kFewest && part.size() <= max_nodes_) {
      sort_numbers(part);
      groups_.push_back(part);
    }
    part.clear();
  }

  const N8nRun& run_;
  std::uint32_t max_nodes_;
  Union blocks_;
  std::vector<std::vector<std::uint32_t>> neighbours_;  // blocks joined by a bridge
  std::vector<std::vector<std::uint32_t>> groups_;
};

}  // namespace

std::vector<std::vector<std::uint32_t>> n8n_groups(const N8nRun& run, std::uint32_t max_nodes) {
  return Carver(run, max_nodes).groups();
}

}  // namespace agentmend
