// The limiter at n-1, n, n+1 and one millisecond around each window.
#include "heal/limiter.h"

#include "healing.h"

namespace agentmend::heal {
namespace {

constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kStart = 1'795'000'000'000;

std::string text_of(const LimiterState& state) {
  json::Writer writer;
  write_limiter(writer, state);
  return writer.take();
}

// `count` attempts, each with another fix type so that the breaker stays out of it.
LimiterState after_attempts(int count, std::int64_t first_ms, std::int64_t apart_ms) {
  LimiterState state;
  for (int i = 0; i < count; ++i) {
    const Admission admission = admit(state, first_ms + i * apart_ms, "loop", "fix" + std::to_string(i), Limits{});
    EXPECT_EQ(admission.verdict, LimiterVerdict::kAdmitted) << i;
    state = admission.state;
  }
  return state;
}

TEST(Limiter, AdmitsFiveAttemptsAnHourAndRefusesTheSixth) {
  const LimiterState four = after_attempts(4, kStart, 1000);
  const LimiterState five = after_attempts(5, kStart, 1000);

  const Admission fifth = admit(four, kStart + 4000, "loop", "last", Limits{});
  const Admission sixth = admit(five, kStart + 5000, "loop", "last", Limits{});

  EXPECT_EQ(fifth.verdict, LimiterVerdict::kAdmitted);
  EXPECT_EQ(sixth.verdict, LimiterVerdict::kRateLimited);
  EXPECT_EQ(sixth.deferred_until_ms, kStart + kHour);
  EXPECT_EQ(sixth.ceiling(), Autonomy::kRecommend);
  EXPECT_EQ(sixth.state.attempts.size(), 5u);  // a refused request is no attempt
}

TEST(Limiter, AnAttemptCountsForExactlyOneHour) {
  const LimiterState five = after_attempts(5, kStart, 1000);
  EXPECT_EQ(admit(five, kStart + kHour - 1, "loop", "x", Limits{}).verdict, LimiterVerdict::kRateLimited);
  EXPECT_EQ(admit(five, kStart + kHour, "loop", "x", Limits{}).verdict, LimiterVerdict::kAdmitted);
  EXPECT_EQ(admit(five, kStart + kHour + 1, "loop", "x", Limits{}).verdict, LimiterVerdict::kAdmitted);
}

TEST(Limiter, PolicyLowersTheRateToNothing) {
  Limits limits;
  limits.max_fixes_per_hour = 0;
  const Admission admission = admit({}, kStart, "loop", "x", limits);
  EXPECT_EQ(admission.verdict, LimiterVerdict::kRateLimited);
  EXPECT_EQ(admission.deferred_until_ms, -1);
}

TEST(Limiter, BreakerOpensAtTheSixthRequestForTheSameFixAndClosesAfterTheOldest) {
  Limits limits;
  LimiterState state;
  for (int i = 0; i < 5; ++i) {
    const Admission admission = admit(state, kStart + i * 1000, "loop", "retry_limit", limits);
    EXPECT_EQ(admission.verdict, LimiterVerdict::kAdmitted) << i;
    state = admission.state;
    state.attempts.clear();  // not the rate is asked here
  }

  const Admission sixth = admit(state, kStart + 5000, "loop", "retry_limit", limits);
  EXPECT_EQ(sixth.verdict, LimiterVerdict::kBreakerOpen);
  EXPECT_EQ(sixth.ceiling(), Autonomy::kEscalate);
  EXPECT_EQ(admit(state, kStart + 5000, "loop", "loop_breaker", limits).verdict, LimiterVerdict::kAdmitted);
  EXPECT_EQ(admit(state, kStart + 5000, "cost", "retry_limit", limits).verdict, LimiterVerdict::kAdmitted);
  EXPECT_EQ(admit(sixth.state, kStart + kHour - 1, "loop", "retry_limit", limits).verdict,
            LimiterVerdict::kBreakerOpen);
  EXPECT_EQ(admit(sixth.state, kStart + kHour, "loop", "retry_limit", limits).verdict, LimiterVerdict::kAdmitted);
}

TEST(Limiter, RefusedRequestsCountForTheBreaker) {
  LimiterState state = after_rollback({}, kStart, Limits{});
  for (int i = 0; i < 5; ++i) {
    const Admission admission = admit(state, kStart + i, "loop", "retry_limit", Limits{});
    EXPECT_EQ(admission.verdict, LimiterVerdict::kCooldown);
    state = admission.state;
  }
  EXPECT_EQ(admit(state, kStart + 10, "loop", "retry_limit", Limits{}).verdict, LimiterVerdict::kBreakerOpen);
}

TEST(Limiter, CoolsDownForFiveMinutesAfterARollback) {
  const LimiterState state = after_rollback({}, kStart, Limits{});
  const Admission early = admit(state, kStart + 299'999, "loop", "x", Limits{});
  EXPECT_EQ(early.verdict, LimiterVerdict::kCooldown);
  EXPECT_EQ(early.deferred_until_ms, kStart + 300'000);
  EXPECT_EQ(admit(state, kStart + 300'000, "loop", "x", Limits{}).verdict, LimiterVerdict::kAdmitted);
  EXPECT_EQ(admit(state, kStart + 300'001, "loop", "x", Limits{}).verdict, LimiterVerdict::kAdmitted);
}

TEST(Limiter, ThreeFailuresHaltTheTargetUntilAPersonResetsIt) {
  LimiterState state;
  for (int i = 0; i < 2; ++i) state = after_failure(state, kStart, Limits{});
  EXPECT_FALSE(state.halted);
  state = after_failure(state, kStart, Limits{});
  EXPECT_TRUE(state.halted);
  EXPECT_EQ(admit(state, kStart + 100 * kHour, "loop", "x", Limits{}).verdict, LimiterVerdict::kHalted);
  EXPECT_EQ(admit(after_success(state, true), kStart, "loop", "x", Limits{}).verdict, LimiterVerdict::kHalted);
  EXPECT_EQ(admit(reset(state), kStart, "loop", "x", Limits{}).verdict, LimiterVerdict::kAdmitted);
}

TEST(Limiter, OnlyAProvenSuccessClearsTheFailures) {
  LimiterState state = after_failure(after_failure({}, kStart, Limits{}), kStart, Limits{});
  EXPECT_EQ(after_success(state, false).consecutive_failures, 2);
  EXPECT_EQ(after_success(state, true).consecutive_failures, 0);
}

TEST(Limiter, TimeNeverGoesBack) {
  const LimiterState five = after_attempts(5, kStart, 0);
  const Admission back = admit(five, kStart - 10 * kHour, "loop", "x", Limits{});
  EXPECT_EQ(back.verdict, LimiterVerdict::kRateLimited);
  EXPECT_EQ(back.state.last_seen_ms, kStart);
}

TEST(Limiter, StateSurvivesTheRoundTripAndStaysSmall) {
  Limits limits;
  limits.max_fixes_per_hour = 0;  // every request is booked in its pair only
  LimiterState state = after_rollback({}, kStart, limits);
  for (const Entry* entry : all_detectors()) {
    for (const std::string_view fix : entry->descriptor->fixes) {
      for (int i = 0; i < 6; ++i) state = admit(state, kStart + 300'000, entry->descriptor->name, fix, limits).state;
    }
  }
  const std::string text = text_of(state);
  EXPECT_LE(text.size(), 4096u);
  EXPECT_EQ(state.pairs.size(), kMaxPairs);
  EXPECT_EQ(admit(state, kStart + 300'000, "derailment", "new", limits).verdict, LimiterVerdict::kBreakerOpen);
  const auto again = read_limiter(test::parse(text)->root);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(text_of(*again), text);
}

TEST(Limiter, AForeignStateIsRefused) {
  for (const std::string_view text :
       {R"({})", R"([])", R"({"v":2,"halted":false})", R"({"v":1,"halted":"no"})",
        R"({"v":1,"halted":false,"consecutive_failures":-1,"attempts":[],"pairs":{},"last_seen_ms":0})",
        R"({"v":1,"halted":false,"consecutive_failures":0,"attempts":[9,1],"pairs":{},"last_seen_ms":0})",
        R"({"v":1,"halted":true,"halted":false,"consecutive_failures":0,"attempts":[],"pairs":{},"last_seen_ms":0})"}) {
    EXPECT_FALSE(read_limiter(test::parse(text)->root).has_value()) << text;
  }
}

}  // namespace
}  // namespace agentmend::heal
