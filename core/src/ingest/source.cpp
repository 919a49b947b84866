#include "ingest/source.h"

#include <algorithm>

#include "ingest/sources.h"
#include "json/writer.h"
#include "order.h"
#include "text/math.h"

namespace agentmend {
namespace {

// Shapes of other products that no reader exists for yet: recognised so that the answer can name them.
void score_recognised(json::View value, std::vector<Candidate>& out) {
  const auto add = [&out](std::string_view source, double base) {
    if (find_source(source) == nullptr) out.push_back({source, base});
  };
  if (value["schema_version"].is_string() && value["steps"].is_array()) add("atif", 0.99);
  if (value["task_id"].exists() && value["event"].is_string()) add("dify-run", 0.96);
  if (value["workflow_run_id"].exists() && value["nodes"].is_array()) add("dify-run", 0.96);
  if (value["run_type"].is_string()) add("langsmith", 0.96);
  if (value["channel_values"].exists() || (value["step"].exists() && value["payload"].exists())) add("langgraph", 0.96);
  if (value["object"].equals("trace") || value["object"].equals("trace.span") || value["$schemaVersion"].exists())
    add("openai-agents", 0.96);
  if (value["object"].equals("response") || value.first()["type"].equals("function_call"))
    add("openai-responses", 0.95);
  if (value["steps"].is_array() && value["steps"].first()["finishReason"].exists()) add("vercel-ai-sdk", 0.94);
}

}  // namespace

json::View messages_of(json::View value) {
  if (value.is_array()) return value;
  for (const std::string_view key : {"messages", "conversation", "conversations", "turns"}) {
    const json::View inner = value[key];
    if (inner.is_array()) return inner;
    if (inner["messages"].is_array()) return inner["messages"];
  }
  return {};
}

json::View peel(json::View value) {
  for (int i = 0; i < 4; ++i) {
    if (!candidates_of(value).empty()) return value;
    json::View inner;
    for (const std::string_view key : {"data", "result", "body", "trace", "payload"}) {
      if (inner.is_null() && (value[key].is_object() || value[key].is_array())) inner = value[key];
    }
    if (value.is_array() && value.size() == 1) inner = value.first();
    if (inner.is_null()) return value;
    value = inner;
  }
  return value;
}

void best_first(std::vector<Candidate>& candidates) {
  sort_stable(candidates, [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
}

std::vector<Candidate> candidates_of(json::View value) {
  std::vector<Candidate> out;
  for (const Source* source : all_sources()) {
    const double score = source->mark(value);
    if (score > 0) out.push_back({source->id, text::round6(std::min(score, 1.0))});
  }
  score_recognised(value, out);
  best_first(out);
  return out;
}

Result<Candidate> choose(const std::vector<Candidate>& candidates, json::View value) {
  std::string names;
  for (const Candidate& candidate : candidates) names += (names.empty() ? "" : ", ") + std::string(candidate.source);
  const double best = candidates.empty() ? 0 : candidates[0].score;
  const double second = candidates.size() > 1 ? candidates[1].score : 0;
  if (best < 0.65) {
    std::string keys;
    std::size_t count = 0;
    json::for_each_member(value, [&](std::string_view key, json::View) {
      if (count++ < 5) keys += (keys.empty() ? "" : ", ") + std::string(json::cut_utf8(key, 40));
    });
    return fail(ErrorCode::kDetectUnknown, "",
                "This is JSON, but no trace format we know" + (keys.empty() ? std::string() : " (keys: " + keys + ")") +
                    "; name one with --source.");
  }
  const bool subset =
      candidates.size() > 1 && candidates[0].source == "openai-chat" && candidates[1].source == "plain-chat";
  if (candidates.size() > 1 && best - second < 0.05 && !subset) {
    return fail(ErrorCode::kDetectAmbiguous, "", "This could be " + names + "; say which with --source.");
  }
  if (!can_read(candidates[0].source)) {
    return fail(ErrorCode::kDetectUnknown, "",
                "This looks like " + std::string(candidates[0].source) + ", which this version does not read yet.");
  }
  return candidates[0];
}

Result<void> check_container(std::string_view text) {
  const std::string_view head = text.substr(0, 512);
  if (head.find_first_not_of(" \t\r\n") == std::string_view::npos &&
      text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return fail(ErrorCode::kInputEmpty, "", "The input is empty.");
  }
  if (head.starts_with("version https://git-lfs"))
    return fail(ErrorCode::kContainerLfsPointer, "", "This is a Git LFS pointer; run git lfs pull.");
  if (head.starts_with("PK\x03\x04") || head.starts_with("\x1f\x8b"))
    return fail(ErrorCode::kContainerUnsupported, "", "This is an archive; unpack it first.");
  if (head.starts_with("\x89PNG") || head.starts_with("\xff\xd8\xff") || head.starts_with("GIF8") ||
      head.starts_with("%PDF")) {
    return fail(ErrorCode::kContainerUnsupported, "", "This is an image or a document, not a trace.");
  }
  if (head.starts_with("<!DOCTYPE") || head.starts_with("<!doctype") || head.starts_with("<html")) {
    return fail(ErrorCode::kContainerUnsupported, "", "This is a web page, not a trace.");
  }
  if (head.starts_with("\xff\xfe") || head.starts_with("\xfe\xff"))
    return fail(ErrorCode::kEncoding, "", "This is UTF-16; save it as UTF-8.");
  if (head.starts_with("\x0a") && head.find('\0') != std::string_view::npos) {
    return fail(ErrorCode::kContainerProtobuf, "", "This looks like protobuf; export OTLP as JSON.");
  }
  if (head.find('\0') != std::string_view::npos)
    return fail(ErrorCode::kContainerUnsupported, "", "This is binary data, not a trace.");
  return {};
}

bool can_read(std::string_view source) { return find_source(source) != nullptr; }

std::string canonical_source(std::string_view hint) {
  std::string name(hint);
  std::replace(name.begin(), name.end(), '_', '-');
  if (name == "openai-messages") return "openai-chat";
  if (name == "chat-messages") return "plain-chat";
  return can_read(name) ? name : std::string();
}

}  // namespace agentmend
