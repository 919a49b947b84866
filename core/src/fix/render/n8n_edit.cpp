#include "fix/render/n8n_edit.h"

#include <algorithm>
#include <cmath>

#include "text/hash.h"

namespace agentmend::fix {
namespace {

using json::PatchOpKind;

std::string node_path(const N8nNode& node) { return "/nodes/" + std::to_string(node.position); }
std::string connections_path(std::string_view name) { return "/connections/" + json::escape_token(name); }

}  // namespace

std::string n8n_targets_json(const std::vector<N8nTarget>& targets) {
  json::Writer writer;
  writer.begin_array();
  for (const N8nTarget& target : targets)
    writer.begin_object().member("node", target.node).member("type", "main").member("index", target.input).end_object();
  return writer.end_array().take();
}

std::string n8n_derived_id(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const std::uint64_t halves[] = {text::hash(text, 1), text::hash(text, 2)};
  std::string id;
  for (std::size_t i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) id += '-';
    const std::size_t digit = static_cast<std::size_t>(halves[i / 16] >> (60 - 4 * (i % 16))) & 15;
    id += i == 12 ? '4' : i == 16 ? kDigits[8 | (digit & 3)] : kDigits[digit];
  }
  return id;
}

N8nEdit::N8nEdit(const N8nRun& target, std::string_view id_seed)
    : target_(target), id_seed_(id_seed), node_count_(target.workflow["nodes"].size()) {}

void N8nEdit::put(std::string_view path, json::View old, std::string_view value_json) {
  if (!old.exists()) {
    patch_.push_back({PatchOpKind::kAdd, std::string(path), std::string(value_json), {}});
    return;
  }
  patch_.push_back({PatchOpKind::kTest, std::string(path), std::string(old.raw()), {}});
  patch_.push_back({PatchOpKind::kReplace, std::string(path), std::string(value_json), {}});
}

void N8nEdit::anchor(const N8nNode& node) {
  if (std::find(anchored_.begin(), anchored_.end(), node.position) != anchored_.end()) return;
  anchored_.push_back(node.position);
  patch_.push_back({PatchOpKind::kTest, node_path(node) + "/name", json::quote(node.name), {}});
}

void N8nEdit::set_member(const N8nNode& node, std::string_view member, std::string_view value_json) {
  anchor(node);
  put(node_path(node) + "/" + json::escape_token(member), node.json[member], value_json);
}

void N8nEdit::set_parameter(const N8nNode& node, std::string_view member, std::string_view inner,
                            std::string_view value_json) {
  anchor(node);
  std::string path = node_path(node) + "/parameters";
  if (!node.parameters.is_object()) put(path, node.parameters, "{}");
  path += "/" + json::escape_token(member);
  json::View old = node.parameters[member];
  if (!inner.empty()) {
    if (!old.is_object()) put(path, old, "{}");
    path += "/" + json::escape_token(inner);
    old = old[inner];
  }
  put(path, old, value_json);
}

void N8nEdit::set_setting(std::string_view member, std::string_view value_json) {
  const json::View settings = target_.workflow["settings"];
  if (!settings.is_object()) put("/settings", settings, "{}");
  put("/settings/" + json::escape_token(member), settings[member], value_json);
}

// n8n draws a node about 100 wide and high, with its name below.
bool N8nEdit::is_free(double x, double y) const {
  const auto near = [x, y](double other_x, double other_y) {
    return std::fabs(other_x - x) < 200 && std::fabs(other_y - y) < 160;
  };
  const bool on_old = std::any_of(target_.nodes.begin(), target_.nodes.end(), [&](const N8nNode& node) {
    return !node.is(kN8nNote) && node.x && node.y && near(*node.x, *node.y);
  });
  return !on_old && std::none_of(new_places_.begin(), new_places_.end(), [&](const std::pair<double, double>& place) {
    return near(place.first, place.second);
  });
}

std::string N8nEdit::add_node(std::string_view name, std::string_view type, std::string_view type_version,
                              std::string_view parameters_json, double x, double y, double step_y) {
  std::string unique(name);
  const auto taken = [this, &unique] {
    return target_.find(unique) != WorkflowGraph::kNone || target_.workflow["connections"][unique].exists() ||
           std::find(new_names_.begin(), new_names_.end(), unique) != new_names_.end();
  };
  for (int number = 2; taken(); ++number) unique = std::string(name) + " " + std::to_string(number);
  new_names_.push_back(unique);
  constexpr int kMaxSteps = 200;  // a crowded canvas: overlapping is better than far away
  for (int step = 0; step < kMaxSteps && !is_free(x, y); ++step) y += step_y;
  new_places_.emplace_back(x, y);

  json::Writer node;
  node.begin_object().member_raw("parameters", parameters_json).member("type", type);
  node.member_raw("typeVersion", type_version).key("position").begin_array();
  node.integer(static_cast<std::int64_t>(std::floor(x))).integer(static_cast<std::int64_t>(std::floor(y))).end_array();
  node.member("id", n8n_derived_id(id_seed_ + "\n" + target_.id + "\n" + unique)).member("name", unique).end_object();
  patch_.push_back({PatchOpKind::kAdd, "/nodes/" + std::to_string(node_count_++), node.take(), {}});
  return unique;
}

json::View N8nEdit::output_of(const N8nNode& from, std::uint32_t output) const {
  return target_.workflow["connections"][from.name]["main"].at(output);
}

void N8nEdit::set_output(const N8nNode& from, std::uint32_t output, const std::vector<N8nTarget>& targets) {
  set_output_json(from, output, n8n_targets_json(targets));
}

void N8nEdit::set_output_json(const N8nNode& from, std::uint32_t output, std::string_view targets_json) {
  anchor(from);
  const json::View entry = target_.workflow["connections"][from.name];
  const json::View main = entry["main"];
  const std::string path = connections_path(from.name);
  if (!main.is_array()) {
    std::string outputs = "[";
    for (std::uint32_t i = 0; i < output; ++i) outputs += "[],";
    outputs += std::string(targets_json) + "]";
    if (entry.is_object()) {
      put(path + "/main", main, outputs);
    } else {
      put(path, entry, "{\"main\":" + outputs + "}");
    }
    return;
  }
  const auto place = [&path](std::size_t i) { return path + "/main/" + std::to_string(i); };
  for (std::size_t i = main.size(); i < output; ++i) patch_.push_back({PatchOpKind::kAdd, place(i), "[]", {}});
  put(place(output), main.at(output), targets_json);
}

void N8nEdit::redirect(const N8nNode& from, std::uint32_t output, std::size_t position, const N8nTarget& to) {
  anchor(from);
  const std::string targets = n8n_targets_json({to});
  put(connections_path(from.name) + "/main/" + std::to_string(output) + "/" + std::to_string(position),
      output_of(from, output).at(position), std::string_view(targets).substr(1, targets.size() - 2));
}

void N8nEdit::connect_new(std::string_view from, const std::vector<N8nTarget>& targets) {
  connect_new_json(from, n8n_targets_json(targets));
}

void N8nEdit::connect_new_json(std::string_view from, std::string_view targets_json) {
  patch_.push_back({PatchOpKind::kAdd, connections_path(from), "{\"main\":[" + std::string(targets_json) + "]}", {}});
}

}  // namespace agentmend::fix
