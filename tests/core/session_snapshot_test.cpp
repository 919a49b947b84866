// A session as bytes: the rest of the run is the same, damage is found, nothing is let through that was not before.
#include <gtest/gtest.h>

#include <optional>

#include "agentmend/engine.h"
#include "random_run.h"
#include "session_run.h"
#include "text/hash.h"

namespace agentmend {
namespace {

using test::asked_options;
using test::json;

json trusting() {
  json options = asked_options();
  options["trusted_snapshot"] = true;
  return options;
}

std::string answer(Session& session, const std::string& event) {
  const std::uint32_t code = session.event(event);
  return std::to_string(code) + session.result(Session::kIntervention) + session.result(Session::kEscalations);
}

json problem_of(Session& session) { return json::parse(session.result(Session::kIntervention)).value("error", json()); }
json problem_of(Session&& session) { return problem_of(session); }

TEST(Snapshot, RestoredAnywhereTheRestOfTheRunIsTheSame) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const auto events = test::random_run(seed, 40);
    const std::string options = trusting().dump();
    test::Chance chance(seed + 1000);
    Session whole(options);
    Session pieces(options);
    for (const std::string& event : events) {
      ASSERT_EQ(answer(pieces, event), answer(whole, event)) << "seed " << seed << " " << event;
      if (chance.below(6) != 0) continue;
      pieces = Session(options, pieces.snapshot());
      ASSERT_EQ(problem_of(pieces), json());
    }
    EXPECT_EQ(pieces.result(Session::kReport), whole.result(Session::kReport)) << "seed " << seed;
    EXPECT_EQ(pieces.snapshot(), whole.snapshot()) << "seed " << seed;
  }
}

TEST(Snapshot, GuardsOfTheConfigGoOnCounting) {
  json options = trusting();
  options["config"] = {{"limits", {{"budget", {{"max_tool_calls", 3}}}}}};
  Session session(options.dump());
  const auto call = [](int i) { return json{{"type", "tool.start"}, {"name", "get"}, {"input", {{"i", i}}}}.dump(); };
  EXPECT_EQ(session.event(call(1)), 0u);
  EXPECT_EQ(session.event(call(2)), 0u);
  session = Session(options.dump(), session.snapshot());
  EXPECT_EQ(session.event(call(3)), 0u);
  session = Session(options.dump(), session.snapshot());
  EXPECT_EQ(session.event(call(4)), 1u) << "the fourth call is over the budget";
}

// Whatever byte is changed or cut off: a fresh start that says why.
TEST(Snapshot, DamageIsFound) {
  const std::string options = trusting().dump();
  Session session(options);
  for (const std::string& event : test::random_run(3, 12)) static_cast<void>(session.event(event));
  const std::string good = session.snapshot();
  const std::string fresh = Session(options).result(Session::kReport);
  for (std::size_t i = 0; i < good.size() + 1; i += i < 64 ? 1 : 17) {
    std::string bad = good;
    if (i < good.size()) bad[i] = static_cast<char>(bad[i] ^ 0x41);
    for (const std::string& bytes : {i < good.size() ? bad : good + "x", good.substr(0, i < good.size() ? i : 0)}) {
      Session restored(options, bytes);
      const json problem = problem_of(restored);
      ASSERT_TRUE(problem["code"] == "snapshot_invalid" || problem["code"] == "snapshot_version") << i << problem;
      ASSERT_EQ(restored.result(Session::kReport), fresh);
    }
  }
}

std::string forged(std::string snapshot) {
  const std::uint64_t sum = text::hash(std::string_view(snapshot).substr(20), 1);
  for (std::size_t i = 0; i < 8; ++i) snapshot[12 + i] = static_cast<char>(static_cast<unsigned char>(sum >> (8 * i)));
  return snapshot;
}

// The checksum is no seal: whoever writes bytes with a right one may get a strange run, but never a crash.
TEST(Snapshot, ForgedBytesDoNoHarm) {
  const std::string options = asked_options().dump();
  Session session(options);
  for (const std::string& event : test::random_run(5, 60)) static_cast<void>(session.event(event));
  const std::string good = session.snapshot();
  ASSERT_EQ(forged(good), good);
  const auto more = test::random_run(6, 12);
  std::size_t taken = 0;
  test::Chance chance(17);
  for (int round = 0; round < 4000; ++round) {
    std::string bytes = good;
    for (std::uint32_t n = 1 + chance.below(4); n > 0; --n) {
      const std::size_t at = 20 + chance.below(static_cast<std::uint32_t>(bytes.size() - 20));
      bytes[at] = static_cast<char>(chance.below(256));
      if (chance.below(8) == 0) bytes.erase(at, 1 + chance.below(5));
    }
    Session restored(options, forged(bytes));
    taken += problem_of(restored) == json() ? 1 : 0;
    for (const std::string& event : more) static_cast<void>(answer(restored, event));
    static_cast<void>(restored.result(Session::kReport));
    static_cast<void>(restored.snapshot());
  }
  EXPECT_GT(taken, 100u) << "else nothing was tried";
}

TEST(Snapshot, ItBelongsToItsRun) {
  const std::string bytes = Session(asked_options().dump()).snapshot();
  for (const auto& [member, place] : {std::pair{"run_id", "/run_id"}, {"tenant", "/tenant"}, {"project", "/tenant"}}) {
    json options = asked_options();
    options[member] = "other";
    const json problem = problem_of(Session(options.dump(), bytes));
    EXPECT_EQ(problem["code"], "snapshot_invalid") << member;
    EXPECT_EQ(problem["at"], place);
  }
}

TEST(Snapshot, AnotherVersionIsRefused) {
  std::string bytes = Session(asked_options().dump()).snapshot();
  bytes[8] = 2;
  const json problem = problem_of(Session(asked_options().dump(), bytes));
  EXPECT_EQ(problem["code"], "snapshot_version");
  EXPECT_EQ(problem["at"], "/version");
}

TEST(Snapshot, BadOptionsAreToldFirst) {
  Session session("nonsense", "nonsense");
  EXPECT_EQ(problem_of(session)["code"], "json_syntax");
}

TEST(Snapshot, CanBeLookedAtWithoutItsOptions) {
  Session session(asked_options().dump());
  for (const std::string& event : test::random_run(5, 20)) static_cast<void>(session.event(event));
  const std::string bytes = session.snapshot();
  const json told = json::parse(call("snapshot_check", "{}\n" + bytes));
  EXPECT_EQ(told["version"], 1);
  EXPECT_EQ(told["run_id"], "run-1");
  EXPECT_EQ(told["bytes"], bytes.size());
  EXPECT_GT(told["events"], 20);
  EXPECT_EQ(json::parse(call("snapshot_check", "{}\n" + bytes.substr(0, 40)))["error"]["code"], "snapshot_invalid");
  EXPECT_EQ(json::parse(call("snapshot_check", "{}"))["error"]["code"], "snapshot_invalid");
}

}  // namespace
}  // namespace agentmend
