// What one message, content part or item says: texts, calls, results, documents found. Reads the forms of the OpenAI,
// Anthropic and Vercel APIs and of the OpenTelemetry GenAI conventions alike: they differ in names only.
#pragma once

#include <memory>
#include <string_view>
#include <type_traits>

#include "ingest/source_reader.h"
#include "ingest/trace_builder.h"

namespace agentmend {

struct Said {
  enum class Kind : std::uint8_t { kText, kCall, kResult, kDocuments };
  Kind kind = Kind::kText;
  Role role = Role::kAssistant;
  CallStatus status = CallStatus::kOk;
  std::string_view id;
  std::string_view name;
  std::string_view text;  // arguments of a call, output of a result, query of documents
  std::string_view error;
  std::span<const RetrievedDocument> documents;
  Place place;
};

// A function to call for each thing said; does not own it.
class SaidVisitor {
 public:
  template <typename F>
  SaidVisitor(F&& visit)  // NOLINT: a lambda is meant to convert
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(visit)))),
        call_([](void* object, const Said& said) { (*static_cast<std::remove_reference_t<F>*>(object))(said); }) {}
  void operator()(const Said& said) const { call_(object_, said); }

 private:
  void* object_;
  void (*call_)(void*, const Said&);
};

// A message {role, content|parts|text, tool_calls, …}, an item {type, …} or a bare string, said in `role` unless it
// names its own. What is of no known type is counted as unknown_part.
void read_message(const SourceReader& reader, json::View message, Role role, const SaidVisitor& visit);
// One part of a content array, or one item.
void read_part(const SourceReader& reader, json::View part, Role role, const SaidVisitor& visit);

// The text of a tool's output: {type: text|json|content, value|text}, parts, or the value as written.
[[nodiscard]] std::string_view output_text(const SourceReader& reader, json::View output);
// Where an error is given as text, or as an object with a message.
[[nodiscard]] std::string_view error_text(const SourceReader& reader, json::View error);

// Documents that were found: {id|file_id, title|filename, text|content, score}.
[[nodiscard]] RetrievedDocument read_document(const SourceReader& reader, json::View item);
[[nodiscard]] std::span<const RetrievedDocument> read_documents(const SourceReader& reader, json::View list);

// Puts it into the Trace as it is.
void tell(TraceBuilder& builder, const Said& said);

}  // namespace agentmend
