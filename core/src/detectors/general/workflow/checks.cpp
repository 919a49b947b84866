#include "detectors/general/workflow/checks.h"

#include <algorithm>

#include "text/math.h"
#include "trace/key_words.h"

namespace agentmend::detectors::workflow {
namespace {

// Weights: specification; those of single cues that healthy graphs may show stay below the threshold.
constexpr double kUnreachable = 0.75;
constexpr double kDeadEnd = 0.65;
constexpr double kMissingNode = 0.9;
constexpr double kCycle = 0.9;
constexpr double kNoReply = 0.75;
constexpr double kMissingRoutes = 0.65;
constexpr double kNoSuchRoute = 0.8;
constexpr double kNoDefault = 0.4;
constexpr double kOrder = 0.8;
constexpr double kUndefined = 0.9;
constexpr double kNotYet = 0.75;
constexpr double kLongChain = 0.5;
constexpr double kRunFailed = 0.3;  // only beside a defect: a run may fail in a sound graph

class Checks {
 public:
  Checks(const Definition& given, const Run& run)
      : given_(given), nodes_(given.nodes), graph_(given.graph), run_(run) {}

  std::vector<Defect> all() {
    missing_node();
    reach();
    cycle();
    dead_end();
    no_reply();
    routes();
    order();
    references();
    long_chain();
    if (!found_.empty() && run_.failed) add("failed_run", kRunFailed, 0, "The run of it failed.", "/execution_result");
    return std::move(found_);
  }

 private:
  void add(std::string_view name, double weight, std::uint32_t node, std::string says, std::string path = {}) {
    Defect defect;
    defect.name = name;
    defect.weight = weight;
    defect.path = path.empty() ? item_path("workflow_definition/nodes", nodes_[node].at) : std::move(path);
    if (node < nodes_.size()) defect.text = nodes_[node].id;
    defect.says = std::move(says);
    found_.push_back(std::move(defect));
  }
  [[nodiscard]] std::size_t in(std::uint32_t node) const { return graph_.entering(node).size(); }
  [[nodiscard]] std::size_t out(std::uint32_t node) const { return graph_.leaving(node).size(); }
  [[nodiscard]] std::uint32_t target(std::uint32_t edge) const { return graph_.edges()[edge].to; }

  void missing_node() {
    if (given_.loose.empty()) return;
    const auto& [at, id] = given_.loose.front();
    add("missing_node", kMissingNode, kNowhere, say({"An edge leads to or from `", id, "`, which is not there."}),
        say({"/workflow_definition", item_path(given_.list, at)}));
    found_.back().severe = true;
    found_.back().text = id;
  }

  // Takes something from a node that iterates: it is inside the iteration, whatever the edges say.
  [[nodiscard]] bool inside_loop(std::uint32_t node) const {
    for (const std::string& id : nodes_[node].takes) {
      const std::uint32_t of = given_.find(id);
      if (of != kNowhere && nodes_[of].is(kLoop)) return true;
    }
    return false;
  }

  void reach() {
    std::vector<std::uint32_t> roots;
    bool declared = false;
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) declared = declared || (nodes_[i].is(kStart) && in(i) == 0);
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      const bool root = declared ? nodes_[i].is(kStart) && in(i) == 0 : starts(i);
      if (root || nodes_[i].is(kHandler) || inside_loop(i)) roots.push_back(i);
    }
    bool entry = false;  // an entry that is none of those that run by themselves
    for (const std::uint32_t root : roots) entry = entry || !(nodes_[root].is(kHandler) || inside_loop(root));
    if (!entry || nodes_.size() < 2) return;
    const std::vector<bool> reached = graph_.reach(roots, WorkflowGraph::Direction::kForward);
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      if (reached[i]) continue;
      add("unreachable", kUnreachable, i, say({"No way leads to `", nodes_[i].id, "`."}));
      return;
    }
  }
  // Without a declared start: a node that nothing leads to, that leads somewhere, and that takes nothing from others.
  [[nodiscard]] bool starts(std::uint32_t node) const {
    return in(node) == 0 && (out(node) > 0 || graph_.edges().empty()) && nodes_[node].takes.empty();
  }

  // A cycle that no edge leaves, without a condition or a counter.
  void cycle() {
    const std::vector<std::uint32_t> component = graph_.strong_components();
    std::vector<std::uint32_t> size(nodes_.size(), 0);
    for (const std::uint32_t c : component) ++size[c];
    std::vector<bool> bounded(nodes_.size(), false);
    std::vector<bool> looped(nodes_.size(), false);
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].is(kLoop | kRouter)) bounded[component[i]] = true;
      if (size[component[i]] > 1) looped[component[i]] = true;
    }
    for (const Edge& edge : given_.edges) {
      const std::uint32_t c = component[edge.from];
      if (edge.from == edge.to) looped[c] = true;
      if (edge.conditional || component[edge.to] != c) bounded[c] = true;
    }
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      if (!looped[component[i]] || bounded[component[i]]) continue;
      add("endless_cycle", kCycle, i, say({"A cycle through `", nodes_[i].id, "` has no way out."}));
      found_.back().severe = true;
      return;
    }
  }

  // A branch that ends in the middle, while its sibling goes on; or data that is fetched and used by nobody.
  void dead_end() {
    std::size_t leaves = 0;
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) leaves += out(i) == 0 && in(i) > 0 ? 1 : 0;
    if (leaves < 2) return;  // a graph may end anywhere, but once
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      if (out(i) != 0 || in(i) == 0 || nodes_[i].is(kSend | kStore | kEnd | kHandler)) continue;
      const bool unused = nodes_[i].typed && nodes_[i].is(kFetch | kClassifier) && !nodes_[i].is(kGenerate);
      const bool cut = !nodes_[i].is(kGenerate) && (stops_beside_sibling(i) || in_split(i));
      if (!unused && !cut) continue;
      add("dead_end", kDeadEnd, i, say({"`", nodes_[i].id, "` leads nowhere, and nothing takes what it makes."}));
      return;
    }
  }
  // All its parents go on elsewhere, without a condition: it was to be joined again.
  [[nodiscard]] bool stops_beside_sibling(std::uint32_t node) const {
    for (const std::uint32_t e : graph_.entering(node)) {
      if (given_.edges[e].conditional) return false;
      bool goes_on = false;
      for (const std::uint32_t sibling : graph_.leaving(graph_.edges()[e].from))
        goes_on =
            goes_on || (target(sibling) != node && (out(target(sibling)) > 0 || nodes_[target(sibling)].is(kSend)));
      if (!goes_on) return false;
    }
    return true;
  }
  // A way that a router chose ends without anything while another is joined: the join waits.
  [[nodiscard]] bool in_split(std::uint32_t node) const {
    if (!nodes_[node].is(kFormat)) return false;
    return std::any_of(nodes_.begin(), nodes_.end(), [](const Node& other) { return other.is(kJoin); });
  }

  // Somebody wrote and waits; a way ends without an answer.
  void no_reply() {
    bool receiver = false;
    bool sender = false;
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      receiver = receiver || (nodes_[i].is(kReceiver) && out(i) > 0);
      sender = sender || (nodes_[i].typed && nodes_[i].is(kSend) && !nodes_[i].is(kFormat));
    }
    if (!receiver) return;
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      if (out(i) != 0 || in(i) == 0 || (nodes_[i].is(kSend | kEnd) && !nodes_[i].is(kFormat))) continue;
      const bool side = sender && !nodes_[i].is(kPerson) && beside_a_sender(i);  // a record kept beside the answer
      if (side) continue;
      add("no_reply", kNoReply, i,
          say({"A message comes in, and the way to `", nodes_[i].id, "` ends without an answer."}));
      return;
    }
  }
  [[nodiscard]] bool beside_a_sender(std::uint32_t node) const {
    for (const std::uint32_t e : graph_.entering(node)) {
      const std::uint32_t parents[] = {graph_.edges()[e].from};
      const std::vector<bool> reached = graph_.reach(parents, WorkflowGraph::Direction::kForward);
      for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
        if (reached[i] && i != node && nodes_[i].is(kSend) && !nodes_[i].is(kFormat)) return true;
      }
      break;  // one parent is enough: O(edges)
    }
    return false;
  }

  void routes() {
    bool no_default = false;
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      const Node& node = nodes_[i];
      if (!node.is(kRouter | kClassifier) || node.choices < 2 || in(i) + out(i) == 0) continue;
      bool handled = false;  // somebody behind it chooses
      for (const std::uint32_t e : graph_.leaving(i)) handled = handled || nodes_[target(e)].is(kRouter);
      if (!handled && out(i) < 2) {
        add("missing_routes", kMissingRoutes, i,
            say({"`", node.id, "` knows ", number(node.choices), " classes and has ", number(out(i)), " ways out."}));
        return;
      }
      if (node.is(kRouter) && lacks_channel(node)) {
        add("no_such_route", kNoSuchRoute, i, say({"`", node.id, "` has no way for what comes in."}));
        return;
      }
      no_default = no_default || (node.is(kRouter) && !has_default(node));
      if (node.is(kRouter) && no_default && run_.failed &&
          has_word(run_.error, "route|routes|routing|router|noroute")) {
        add("no_default_route", kNoDefault + 0.2, i, say({"`", node.id, "` has no way for anything else."}));
        return;
      }
    }
  }
  // Its routes are named by channels, and the channel that the workflow listens to is none of them.
  [[nodiscard]] bool lacks_channel(const Node& router) const {
    bool known = false;
    for (const Node& node : nodes_) {
      if (!node.is(kReceiver) || node.channel.empty()) continue;
      for (const std::string& route : router.routes) {
        if (route == node.channel || is_one_of(route, "default|else|other|fallback|*")) return false;
        known = known || is_one_of(route, "slack|web|email|sms|telegram|whatsapp|discord|voice|teams|phone|chat|api");
      }
    }
    return known;
  }
  [[nodiscard]] static bool has_default(const Node& node) {
    return std::any_of(node.routes.begin(), node.routes.end(),
                       [](const std::string& route) { return is_one_of(route, "default|else|other|fallback|*"); });
  }

  // Consumers before their producers.
  void order() {
    for (const Edge& edge : given_.edges) {
      const Node& from = nodes_[edge.from];
      const Node& to = nodes_[edge.to];
      const bool shaped_too_early =
          from.typed && from.is(kFormat) && !from.is(kFetch) && to.typed && to.is(kFetch) && from.is(kSend);
      const bool sent_too_early = from.is(kSend) && !from.is(kFormat | kReceiver | kStart | kCheck | kHandler) &&
                                  from.typed && to.typed && to.is(kCheck | kGenerate) && !to.is(kSend);
      if (!shaped_too_early && !sent_too_early) continue;
      add("wrong_order", kOrder, edge.from, say({"`", from.id, "` comes before `", to.id, "`, which it needs."}));
      return;
    }
  }

  // What nodes take from others by reference: the others must be there, and must have run.
  void references() {
    std::size_t referring = 0;
    bool resolved = false;  // references of this form mean nodes here
    for (const Node& node : nodes_) {
      for (const std::string& id : node.takes) resolved = resolved || given_.find(id) != kNowhere;
    }
    if (!resolved) return;
    bool undefined = false;
    bool not_yet = false;
    for (std::uint32_t i = 0; i < nodes_.size() && referring < kMaxReferring; ++i) {
      if (nodes_[i].takes.empty()) continue;
      ++referring;
      const std::uint32_t here[] = {i};
      const std::vector<bool> before = graph_.reach(here, WorkflowGraph::Direction::kBackward);
      for (const std::string& id : nodes_[i].takes) {
        const std::uint32_t of = given_.find(id);
        if (of == kNowhere && !undefined) {
          undefined = true;
          add("undefined_reference", kUndefined, i,
              say({"`", nodes_[i].id, "` takes a value of `", id, "`, which is not there."}));
        } else if (of != kNowhere && of != i && !before[of] && !nodes_[of].is(kLoop) && !not_yet) {
          not_yet = true;
          add("not_yet_produced", kNotYet, i,
              say({"`", nodes_[i].id, "` takes a value of `", id, "`, which does not run before it."}));
        }
      }
    }
  }

  // Many steps in one line, and nothing that catches an error.
  void long_chain() {
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      if (in(i) > 1 || out(i) > 1 || nodes_[i].is(kHandler | kCheck)) return;
    }
    const double length = static_cast<double>(nodes_.size());
    const double strength = text::ramp(length, 4, 9);
    if (strength <= 0 || given_.edges.size() + 1 != nodes_.size()) return;
    add("unguarded_chain", kLongChain, static_cast<std::uint32_t>(nodes_.size() - 1),
        say({number(nodes_.size()), " steps run one after the other, and nothing catches an error."}));
    found_.back().strength = strength;
  }

  const Definition& given_;
  const std::vector<Node>& nodes_;
  const WorkflowGraph& graph_;
  const Run& run_;
  std::vector<Defect> found_;
};

}  // namespace

std::vector<Defect> check(const Definition& definition, const Run& run) { return Checks(definition, run).all(); }

}  // namespace agentmend::detectors::workflow
