#include "text/math.h"

#include <gtest/gtest.h>

#include <cmath>

namespace agentmend::text {
namespace {

TEST(OwnMath, ExpAndLnAreWithinTwoUnitsOfTheLibrary) {
  for (int i = -6000; i <= 6000; ++i) {
    const double x = i / 100.0;
    EXPECT_NEAR(exp(x) / std::exp(x), 1.0, 5e-16) << x;
    const double y = std::exp(x);
    EXPECT_NEAR(ln(y), std::log(y), 4e-16 * (1 + std::fabs(x))) << y;
  }
}

TEST(OwnMath, StaysFiniteAtTheEdges) {
  EXPECT_EQ(exp(0), 1.0);
  EXPECT_EQ(ln(1), 0.0);
  EXPECT_TRUE(std::isfinite(exp(1e9)));
  EXPECT_EQ(exp(-1e9), 0.0);
  EXPECT_TRUE(std::isfinite(ln(0)));
  EXPECT_TRUE(std::isfinite(ln(-5)));
  EXPECT_EQ(ramp(2, 1, 3), 0.5);
  EXPECT_EQ(ramp(0, 1, 3), 0.0);
}

}  // namespace
}  // namespace agentmend::text
