#include "ingest/message.h"

#include "json/reader.h"

namespace agentmend {
namespace {

enum class PartKind : std::uint8_t { kText, kRefusal, kCall, kResult, kMedia, kThought, kNothing, kUnknown };

struct Named {
  std::string_view type;
  PartKind kind;
};

constexpr Named kParts[] = {
    {"text", PartKind::kText},
    {"input_text", PartKind::kText},
    {"output_text", PartKind::kText},
    {"compaction", PartKind::kText},
    {"refusal", PartKind::kRefusal},
    {"tool_use", PartKind::kCall},
    {"server_tool_use", PartKind::kCall},
    {"program", PartKind::kCall},
    {"tool-error", PartKind::kResult},
    {"reasoning", PartKind::kThought},
    {"thinking", PartKind::kThought},
    {"redacted_thinking", PartKind::kThought},
    {"step-start", PartKind::kNothing},
    {"item_reference", PartKind::kNothing},
    {"mcp_list_tools", PartKind::kNothing},
    {"mcp_approval_request", PartKind::kNothing},
    {"mcp_approval_response", PartKind::kNothing},
    {"tool-approval-request", PartKind::kNothing},
    {"tool-approval-response", PartKind::kNothing},
    {"hosted_tool_approval", PartKind::kNothing},
    {"source", PartKind::kNothing},
    {"image", PartKind::kMedia},
    {"image_url", PartKind::kMedia},
    {"input_image", PartKind::kMedia},
    {"audio", PartKind::kMedia},
    {"input_audio", PartKind::kMedia},
    {"file", PartKind::kMedia},
    {"input_file", PartKind::kMedia},
    {"blob", PartKind::kMedia},
    {"uri", PartKind::kMedia},
    {"document", PartKind::kMedia},
};

// Calls and results are told by the end of their name: every provider adds tools of its own (…_call, …_call_output).
PartKind kind_of(std::string_view type) {
  for (const Named& part : kParts) {
    if (part.type == type) return part.kind;
  }
  for (const std::string_view end : {"_call", "-call"}) {
    if (type.ends_with(end)) return PartKind::kCall;
  }
  for (const std::string_view end : {"_output", "_result", "-result", "_response"}) {
    if (type.ends_with(end)) return PartKind::kResult;
  }
  return PartKind::kUnknown;
}

json::View id_of(json::View part) {
  return first_of(part, {"call_id", "callId", "toolCallId", "tool_call_id", "tool_use_id", "id"});
}

std::string_view string_of(const SourceReader& reader, json::View value) {
  return value.is_string() ? reader.text(value) : std::string_view();
}

// Arguments are JSON, mostly inside a string; what should be and is not stays text and is counted.
std::string_view arguments_of(const SourceReader& reader, json::View arguments) {
  const std::string_view text = reader.text(arguments);
  if (arguments.is_string() && text.starts_with('{')) {
    json::Index index;
    if (!index.read(text)) reader.trace.lose("stringified_json_failed", reader.place(arguments));
  }
  return text;
}

bool failed(json::View part) {
  if (part["type"].equals("tool-error") || part["is_error"].boolean(false) || part["isError"].boolean(false))
    return true;
  const json::View type = part["output"]["type"];
  if (type.equals("error-text") || type.equals("error-json") || type.equals("execution-denied")) return true;
  const json::View status = part["status"];
  return status.equals("failed") || status.equals("error");
}

void say(const SourceReader& reader, json::View text, Role role, Place place, const SaidVisitor& visit) {
  Said said;
  said.role = role;
  said.text = string_of(reader, text);
  said.place = place;
  if (!said.text.empty()) visit(said);
}

void answer(const SourceReader& reader, json::View part, const SaidVisitor& visit) {
  Said said;
  said.kind = Said::Kind::kResult;
  said.id = string_of(reader, id_of(part));
  said.name = string_of(reader, first_of(part, {"name", "toolName", "tool_name"}));
  said.text = output_text(reader, first_of(part, {"response", "result", "output", "content",
                                                  "server_tool_call_response", "tools", "outputs"}));
  said.error = error_text(reader, part["error"]);
  if (failed(part) || !said.error.empty()) said.status = CallStatus::kError;
  said.place = reader.place(part);
  if (said.status == CallStatus::kError && said.text.empty() && said.error.empty())
    reader.trace.lose("redacted", said.place);  // an Error object is {} in JSON
  visit(said);
}

// Tools that run at the provider carry their result with them: {type: …_call, status, output|results|error}.
void answer_at_once(const SourceReader& reader, json::View part, const Said& call, const SaidVisitor& visit) {
  const json::View output = first_of(part, {"output", "results", "result", "outputs"});
  const json::View error = part["error"];
  bool hosted = false;  // others have an item of their own with the output
  for (const std::string_view type :
       {"web_search_call", "file_search_call", "code_interpreter_call", "image_generation_call", "mcp_call"}) {
    hosted = hosted || part["type"].equals(type);
  }
  const bool ended = hosted && (part["status"].equals("completed") || part["status"].equals("failed"));
  if (output.is_null() && error.is_null() && !ended) return;
  Said said = call;
  said.kind = Said::Kind::kResult;
  said.text = output_text(reader, output);
  said.error = error_text(reader, error);
  said.status = !said.error.empty() || failed(part) ? CallStatus::kError : CallStatus::kOk;
  visit(said);
}

void call(const SourceReader& reader, json::View part, const SaidVisitor& visit) {
  const json::View function = part["function"].is_object() ? part["function"] : part;
  Said said;
  said.kind = Said::Kind::kCall;
  said.place = reader.place(part);
  said.id = string_of(reader, id_of(part));
  said.name = string_of(reader, first_of(function, {"name", "toolName", "tool_name"}));
  const std::string_view type = string_of(reader, part["type"]);
  if (type == "file_search_call" && part["results"].is_array()) {
    said.kind = Said::Kind::kDocuments;
    said.text = content_text(reader, part["queries"]);
    said.documents = read_documents(reader, part["results"]);
    visit(said);
    return;
  }
  if (said.name.empty()) said.name = type.ends_with("_call") ? type.substr(0, type.size() - 5) : type;
  said.text = arguments_of(reader, first_of(function, {"arguments", "args", "input", "action", "operation", "code",
                                                       "queries", "server_tool_call"}));
  visit(said);
  answer_at_once(reader, part, said, visit);
}

bool is_text(const SourceReader& reader, json::View part) {
  if (part.is_string()) return true;
  const std::string_view type = string_of(reader, part["type"]);
  return type == "text" || type == "input_text" || type == "output_text" ||
         (type.empty() && part.is_object() && first_of(part, {"text", "content", "value"}).is_string());
}

// Several texts of one message are one turn.
void parts(const SourceReader& reader, json::View message, json::View content, Role role, const SaidVisitor& visit) {
  Said said;
  said.role = role;
  said.place = reader.place(message);
  std::string joined;
  std::size_t count = 0;
  json::for_each(content, [&](json::View part, std::size_t) {
    if (!is_text(reader, part)) return;
    said.text = string_of(reader, part.is_string() ? part : first_of(part, {"text", "content", "value"}));
    if (count++ != 0) joined += "\n";
    joined += said.text;
  });
  if (count > 1) said.text = reader.trace.arena.keep(joined);
  if (!said.text.empty()) visit(said);
  json::for_each(content, [&](json::View part, std::size_t) {
    if (!is_text(reader, part)) read_part(reader, part, role, visit);
  });
}

// Calls beside the content: OpenAI's tool_calls and the older function_call.
void calls_beside(const SourceReader& reader, json::View message, const SaidVisitor& visit) {
  for (const std::string_view key : {"tool_calls", "toolCalls"}) {
    json::for_each(message[key], [&](json::View item, std::size_t) {
      if (item.is_object()) {
        call(reader, item["tool_call"].is_object() ? item["tool_call"] : item, visit);
      } else {
        reader.trace.lose("unknown_part", reader.place(item));
      }
    });
  }
  const json::View old = message["function_call"];
  if (old.is_object()) call(reader, old, visit);
}

}  // namespace

std::string_view output_text(const SourceReader& reader, json::View output) {
  if (output.is_object()) {
    const json::View type = output["type"];
    const json::View inner = first_of(output, {"value", "text"});
    if (type.is_string() && !inner.is_null()) return output_text(reader, inner);
  }
  const std::string_view text = output.is_array() ? content_text(reader, output) : std::string_view();
  return text.empty() ? reader.text(output) : text;
}

std::string_view error_text(const SourceReader& reader, json::View error) {
  if (error.is_string()) return reader.text(error);
  if (!error.is_object() || error.size() == 0) return {};
  const json::View message = first_of(error, {"message", "error", "type", "code"});
  return message.is_null() ? error.raw() : reader.text(message);
}

RetrievedDocument read_document(const SourceReader& reader, json::View item) {
  RetrievedDocument document;
  document.id = string_of(reader, first_of(item, {"id", "file_id", "url"}));
  document.title = string_of(reader, first_of(item, {"title", "filename", "name"}));
  document.text =
      item.is_string() ? reader.text(item) : content_text(reader, first_of(item, {"content", "text", "page_content"}));
  document.score = item["score"].number().value_or(-1);
  document.place = reader.place(item);
  return document;
}

std::span<const RetrievedDocument> read_documents(const SourceReader& reader, json::View list) {
  if (!list.is_array()) return {};
  std::vector<RetrievedDocument>& documents = reader.trace.arena.documents();
  json::for_each(list, [&](json::View item, std::size_t) { documents.push_back(read_document(reader, item)); });
  return documents;
}

void read_part(const SourceReader& reader, json::View part, Role role, const SaidVisitor& visit) {
  if (part.is_string()) {
    say(reader, part, role, reader.place(part), visit);
    return;
  }
  const std::string_view type = string_of(reader, part["type"]);
  const PartKind kind = type.empty() && part["toolCallId"].exists() ? PartKind::kCall
                        : type.empty()                              ? PartKind::kText
                                                                    : kind_of(type);
  switch (kind) {
    case PartKind::kText: {
      const json::View text = first_of(part, {"text", "content", "value"});
      if (!text.is_string() && type.empty()) reader.trace.lose("unknown_part", reader.place(part));
      say(reader, text, type == "compaction" ? Role::kDeveloper : role, reader.place(part), visit);
      break;
    }
    case PartKind::kRefusal: say(reader, part["refusal"], role, reader.place(part), visit); break;
    case PartKind::kCall: call(reader, part, visit); break;
    case PartKind::kResult: answer(reader, part, visit); break;
    case PartKind::kMedia: reader.trace.lose("media_dropped", reader.place(part)); break;
    case PartKind::kThought:
      if (part["encrypted_content"].is_string()) reader.trace.lose("encrypted_reasoning", reader.place(part));
      break;
    case PartKind::kNothing: break;
    case PartKind::kUnknown: reader.trace.lose("unknown_part", reader.place(part)); break;
  }
}

void read_message(const SourceReader& reader, json::View message, Role role, const SaidVisitor& visit) {
  const json::View named = first_of(message, {"role", "from", "author"});
  const json::View type = message["type"];
  const bool item = (type.is_string() && !type.equals("message")) || message["toolCallId"].exists();
  if (message.is_string() || (named.is_null() && item)) {
    read_part(reader, message, role, visit);
    return;
  }
  if (!message.is_object()) {
    reader.trace.lose("bad_line", reader.place(message));
    return;
  }
  if (named.is_string()) role = fold_role(reader.text(named));
  const json::View content = first_of(message, {"parts", "content", "value", "text", "message", "body"});
  const json::View id = first_of(message, {"tool_call_id", "tool_use_id"});
  const bool parts_are_results =
      content.is_array() && kind_of(string_of(reader, content.first()["type"])) == PartKind::kResult;
  if (role == Role::kTool && !parts_are_results) {
    Said said;
    said.kind = Said::Kind::kResult;
    said.id = string_of(reader, id);
    said.name = string_of(reader, message["name"]);
    said.text = output_text(reader, content);
    said.status = failed(message) ? CallStatus::kError : CallStatus::kOk;
    said.place = reader.place(message);
    visit(said);
    return;
  }
  if (named.is_null() && content.is_null() && first_of(message, {"tool_calls", "function_call", "refusal"}).is_null())
    reader.trace.lose("unknown_part", reader.place(message));
  if (content.is_array()) {
    parts(reader, message, content, role, visit);
  } else if (content.is_object()) {
    read_part(reader, content, role, visit);
  } else {
    say(reader, content, role, reader.place(message), visit);
  }
  say(reader, message["refusal"], role, reader.place(message), visit);
  calls_beside(reader, message, visit);
}

void tell(TraceBuilder& builder, const Said& said) {
  switch (said.kind) {
    case Said::Kind::kText: builder.turn(said.role, said.text, said.place); break;
    case Said::Kind::kCall: builder.call(said.id, said.name, said.text, said.place); break;
    case Said::Kind::kResult:
      builder.result({said.id, said.name, said.text, said.error, said.status, said.place});
      break;
    case Said::Kind::kDocuments: builder.retrieval(said.text, said.documents, said.place); break;
  }
}

}  // namespace agentmend
