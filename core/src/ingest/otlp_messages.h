// The messages of a model call in an OTLP span: attributes with a list or with one leaf each, span events, log records.
#pragma once

#include "ingest/conversation.h"
#include "ingest/otlp_rows.h"

namespace agentmend::otlp {

class Messages {
 public:
  Messages(Rows& rows, TraceBuilder& builder, Conversation& talk) : rows_(rows), builder_(builder), talk_(talk) {}

  // `repeats`: an enclosing span has told its output.
  void model(const Row& row, bool repeats);
  void asked(const Row& row);  // what went in, and what came out
  void answered(const Row& row, bool repeats);

 private:
  using As = Conversation::As;
  void flat(const Row& row, Field field, As as);
  void events(const Row& row, bool choices);
  void event(const SourceReader& reader, std::string_view name, json::View attributes, json::View body);

  Rows& rows_;
  TraceBuilder& builder_;
  Conversation& talk_;
};

}  // namespace agentmend::otlp
