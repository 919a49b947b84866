#include "engine/write_trace.h"

#include "trace/pointers.h"

namespace agentmend::engine {

void write_usage(json::Writer& writer, const Usage& usage) {
  writer.begin_object().member("input_tokens", usage.input_tokens).member("output_tokens", usage.output_tokens);
  writer.member("cache_read_tokens", usage.cache_read_tokens)
      .member("cache_write_tokens", usage.cache_write_tokens)
      .key("cost_micro_usd");
  if (usage.cost_micro_usd < 0) {
    writer.null();
  } else {
    writer.integer(usage.cost_micro_usd);
  }
  writer.end_object();
}

void write_losses(json::Writer& writer, const Trace& trace) {
  Pointers pointers(trace);
  writer.key("losses").begin_array();
  for (const Loss& loss : trace.losses) {
    writer.begin_object().member("code", loss.code).member("count", loss.count);
    if (loss.first.known()) writer.member("at", pointers.of(loss.first));
    writer.end_object();
  }
  writer.end_array().key("truncated");
  if (!trace.truncated) {
    writer.null();
    return;
  }
  writer.begin_object().member("what", trace.truncated->what);
  writer.member("kept", static_cast<std::int64_t>(trace.truncated->kept));
  writer.member("seen", static_cast<std::int64_t>(trace.truncated->seen)).end_object();
}

}  // namespace agentmend::engine
