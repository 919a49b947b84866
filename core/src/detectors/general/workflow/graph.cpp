#include "detectors/general/workflow/graph.h"

#include <algorithm>

#include "order.h"
#include "text/hash.h"
#include "text/verbs.h"
#include "text/word_table.h"
#include "trace/key_words.h"

namespace agentmend::detectors::workflow {
namespace {

constexpr std::size_t kMaxTakes = 32;  // references of one node

constexpr text::WordRow kRows[] = {
    {kStart, "trigger start begin entry cron schedule webhook manual input"},
    {kStart | kReceiver, "receiver recv"},
    {kHandler, "error fallback catch onerror"},
    {kSend,
     "send sender respond response reply notify email alert slack message mail post publish page ack output "
     "answer deliver sms"},
    {kStore,
     "store save update create insert write load upsert export record delete archive log audit report upload "
     "sync deploy charge refund pay book ban cleanup"},
    {kFetch, "search query fetch retrieve retrieval lookup get read knowledge scrape list http"},
    {kRouter, "router routing route switch branch if else condition"},
    {kClassifier, "classifier classify intent clf"},
    {kFormat, "format formatter render template"},
    {kGenerate, "generate llm model draft compose summarize summarise agent write"},
    {kCheck, "validate validation check verify approve approval review"},
    {kLoop, "loop iteration iterate foreach each batch retry while counter limit"},
    {kNote, "note sticky comment"},
    {kPerson, "human person escalate escalation handoff operator"},
    {kEnd, "end finish terminate"},
    {kSpawn, "spawn spawner fork"},
    {kJoin, "merge merger join aggregator aggregate collect combine"},
};
constexpr text::WordTable<kRows> kKinds;

std::uint32_t kind_of(std::string_view name) {
  std::uint32_t kind = 0;
  text::for_each_word(name, [&kind](std::string_view word) { kind |= kKinds[word]; });
  return kind;
}

json::View first_of(json::View object, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    const json::View value = object[key];
    if (!value.is_null()) return value;
  }
  return {};
}

// Routes or classes: a list of names, a list of objects, or an object by name.
void read_choices(json::View value, Node& node) {
  if (value.is_object()) {
    json::for_each_member(value, [&](std::string_view key, json::View) { node.routes.emplace_back(key); });
  } else {
    json::for_each(value, [&](json::View item, std::size_t) {
      node.routes.push_back(item.is_object() ? first_of(item, {"name", "id", "value"}).text() : item.text());
    });
  }
  node.choices = std::max(node.choices, node.routes.size());
}

bool is_context(std::string_view name) {
  return is_one_of(name,
                   "sys|system|env|conversation|vars|variables|input|inputs|json|item|items|user|context|state|"
                   "workflow|config|secrets|loop|this|now|data|params|trigger|start");
}

// References: {{#node.key#}}, {{node.key}}, {{ node.key }}.
void read_takes(std::string_view raw, Node& node) {
  for (std::size_t i = raw.find("{{"); i != std::string_view::npos && node.takes.size() < kMaxTakes;
       i = raw.find("{{", i + 2)) {
    std::size_t begin = i + 2;
    while (begin < raw.size() && (raw[begin] == '#' || raw[begin] == ' ')) ++begin;
    std::size_t end = begin;
    while (end < raw.size() && (is_letter(raw[end]) || is_digit(raw[end]) || raw[end] == '_' || raw[end] == '-')) ++end;
    if (end == begin || end >= raw.size() || raw[end] != '.') continue;
    const std::string_view id = raw.substr(begin, end - begin);
    if (!is_context(id) && std::find(node.takes.begin(), node.takes.end(), id) == node.takes.end())
      node.takes.emplace_back(id);
  }
}

Node read_node(json::View item, std::size_t at) {
  Node node;
  node.at = at;
  if (item.is_string()) {
    node.id = item.text();
    node.kind = kind_of(node.id);
    return node;
  }
  node.id = first_of(item, {"id", "node_id", "name"}).text();
  const std::string type = first_of(item, {"type", "node_type", "kind"}).text();
  const std::uint32_t by_type = kind_of(type);
  node.typed = by_type != 0;
  node.kind = by_type != 0 ? by_type : kind_of(node.id);
  if (!node.typed && !is_one_of(node.id, "end|finish|done|stop|final|finished|terminate")) node.kind &= ~kEnd;
  // A tool says by its name what it does.
  if (node.is(kHandler | kNote)) node.kind &= kHandler | kNote | kSend;
  const std::string tool = first_of(item, {"tool_name", "tool"}).text();
  if (!tool.empty()) node.kind |= kind_of(tool);
  node.typed = node.typed || !tool.empty();
  for (const std::string_view key : {"intents", "classes", "routes", "categories", "branches"})
    read_choices(item[key], node);
  node.channel = item["channel"].text();
  read_takes(item.raw(), node);
  return node;
}

std::string end_of(json::View edge, std::initializer_list<std::string_view> keys) {
  const json::View end = first_of(edge, keys);
  return end.is_object() ? first_of(end, {"id", "node", "node_id", "name"}).text() : end.text();
}

}  // namespace

std::uint32_t Definition::find(std::string_view id) const {
  const std::uint64_t key = text::hash(id);
  auto it = std::lower_bound(by_id_.begin(), by_id_.end(), std::pair<std::uint64_t, std::uint32_t>(key, 0));
  return it != by_id_.end() && it->first == key ? it->second : kNowhere;
}

Definition read_definition(json::View workflow) {
  Definition out;
  const json::View list = workflow["nodes"];
  if (list.size() > WorkflowGraph::kMaxNodes) {
    out.too_large = true;
    return out;
  }
  json::for_each(list, [&](json::View item, std::size_t at) {
    if (!item.is_object() && !item.is_string()) return;
    Node node = read_node(item, at);
    if (!node.id.empty() && !node.is(kNote)) out.nodes.push_back(std::move(node));
  });
  for (std::uint32_t i = 0; i < out.nodes.size(); ++i) out.by_id_.emplace_back(text::hash(out.nodes[i].id), i);
  sort_stable(out.by_id_, [](const auto& a, const auto& b) { return a.first < b.first; });

  out.list = workflow["connections"].is_array() ? "connections" : "edges";
  std::vector<GraphEdge> edges;
  json::for_each(workflow[out.list], [&](json::View item, std::size_t at) {
    if (!item.is_object() || edges.size() >= WorkflowGraph::kMaxEdges) return;
    const std::string from = end_of(item, {"from", "source", "source_id", "start"});
    const std::string to = end_of(item, {"to", "target", "target_id", "end"});
    if (from.empty() || to.empty()) return;
    Edge edge;
    edge.from = out.find(from);
    edge.to = out.find(to);
    edge.at = at;
    edge.conditional = !first_of(item, {"condition", "when", "label", "branch", "case"}).is_null();
    if (edge.from == kNowhere || edge.to == kNowhere) {
      if (!is_one_of(to, "end|__end__|start|__start__") && !is_one_of(from, "start|__start__"))
        out.loose.emplace_back(at, edge.from == kNowhere ? from : to);
      else if (edge.from != kNowhere)
        out.nodes[edge.from].kind |= kEnd;
      else if (edge.to != kNowhere)
        out.nodes[edge.to].kind |= kStart;
      return;
    }
    edges.push_back({edge.from, edge.to, 0, 0});
    out.edges.push_back(edge);
  });
  const std::uint32_t start = out.find(first_of(workflow, {"start", "entry", "entry_point", "start_node"}).text());
  if (start != kNowhere) out.nodes[start].kind |= kStart;
  out.graph = WorkflowGraph(out.nodes.size(), std::move(edges));
  return out;
}

}  // namespace agentmend::detectors::workflow
