// The table of operations and the one function behind call(). Adding an operation is one line here and one function.
#include <iterator>
#include <new>

#include "agentmend/engine.h"
#include "engine/request.h"

namespace agentmend {
namespace {

// What an operation takes and answers is for the documentation alone: a module leaves it out.
constexpr Operation kOperations[] = {
    {"version", "{}", "{version}"},
    {"detect",
     "{documents:[{name,bytes}], source?, only?, min_confidence?, context?, framework?, id_prefix?, run_id?, at_ms?} "
     "+ payload",
     "report"},
    {"trace", "{documents, source?, max_spans?} + payload", "agentmend.trace/1: counts, usage, agents, spans, losses"},
    {"detect_one", "{detector, input, threshold?, context?, framework?, id?, run_id?, at_ms?}", "detection"},
    {"detectors", "{}", "detectors-list"},
    {"fix_types", "{}", "fix-types-list"},
    {"suggest", "{documents + finding | detector + input | detection, config?, framework?, context?}",
     "{suggestions: [fix-suggestion], reason}"},
    {"gate", "as suggest, with policy?, approval_required?, governance_open?, now_ms?",
     "{gate, fix_type, risk, warnings}"},
    {"verify", "as suggest, with fix_type and parameters", "{verdict, before, after, partial, reason, effect}"},
    {"heal_now", "as gate, with target?, limiter? (read only), approval? (an endpoint is configured)",
     "heal-result; with approval also {escalation: escalation-request without digests, or null}"},
    {"heal_open",
     "as gate, with target?, record_id?, tenant?, project?, surface?, limiter? (of the target, kept by the host)",
     "{kind: record|case|insight|nothing_to_heal, findings, detection, record|case, effects, audit, post, limiter}"},
    {"step", "{record, event: {type, …}, config? (as read back), now_ms, rev?, documents?, limiter?, policy?}",
     "{record, effects, audit, limiter?}"},
    {"limiter_reset", "{limiter, actor: {kind: person, id}, reason, target_id?, now_ms?}", "{limiter, audit}"},
    {"case_step", "{case, event: {type: acknowledge|resolve|tick|repeat, …}, now_ms, rev?}", "{case, effects, audit}"},
    {"rollback_plan", "{record, config, original_hash?}", "{mode: checkpoint|inverse, config, patch}"},
    {"coverage", "{policy?}", "coverage-report"},
    {"read", "{} + one JSON document as payload",
     "{values}: how many keys and values it holds; reads it and does no more"},
    {"snapshot_check", "{} + a session's snapshot as payload",
     "{version, built_by, run_id, events, findings, bytes}, or why it cannot be restored"},
    {"self_check", "{seed, count}", "{exp: [hex], ln: [hex]}, one hash of bits per 100 values"},
    {"explain", "{name}", "{detector}"},
};
struct Handling {
  std::string_view name;
  engine::Handler handler;
};
constexpr Handling kHandlers[] = {
    {"version", engine::op_version},
    {"detect", engine::op_detect},
    {"trace", engine::op_trace},
    {"detect_one", engine::op_detect_one},
    {"detectors", engine::op_detectors},
    {"fix_types", engine::op_fix_types},
    {"suggest", engine::op_suggest},
    {"gate", engine::op_gate},
    {"verify", engine::op_verify},
    {"heal_now", engine::op_heal_now},
    {"heal_open", engine::op_heal_open},
    {"step", engine::op_step},
    {"limiter_reset", engine::op_limiter_reset},
    {"case_step", engine::op_case_step},
    {"rollback_plan", engine::op_rollback_plan},
    {"coverage", engine::op_coverage},
    {"read", engine::op_read},
    {"snapshot_check", engine::op_snapshot_check},
    {"self_check", engine::op_self_check},
    {"explain", engine::op_explain},
};
constexpr bool same_names() {
  for (std::size_t i = 0; i < std::size(kHandlers); ++i) {
    if (kOperations[i].name != kHandlers[i].name) return false;
  }
  return std::size(kOperations) == std::size(kHandlers);
}
static_assert(same_names());

}  // namespace

namespace engine {

void write_error(json::Writer& writer, const Error& error) {
  writer.begin_object()
      .member("code", name_of(error.code))
      .member("at", error.at)
      .member("message", error.message)
      .end_object();
}

Result<void> read_request(std::string_view bytes, Request& request) {
  const std::size_t end = bytes.find('\n');
  const std::string_view header = bytes.substr(0, end);
  request.payload = end == std::string_view::npos ? std::string_view() : bytes.substr(end + 1);
  if (auto read = request.index.read(header); !read) return tl::unexpected(read.error());
  request.header = json::View::root(request.index);
  if (!request.header.is_object())
    return fail(ErrorCode::kInvalidInput, "", "The request header must be a JSON object on one line.");
  return {};
}

Result<std::string> op_version(const Request&) {
  json::Writer writer;
  return writer.begin_object().member("version", kVersion).end_object().take();
}

}  // namespace engine

std::string call(std::string_view operation, std::string_view request_bytes) {
  Error error;
  const Handling* row = nullptr;
  for (const Handling& candidate : kHandlers) {
    if (candidate.name == operation) row = &candidate;
  }
  if (row == nullptr) {
    error = {ErrorCode::kUnknownOperation, "",
             "There is no operation \"" + std::string(json::cut_utf8(operation, 80)) + "\"."};
  } else {
    engine::Request request;
    auto read = engine::read_request(request_bytes, request);
    if (read) {
      auto answer = row->handler(request);
      if (answer) return std::move(*answer);
      error = std::move(answer.error());
    } else {
      error = std::move(read.error());
    }
  }
  json::Writer writer;
  writer.begin_object().key("error");
  engine::write_error(writer, error);
  return writer.end_object().take();
}

std::span<const Operation> operations() { return kOperations; }

}  // namespace agentmend
