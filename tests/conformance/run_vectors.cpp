// One JSON object a line: {"op","request"} is answered by call(); {"session":OPTIONS,"events":[…]} by a session, with
// the numbers that its events returned, what each brought up, and the report. With --reference: what the documentation
// says of operations and errors.
#include <cstdio>
#include <iostream>
#include <string>

#include "agentmend/engine.h"
#include "agentmend/session.h"
#include "error.h"
#include "json/view.h"
#include "json/writer.h"

using agentmend::json::Index;
using agentmend::json::View;
using agentmend::json::Writer;

namespace {

std::string run_session(View line) {
  agentmend::Session session(line["session"].text());
  Writer writer;
  writer.begin_object().key("steps").begin_array();
  agentmend::json::for_each(line["events"], [&](View event, std::size_t) {
    const auto code = session.event(event.text());
    writer.integer(code);
    if (code == 0) return;
    writer.string(session.result(agentmend::Session::kIntervention));
    writer.string(session.result(agentmend::Session::kEscalations));
  });
  writer.end_array().member("report", session.result(agentmend::Session::kReport)).end_object();
  return writer.take();
}

std::string reference() {
  Writer writer;
  writer.begin_object().key("operations").begin_array();
  for (const agentmend::Operation& item : agentmend::operations())
    writer.begin_object()
        .member("name", item.name)
        .member("takes", item.takes)
        .member("answers", item.answers)
        .end_object();
  writer.end_array().key("errors").begin_array();
  for (const agentmend::ErrorText& item : agentmend::error_texts())
    writer.begin_object()
        .member("code", item.name)
        .member("meaning", item.meaning)
        .member("cure", item.cure)
        .end_object();
  return writer.end_array().end_object().take();
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 2 && std::string_view(arguments[1]) == "--reference") {
    std::puts(reference().c_str());
    return 0;
  }
  std::string text;
  Index index;
  while (std::getline(std::cin, text)) {
    if (!index.read(text)) {
      std::fputs("{\"error\":\"not JSON\"}\n", stdout);
      continue;
    }
    const View line = View::root(index);
    const std::string answer =
        line["session"] ? run_session(line) : agentmend::call(line["op"].text(), line["request"].text());
    std::fwrite(answer.data(), 1, answer.size(), stdout);
    std::fputc('\n', stdout);
  }
  return 0;
}
