// Collects the operations of one patch of an n8n workflow: names, ids and places of new nodes, connections.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/patch.h"
#include "json/writer.h"
#include "trace/n8n_run.h"

namespace agentmend::fix {

struct N8nTarget {
  std::string node;  // name
  std::uint32_t input = 0;
};

class N8nEdit {
 public:
  N8nEdit(const N8nRun& target, std::string_view id_seed);

  void anchor(const N8nNode& node);  // test of its name, once
  // Sets a member of the node: `add` when it is absent, else `test` of the old value and `replace`.
  void set_member(const N8nNode& node, std::string_view member, std::string_view value_json);
  // The same for a member of the node's parameters: "resume", or "options" and "timeout" of that object.
  void set_parameter(const N8nNode& node, std::string_view member, std::string_view inner, std::string_view value_json);
  void set_setting(std::string_view member, std::string_view value_json);

  // A new node: unique name beginning with `name`, id derived from workflow and name, next free place from (x, y) on in
  // steps of `step_y`. Returns its name.
  std::string add_node(std::string_view name, std::string_view type, std::string_view type_version,
                       std::string_view parameters_json, double x, double y, double step_y);

  // Connections of an existing node's main output: the old ones are replaced.
  void set_output(const N8nNode& from, std::uint32_t output, const std::vector<N8nTarget>& targets);
  void set_output_json(const N8nNode& from, std::uint32_t output, std::string_view targets_json);
  // One existing connection of an output leads somewhere else.
  void redirect(const N8nNode& from, std::uint32_t output, std::size_t position, const N8nTarget& to);
  // All connections of a new node's only output.
  void connect_new(std::string_view from, const std::vector<N8nTarget>& targets);
  void connect_new_json(std::string_view from, std::string_view targets_json);

  [[nodiscard]] json::Patch take() { return std::move(patch_); }
  // The array of connections as written in the document; a View that does not exist when there is none.
  [[nodiscard]] json::View output_of(const N8nNode& from, std::uint32_t output) const;

 private:
  void put(std::string_view path, json::View old, std::string_view value_json);
  [[nodiscard]] bool is_free(double x, double y) const;

  const N8nRun& target_;
  std::string id_seed_;
  json::Patch patch_;
  std::vector<std::uint32_t> anchored_;
  std::vector<std::string> new_names_;
  std::vector<std::pair<double, double>> new_places_;
  std::size_t node_count_;  // elements of /nodes, with the new ones
};

[[nodiscard]] std::string n8n_targets_json(const std::vector<N8nTarget>& targets);

// "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx" from a text: the same text gives the same id.
[[nodiscard]] std::string n8n_derived_id(std::string_view text);

}  // namespace agentmend::fix
