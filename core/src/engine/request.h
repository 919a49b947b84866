// A request on the seam: one line of JSON (the header), then the payload.
#pragma once

#include <string>
#include <string_view>

#include "error.h"
#include "json/view.h"
#include "json/writer.h"

namespace agentmend::engine {

struct Request {
  json::Index index;
  json::View header;  // an object
  std::string_view payload;
};

[[nodiscard]] Result<void> read_request(std::string_view bytes, Request& request);

using Handler = Result<std::string> (*)(const Request& request);

// The same error, placed below a member of the header.
[[nodiscard]] inline Error at_member(std::string_view member, Error error) {
  error.at = std::string(member) + error.at;
  return error;
}

void write_error(json::Writer& writer, const Error& error);  // {"code","at","message"}

// The operations, one function each.
Result<std::string> op_detect(const Request& request);
Result<std::string> op_detect_one(const Request& request);
Result<std::string> op_detectors(const Request& request);
Result<std::string> op_fix_types(const Request& request);
Result<std::string> op_explain(const Request& request);
Result<std::string> op_suggest(const Request& request);
Result<std::string> op_gate(const Request& request);
Result<std::string> op_verify(const Request& request);
Result<std::string> op_heal_open(const Request& request);
Result<std::string> op_heal_now(const Request& request);
Result<std::string> op_limiter_reset(const Request& request);
Result<std::string> op_step(const Request& request);
Result<std::string> op_case_step(const Request& request);
Result<std::string> op_rollback_plan(const Request& request);
Result<std::string> op_coverage(const Request& request);
Result<std::string> op_read(const Request& request);
Result<std::string> op_trace(const Request& request);
Result<std::string> op_snapshot_check(const Request& request);
Result<std::string> op_self_check(const Request& request);
Result<std::string> op_version(const Request& request);

}  // namespace agentmend::engine
