// A session fed with events as JSON values, and what it answers.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "agentmend/session.h"

namespace agentmend::test {

using nlohmann::json;

class Fed {
 public:
  explicit Fed(const json& options = json::object()) : session_(options.dump()) {}
  std::uint32_t code(const json& event) { return session_.event(event.dump()); }
  std::uint32_t code(const std::string& event) { return session_.event(event); }
  // Feeds an event; the intervention that it brought.
  json event(const json& event) {
    EXPECT_NE(code(event), 2u) << event.dump() << result(0).dump();
    return intervention();
  }
  json intervention() { return result(Session::kIntervention); }
  json report() { return result(Session::kReport); }
  json escalations() { return result(Session::kEscalations)["escalations"]; }

  json says(const char* role, const std::string& text) {
    return event({{"type", "message"}, {"role", role}, {"text", text}});
  }
  json starts(const std::string& tool, const json& arguments, const std::string& id = "") {
    json start{{"type", "tool.start"}, {"name", tool}, {"input", arguments}};
    if (!id.empty()) start["call_id"] = id;
    return event(start);
  }
  json ends(const std::string& output, const std::string& id = "", const std::string& status = "ok") {
    json end{{"type", "tool.end"}, {"output", output}, {"status", status}};
    if (!id.empty()) end["call_id"] = id;
    return event(end);
  }
  // The same call with the same result until it is not allowed any more, at most ten times.
  json loops(const std::string& tool, const json& arguments) {
    json answer;
    for (int i = 0; i < 10; ++i) {
      const std::string id = tool + std::to_string(i);
      answer = starts(tool, arguments, id);
      if (answer["decision"] != "allow") return answer;
      ends("not found", id);
    }
    return answer;
  }

 private:
  json result(std::uint32_t which) { return json::parse(session_.result(which), nullptr, false); }
  Session session_;
};

inline json grant_of(const json& escalation) {
  json grant = escalation["binding"];
  grant["type"] = "grant";
  return grant;
}

// A run with an approval endpoint in which somebody has said something.
inline json asked_options() {
  return {{"run_id", "run-1"}, {"id_prefix", "run-1"}, {"approval", true}, {"task", "How are the accounts doing?"}};
}

}  // namespace agentmend::test
