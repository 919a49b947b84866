// case_step: the next state of a governance case, from what a person or a timer reports.
#include "engine/request.h"
#include "heal/case.h"
#include "json/writer.h"

namespace agentmend::engine {

Result<std::string> op_case_step(const Request& request) {
  const json::View header = request.header;
  const json::View document = header["case"];
  if (!document.is_object() || !header["event"]["type"].is_string())
    return fail(ErrorCode::kMissingField, "/event/type", "Give case and event {type, …}.");
  if (const auto rev = header["rev"].integer(); rev && rev != document["rev"].integer())
    return fail(ErrorCode::kRevMismatch, "/rev", "The case was changed by someone else; read it again.");
  const auto now_ms = header["now_ms"].integer();
  if (!now_ms) return fail(ErrorCode::kMissingField, "/now_ms", "Give the time in milliseconds since 1970.");
  auto moved = heal::move_case(document.raw(), header["event"], *now_ms);
  if (!moved) return tl::unexpected(moved.error());
  json::Writer writer;
  writer.begin_object().member_raw("case", moved->document).key("effects").begin_array();
  for (const std::string& effect : moved->effects) writer.raw(effect);
  writer.end_array().key("audit").begin_array();
  for (const std::string& event : moved->audit) writer.raw(event);
  return writer.end_array().end_object().take();
}

}  // namespace agentmend::engine
