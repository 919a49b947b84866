// One function per source: a document (or one line of it) into the Trace.
#pragma once

#include "error.h"
#include "ingest/source_reader.h"

namespace agentmend {

// messages: the array of messages of a chat (OpenAI chat completions, plain chat, ShareGPT).
void ingest_chat(const SourceReader& reader, json::View messages);

// A whole OTLP JSON document: spans are collected first, linked and read in order of time afterwards.
[[nodiscard]] Result<void> ingest_otlp(const SourceReader& reader, json::View root);

// The definition of a Dify app: its steps and the instructions in them. A run of it is another source.
[[nodiscard]] Result<void> ingest_dify_dsl(const SourceReader& reader, json::View root);

// One line of our own JSON Lines.
void ingest_agentmend_line(const SourceReader& reader, json::View line);

}  // namespace agentmend
