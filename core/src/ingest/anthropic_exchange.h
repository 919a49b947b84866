// Exchanges with the Messages API: answers alone, requests with their answers, recordings of HTTP that hold either.
#pragma once

#include "ingest/anthropic.h"

namespace agentmend {

// 0.93 for a record that holds an answer, else 0.
[[nodiscard]] double mark_exchange(json::View record);

class AnthropicExchanges {
 public:
  explicit AnthropicExchanges(Trace& trace) : trace_(trace), builder_(trace), messages_(builder_, trace) {}
  void exchange(const SourceReader& reader, json::View record);
  void finish();

 private:
  void request(const SourceReader& reader, json::View request);
  void response(const SourceReader& reader, json::View response);

  Trace& trace_;
  TraceBuilder builder_;
  AnthropicMessages messages_;
  std::size_t known_ = 0;  // messages of the conversation so far: each request repeats them
  std::uint64_t begins_ = 0;  // hash of the first of them
};

}  // namespace agentmend
