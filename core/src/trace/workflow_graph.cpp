#include "trace/workflow_graph.h"

#include <algorithm>

namespace agentmend {
namespace {

constexpr std::uint32_t kUnseen = 0xffffffffu;

// Counting sort of edge positions by one of their ends.
void gather(std::size_t nodes, const std::vector<GraphEdge>& edges, std::uint32_t GraphEdge::*end,
            std::vector<std::uint32_t>& begin, std::vector<std::uint32_t>& items) {
  begin.assign(nodes + 1, 0);
  for (const GraphEdge& edge : edges) ++begin[edge.*end + 1];
  for (std::size_t i = 1; i <= nodes; ++i) begin[i] += begin[i - 1];
  items.resize(edges.size());
  std::vector<std::uint32_t> next(begin.begin(), begin.end() - 1);
  for (std::uint32_t e = 0; e < edges.size(); ++e) items[next[edges[e].*end]++] = e;
}

}  // namespace

WorkflowGraph::WorkflowGraph(std::size_t nodes, std::vector<GraphEdge> edges) : edges_(std::move(edges)) {
  gather(nodes, edges_, &GraphEdge::from, out_, out_edges_);
  gather(nodes, edges_, &GraphEdge::to, in_, in_edges_);
}

std::vector<bool> WorkflowGraph::reach(std::span<const std::uint32_t> roots, Direction direction) const {
  std::vector<bool> seen(size(), false);
  std::vector<std::uint32_t> open;
  const auto visit = [&](std::uint32_t node) {
    if (node < seen.size() && !seen[node]) {
      seen[node] = true;
      open.push_back(node);
    }
  };
  for (const std::uint32_t root : roots) visit(root);
  while (!open.empty()) {
    const std::uint32_t node = open.back();
    open.pop_back();
    if (direction == Direction::kForward) {
      for (const std::uint32_t e : leaving(node)) visit(edges_[e].to);
    } else {
      for (const std::uint32_t e : entering(node)) visit(edges_[e].from);
    }
  }
  return seen;
}

std::vector<std::uint32_t> WorkflowGraph::strong_components(const std::vector<bool>* without_edges) const {
  struct Frame {
    std::uint32_t node;
    std::uint32_t next;  // position in leaving(node)
  };
  std::vector<std::uint32_t> order(size(), kUnseen), low(size(), 0), component(size(), kNone), stack;
  std::vector<Frame> frames;
  std::uint32_t counter = 0, components = 0;
  const auto enter = [&](std::uint32_t node) {
    order[node] = low[node] = counter++;
    stack.push_back(node);
    frames.push_back({node, 0});
  };
  for (std::uint32_t start = 0; start < size(); ++start) {
    if (order[start] != kUnseen) continue;
    enter(start);
    while (!frames.empty()) {
      const std::uint32_t node = frames.back().node;
      const auto out = leaving(node);
      if (frames.back().next < out.size()) {
        const std::uint32_t e = out[frames.back().next++];
        if (without_edges != nullptr && (*without_edges)[e]) continue;
        const std::uint32_t to = edges_[e].to;
        if (order[to] == kUnseen) {
          enter(to);
        } else if (component[to] == kNone) {
          low[node] = std::min(low[node], order[to]);
        }
        continue;
      }
      if (low[node] == order[node]) {
        while (component[node] == kNone) {
          component[stack.back()] = components;
          stack.pop_back();
        }
        ++components;
      }
      frames.pop_back();
      if (!frames.empty()) low[frames.back().node] = std::min(low[frames.back().node], low[node]);
    }
  }
  return component;
}

std::vector<std::uint32_t> WorkflowGraph::weak_components(const std::vector<bool>* without_nodes) const {
  std::vector<std::uint32_t> component(size(), kNone), open;
  const auto left_out = [&](std::uint32_t node) { return without_nodes != nullptr && (*without_nodes)[node]; };
  std::uint32_t components = 0;
  for (std::uint32_t start = 0; start < size(); ++start) {
    if (component[start] != kNone || left_out(start)) continue;
    const auto visit = [&](std::uint32_t node) {
      if (component[node] != kNone || left_out(node)) return;
      component[node] = components;
      open.push_back(node);
    };
    visit(start);
    while (!open.empty()) {
      const std::uint32_t node = open.back();
      open.pop_back();
      for (const std::uint32_t e : leaving(node)) visit(edges_[e].to);
      for (const std::uint32_t e : entering(node)) visit(edges_[e].from);
    }
    ++components;
  }
  return component;
}

std::vector<bool> WorkflowGraph::bridges() const {
  struct Frame {
    std::uint32_t node;
    std::uint32_t by;  // edge we came along, kUnseen at a root
    std::uint32_t next;  // position in leaving(node), then in entering(node)
  };
  std::vector<bool> bridge(edges_.size(), false);
  std::vector<std::uint32_t> order(size(), kUnseen), low(size(), 0);
  std::vector<Frame> frames;
  std::uint32_t counter = 0;
  for (std::uint32_t start = 0; start < size(); ++start) {
    if (order[start] != kUnseen) continue;
    order[start] = low[start] = counter++;
    frames.push_back({start, kUnseen, 0});
    while (!frames.empty()) {
      Frame& frame = frames.back();
      const std::uint32_t node = frame.node;
      const auto out = leaving(node);
      const auto in = entering(node);
      if (frame.next < out.size() + in.size()) {
        const std::uint32_t at = frame.next++;
        const std::uint32_t e = at < out.size() ? out[at] : in[at - out.size()];
        const std::uint32_t other = at < out.size() ? edges_[e].to : edges_[e].from;
        if (e == frame.by || other == node) continue;
        if (order[other] == kUnseen) {
          order[other] = low[other] = counter++;
          frames.push_back({other, e, 0});
        } else {
          low[node] = std::min(low[node], order[other]);
        }
        continue;
      }
      const std::uint32_t by = frame.by;
      frames.pop_back();
      if (frames.empty()) continue;
      const std::uint32_t parent = frames.back().node;
      low[parent] = std::min(low[parent], low[node]);
      if (low[node] > order[parent]) bridge[by] = true;
    }
  }
  return bridge;
}

std::uint32_t WorkflowGraph::branch_depth(const std::vector<bool>& is_branch,
                                          const std::vector<bool>& without_edges) const {
  const std::vector<std::uint32_t> component = strong_components(&without_edges);
  std::uint32_t components = 0;
  for (const std::uint32_t c : component) components = std::max(components, c + 1);
  std::vector<bool> branches(components, false);
  std::vector<std::uint32_t> sources(components, 0);  // edges from other components: two or more are a join
  std::vector<std::vector<std::uint32_t>> members(components);
  for (std::uint32_t node = 0; node < size(); ++node) {
    members[component[node]].push_back(node);
    if (is_branch[node]) branches[component[node]] = true;
  }
  for (std::uint32_t e = 0; e < edges_.size(); ++e) {
    if (!without_edges[e] && component[edges_[e].from] != component[edges_[e].to]) ++sources[component[edges_[e].to]];
  }
  std::vector<std::uint32_t> depth(components, 0);
  std::uint32_t deepest = 0;
  for (std::uint32_t c = components; c-- > 0;) {  // sources first: an edge goes from a higher number to a lower
    if (sources[c] > 1) depth[c] = 0;
    depth[c] += branches[c] ? 1 : 0;
    deepest = std::max(deepest, depth[c]);
    for (const std::uint32_t node : members[c]) {
      for (const std::uint32_t e : leaving(node)) {
        const std::uint32_t to = component[edges_[e].to];
        if (!without_edges[e] && to != c) depth[to] = std::max(depth[to], depth[c]);
      }
    }
  }
  return deepest;
}

}  // namespace agentmend
