// The listing operations: what detectors and fix types exist.
#include <utility>
#include "agentmend/engine.h"

#include "detectors/feeds.h"
#include "detectors/registry.h"
#include "engine/request.h"
#include "fix/fix_type.h"

namespace agentmend::engine {
namespace {

void write_row(json::Writer& writer, const Entry& entry) {
  const Descriptor& d = *entry.descriptor;
  writer.begin_object()
      .member("name", d.name)
      .member("title", d.title)
      .member("family", name_of(d.family))
      .member("bucket", name_of(bucket_of(d)))
      .member("governance", is_governance(d))
      .member("severity", name_of(d.severity))
      .member("readiness", name_of(entry.works() ? d.readiness : Readiness::kPlanned))
      .member("stage", name_of(d.stage));
  writer.key("inputs").begin_array();
  for (const InputKey& key : d.inputs) writer.string(std::string(key.name) + (key.optional ? "?" : ""));
  writer.end_array().key("fix_types").begin_array();
  for (const std::string_view name : d.fixes) {
    writer.begin_object().member("fix_type", name).member("risk", name_of(find_fix_type(name)->risk)).end_object();
  }
  writer.end_array().end_object();
}

}  // namespace

Result<std::string> op_detectors(const Request&) {
  json::Writer writer;
  writer.begin_object().member("schema", "agentmend.detectors/1").key("detectors").begin_array();
  for (const Entry* entry : all_detectors()) write_row(writer, *entry);
  return writer.end_array().end_object().take();
}

Result<std::string> op_fix_types(const Request&) {
  json::Writer writer;
  writer.begin_object().member("schema", "agentmend.fix-types/1").key("fix_types").begin_array();
  for (const FixType& type : all_fix_types()) {
    writer.begin_object()
        .member("fix_type", type.name)
        .member("risk", name_of(type.risk))
        .member("change", type.change);
    writer.key("parameters").begin_object();
    for (const ParameterSpec& parameter : type.parameters) {
      writer.key(parameter.name)
          .begin_object()
          .member("type", parameter.type)
          .member_raw("default", parameter.fallback)
          .member("meaning", parameter.meaning)
          .end_object();
    }
    writer.end_object().end_object();
  }
  return writer.end_array().end_object().take();
}

Result<std::string> op_explain(const Request& request) {
  const std::string name = request.header["name"].text();
  const Entry* entry = find_detector(name);
  if (entry == nullptr) return fail(ErrorCode::kUnknownDetector, "/name", "There is no detector \"" + name + "\".");
  const Descriptor& d = *entry->descriptor;
  json::Writer writer;
  writer.begin_object().key("detector");
  write_row(writer, *entry);
  writer.member("failure", d.failure).member("threshold", d.threshold).member("version", d.version);
  // A detector that no run can feed yet is asked on its own input alone.
  const bool extracts = entry->observe != nullptr || entry->conclude != nullptr;
  const std::string_view feeds = extracts ? feeds_of(d) : std::string_view();
  for (const auto& [key, letter] : {std::pair{"fed_by", '+'}, std::pair{"fed_in_part_by", 'o'}}) {
    writer.key(key).begin_array();
    for (std::size_t i = 0; i < feeds.size(); ++i) {
      if (feeds[i] == letter) writer.string(kFeedingSources[i]);
    }
    writer.end_array();
  }
  writer.key("fixes").begin_array();
  for (const std::string_view fix : d.fixes) {
    const FixType* type = find_fix_type(fix);
    writer.begin_object()
        .member("fix_type", fix)
        .member("risk", name_of(type->risk))
        .member("change", type->change)
        .member("in_loop_text", !type->system_message.empty())
        .member("verified_by_shim", has_shim(d.name, fix))
        .end_object();
  }
  return writer.end_array().end_object().take();
}

}  // namespace agentmend::engine
