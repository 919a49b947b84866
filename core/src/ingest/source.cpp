#include "ingest/source.h"

#include <algorithm>

#include "json/writer.h"
#include "order.h"
#include "text/math.h"

namespace agentmend {
namespace {

constexpr std::string_view kReadable[] = {"agentmend",   "otlp",       "n8n-execution", "n8n-workflow",
                                          "openai-chat", "plain-chat", "dify-dsl"};

bool has(json::View object, std::string_view key) { return !object[key].is_null(); }

json::View first_item(json::View array) { return array.is_array() ? array.first() : json::View(); }

bool is_message(json::View item) {
  const bool role = item["role"].is_string() || item["from"].is_string() || item["author"].is_string();
  return item.is_object() && role &&
         (item["content"].exists() || item["value"].is_string() || item["text"].is_string() ||
          item["tool_calls"].is_array());
}

// OpenAI's own marks on messages: calls as {function: {name, arguments}} or results that name the call.
bool has_openai_calls(json::View messages) {
  bool found = false;
  json::for_each(messages, [&found](json::View item, std::size_t) {
    found = found || has(item, "tool_call_id") || item["function_call"].is_object() ||
            first_item(item["tool_calls"])["function"].is_object();
  });
  return found;
}

bool is_workflow(json::View value) {
  const json::View node = first_item(value["nodes"]);
  if (!value["nodes"].is_array() || !value["connections"].is_object()) return false;
  if (!node) return true;
  return node["type"].is_string() && node["type"].raw().find('.') != std::string_view::npos;
}

struct Scorer {
  std::vector<Candidate>& out;
  void add(std::string_view source, double base, std::initializer_list<bool> supports = {}) const {
    double score = base;
    for (const bool support : supports) score += support ? 0.03 : 0;
    out.push_back({source, text::round6(std::min(score, base + 0.1 > 1.0 ? 1.0 : base + 0.1))});
  }
};

void score_readable(json::View value, const Scorer& score) {
  if (value["schema"].equals("agentmend.trace/1")) score.add("agentmend", 1.0);
  if (value["v"].is_number() && value["type"].is_string())
    score.add("agentmend", 0.97, {has(value, "seq"), has(value, "span_id")});
  if (value["resourceSpans"].exists()) score.add("otlp", 0.99);
  if (value["resource_spans"].exists()) score.add("otlp", 0.97);
  const json::View span = first_item(value);
  if (span["traceId"].is_string() && (span["spanId"].is_string() || span["spanContext"].is_object()) &&
      span["attributes"].exists())
    score.add("otlp", 0.9);

  const json::View data = value["data"];
  if (data["resultData"]["runData"].is_object()) {
    score.add("n8n-execution", 0.98);
  } else if (data.is_string() && data.text().starts_with("[{\"")) {
    score.add("n8n-execution", 0.97);
  } else if (value["workflowData"].is_object() && has(value, "startedAt")) {
    score.add("n8n-execution", 0.95);
  } else if (value["workflow_json"].is_object()) {
    score.add(value["execution_data"].is_object() ? "n8n-execution" : "n8n-workflow", 0.95);
  } else if (first_item(value)["resultData"].is_string() && value.size() > 3) {
    score.add("n8n-execution", 0.95);  // the flatted array itself
  } else if (first_item(data)["workflowId"].exists() && !first_item(data)["data"].exists()) {
    score.add("n8n-execution", 0.9);  // a list page without run data: the reader says so
  }
  if (is_workflow(value))
    score.add("n8n-workflow", 0.97, {has(value, "settings"), first_item(value["nodes"])["typeVersion"].exists()});

  if (is_workflow(first_item(value["workflows"])) || is_workflow(first_item(value)))
    score.add("n8n-workflow", 0.95);  // a list of exports

  if (value["kind"].equals("app") && (value["workflow"].exists() || value["model_config"].exists()))
    score.add("dify-dsl", 0.98, {value["version"].exists(), has(value["app"], "mode")});

  const json::View messages = messages_of(value);
  if (value["object"].equals("chat.completion")) score.add("openai-chat", 0.98);
  if (is_message(first_item(messages))) {
    const bool calls = has_openai_calls(messages);
    if (calls) score.add("openai-chat", 0.92);
    if (!calls && value.is_object() && value["messages"].exists() && value["model"].is_string())
      score.add("openai-chat", 0.85);
    score.add("plain-chat", 0.8);
  }
}

// Shapes of other products: recognised so that the answer can name them.
void score_recognised(json::View value, const Scorer& score) {
  if (value["schema_version"].is_string() && value["steps"].is_array()) score.add("atif", 0.99);
  if (value["task_id"].exists() && value["event"].is_string()) score.add("dify-run", 0.96);
  if (value["workflow_run_id"].exists() && value["nodes"].is_array()) score.add("dify-run", 0.96);
  if (value["run_type"].is_string()) score.add("langsmith", 0.96);
  if (value["channel_values"].exists() || (value["step"].exists() && value["payload"].exists()))
    score.add("langgraph", 0.96);
  if (value["type"].equals("session") && value["cwd"].exists()) score.add("openclaw", 0.96);
  if (value["parentUuid"].exists() || value["sessionId"].exists()) score.add("claude-code", 0.97);
  if (value["type"].equals("system") && value["subtype"].equals("init")) score.add("claude-agent-sdk", 0.96);
  if (value["object"].equals("trace") || value["object"].equals("trace.span") || value["$schemaVersion"].exists())
    score.add("openai-agents", 0.96);
  if (value["object"].equals("response") || first_item(value)["type"].equals("function_call"))
    score.add("openai-responses", 0.95);
  if (value["steps"].is_array() && first_item(value["steps"])["finishReason"].exists())
    score.add("vercel-ai-sdk", 0.94);
  if (value["processed_at"].exists() && value["type"].is_string()) score.add("managed-agents", 0.97);
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
  const Scorer score{out};
  score_readable(value, score);
  score_recognised(value, score);
  best_first(out);
  std::vector<Candidate> best;
  for (const Candidate& candidate : out) {
    const bool known =
        std::any_of(best.begin(), best.end(), [&](const Candidate& c) { return c.source == candidate.source; });
    if (!known) best.push_back(candidate);
  }
  return best;
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

bool can_read(std::string_view source) {
  return std::find(std::begin(kReadable), std::end(kReadable), source) != std::end(kReadable);
}

std::string canonical_source(std::string_view hint) {
  std::string name(hint);
  std::replace(name.begin(), name.end(), '_', '-');
  if (name == "openai-messages") return "openai-chat";
  if (name == "chat-messages") return "plain-chat";
  return can_read(name) ? name : std::string();
}

}  // namespace agentmend
