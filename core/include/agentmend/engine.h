// The seam, one-shot side: an operation's name and bytes in, bytes out. No exception crosses it, no state is kept.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace agentmend {

inline constexpr std::string_view kVersion = "0.1.0";

// A request is one line of JSON (the header) and, after the first newline, the payload: the documents that the header
// names, one after the other. An answer is one JSON document; a failure is {"error":{"code","at","message"}}.
//
//   call("detect", "{\"documents\":[{\"name\":\"run.json\",\"bytes\":120}]}\n" + text)   -> a Report
//
// The table of operations is docs/operations.md, generated from operations().
[[nodiscard]] std::string call(std::string_view operation, std::string_view request);

struct Operation {
  std::string_view name;
  std::string_view takes;  // shape of the header
  std::string_view answers;  // schema or shape of the answer
};
[[nodiscard]] std::span<const Operation> operations();

}  // namespace agentmend
