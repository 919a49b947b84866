#include "ingest/source_reader.h"

#include <string>

#include "text/time.h"

namespace agentmend {

json::View first_of(json::View object, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    const json::View value = object[key];
    if (!value.is_null()) return value;
  }
  return {};
}

Role fold_role(std::string_view role) {
  if (role == "user" || role == "human" || role == "customer" || role == "input") return Role::kUser;
  if (role == "system") return Role::kSystem;
  if (role == "developer") return Role::kDeveloper;
  if (role == "tool" || role == "function" || role == "observation" || role == "ipython") return Role::kTool;
  return Role::kAssistant;  // assistant, ai, bot, gpt, model, agent
}

std::string_view content_text(const SourceReader& reader, json::View content) {
  if (content.is_string()) return reader.text(content);
  if (content.is_object()) return reader.text(first_of(content, {"text", "content"}));
  if (!content.is_array()) return {};
  std::string_view only;
  std::string joined;
  std::size_t parts = 0;
  json::for_each(content, [&](json::View part, std::size_t) {
    const json::View type = part["type"];
    if (type.equals("tool_result") || type.equals("thinking") || type.equals("reasoning")) return;
    const json::View text = part.is_string() ? part : first_of(part, {"text", "content"});
    if (!text.is_string()) return;
    only = reader.text(text);
    if (parts++ != 0) joined += "\n";
    joined += only;
  });
  return parts < 2 ? only : reader.trace.arena.keep(joined);
}

namespace {

std::int64_t count(json::View usage, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const auto value = usage[name].integer()) return *value < 0 ? 0 : *value;
  }
  return 0;
}

}  // namespace

Usage read_usage(json::View usage) {
  Usage out;
  if (!usage.is_object()) return out;
  out.input_tokens = count(usage, {"input_tokens", "prompt_tokens", "inputTokens", "promptTokens"});
  out.output_tokens = count(usage, {"output_tokens", "completion_tokens", "outputTokens", "completionTokens"});
  out.cache_read_tokens = count(usage, {"cache_read_tokens", "cache_read_input_tokens", "cachedInputTokens"});
  out.cache_write_tokens = count(usage, {"cache_write_tokens", "cache_creation_input_tokens"});
  const json::View details = first_of(usage, {"input_tokens_details", "prompt_tokens_details", "inputTokenDetails"});
  if (out.cache_read_tokens == 0) out.cache_read_tokens = count(details, {"cached_tokens", "cacheReadTokens"});
  if (out.cache_write_tokens == 0) out.cache_write_tokens = count(details, {"cache_write_tokens", "cacheWriteTokens"});
  return out;
}

Usage read_usage_beside_cache(json::View usage) {
  Usage out = read_usage(usage);
  out.input_tokens += out.cache_read_tokens + out.cache_write_tokens;
  return out;
}

void add_usage(json::View usage, Usage& sum) { sum += read_usage(usage); }

std::int64_t read_time(const SourceReader& reader, json::View value) {
  if (value.is_null()) return -1;
  std::int64_t ms = -1;
  if (value.is_string()) {
    std::string storage;
    const std::string_view text = value.text(storage);
    bool digits = !text.empty();
    double number = 0;
    for (const char c : text) {
      digits = digits && c >= '0' && c <= '9';
      if (digits) number = number * 10 + (c - '0');
    }
    ms = digits ? text::number_to_ms(number) : text::iso_to_ms(text);
    const bool zone = text.size() > 10 && text.find_first_of("Zz+", 10) == std::string_view::npos &&
                      text.find('-', 10) == std::string_view::npos;
    if (!digits && ms >= 0 && zone) reader.trace.lose("tz_assumed", reader.place(value));
  } else if (const auto number = value.number()) {
    ms = text::number_to_ms(*number);
  } else if (value.is_array()) {
    const auto seconds = value.at(0).integer();
    const auto nanos = value.at(1).integer();
    if (seconds && nanos && *seconds >= 0 && *seconds < 9'000'000'000) return *seconds * 1'000'000'000 + *nanos;
  }
  constexpr std::int64_t kLast = 9'223'372'036'854;  // milliseconds that fit in 64 bits of nanoseconds
  if (ms > kLast) ms = -1;
  if (ms < 0) reader.trace.lose("bad_time", reader.place(value));
  return ms < 0 ? -1 : ms * 1'000'000;
}

}  // namespace agentmend
