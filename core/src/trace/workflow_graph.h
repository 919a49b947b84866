// A directed graph of nodes with numbered outputs and inputs, and the questions asked of it. Every operation is
// O(nodes + edges) and iterative. Answers do not depend on the order of nodes or edges, except edge numbers themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace agentmend {

struct GraphEdge {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::uint16_t output = 0;
  std::uint16_t input = 0;
};

class WorkflowGraph {
 public:
  static constexpr std::size_t kMaxNodes = 5'000;  // the largest real workflow seen has 98; beyond: limit_graph
  static constexpr std::size_t kMaxEdges = 50'000;
  enum class Direction : std::uint8_t { kForward, kBackward };

  WorkflowGraph() = default;
  WorkflowGraph(std::size_t nodes, std::vector<GraphEdge> edges);

  [[nodiscard]] std::size_t size() const { return out_.empty() ? 0 : out_.size() - 1; }
  [[nodiscard]] const std::vector<GraphEdge>& edges() const { return edges_; }
  [[nodiscard]] std::span<const std::uint32_t> leaving(std::uint32_t node) const {
    return slice(out_, out_edges_, node);
  }
  [[nodiscard]] std::span<const std::uint32_t> entering(std::uint32_t node) const {
    return slice(in_, in_edges_, node);
  }

  // Marks the roots and everything that can be reached from them (or that reaches them).
  [[nodiscard]] std::vector<bool> reach(std::span<const std::uint32_t> roots, Direction direction) const;

  // Strongly connected components (Tarjan): a number per node; an edge between two components goes to the lower one.
  [[nodiscard]] std::vector<std::uint32_t> strong_components(const std::vector<bool>* without_edges = nullptr) const;

  // Connected components of the undirected graph without some nodes: a number per node, kNone for those left out.
  static constexpr std::uint32_t kNone = 0xffffffffu;
  [[nodiscard]] std::vector<std::uint32_t> weak_components(const std::vector<bool>* without_nodes = nullptr) const;

  // Edges of the undirected graph whose removal disconnects it.
  [[nodiscard]] std::vector<bool> bridges() const;

  // The longest chain of branch nodes, one behind the other, with no join between them. Where edges form a cycle after
  // `without_edges` was taken out, the whole cycle counts as one node.
  [[nodiscard]] std::uint32_t branch_depth(const std::vector<bool>& is_branch,
                                           const std::vector<bool>& without_edges) const;

 private:
  [[nodiscard]] static std::span<const std::uint32_t> slice(const std::vector<std::uint32_t>& begin,
                                                            const std::vector<std::uint32_t>& items,
                                                            std::uint32_t node) {
    return std::span<const std::uint32_t>(items).subspan(begin[node], begin[node + 1] - begin[node]);
  }
  std::vector<GraphEdge> edges_;
  std::vector<std::uint32_t> out_, in_;  // where the edges of a node begin in the two lists below
  std::vector<std::uint32_t> out_edges_, in_edges_;  // positions in edges_
};

}  // namespace agentmend
