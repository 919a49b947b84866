// Decimal text to double: the same bits as the C library gives, for short, long, halfway and extreme numbers.
#include "json/number.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <random>
#include <string>

namespace agentmend::json {
namespace {

void expect_same(const std::string& text) {
  const double ours = parse_double(text);
  const double theirs = std::strtod(text.c_str(), nullptr);
  EXPECT_EQ(std::memcmp(&ours, &theirs, sizeof(double)), 0) << text << " " << ours << " " << theirs;
}

TEST(Number, KnownHardCases) {
  for (const char* text : {"0",
                           "-0",
                           "0.0",
                           "1e0",
                           "9007199254740993",
                           "9007199254740992.5",
                           "9007199254740993.0000000000000000000001",
                           "2.2250738585072011e-308",
                           "2.2250738585072014e-308",
                           "4.9406564584124654e-324",
                           "2.4703282292062327e-324",
                           "2.4703282292062328e-324",
                           "1.7976931348623157e308",
                           "1.7976931348623158e308",
                           "1.7976931348623159e308",
                           "1e309",
                           "-1e400",
                           "1e-400",
                           "0.000000000000000000000000000000000001e36",
                           "123456789012345678901234567890",
                           "6.631236846766476e-316",
                           "3.2378839133029012895883524125015321748630094e-319",
                           "1e23",
                           "8.5e22",
                           "1e99999",
                           "1e-99999",
                           "0e99999",
                           "5e-324",
                           "1.00000000000000011102230246251565404236316680908203125",
                           "1.00000000000000011102230246251565404236316680908203124"}) {
    expect_same(text);
  }
  expect_same("1" + std::string(400, '0') + "e-400");
  expect_same("0." + std::string(400, '0') + "1e401");
  expect_same("1.5" + std::string(2000, '0') + "1");
}

TEST(Number, RandomNumbersHaveTheBitsOfStrtod) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 100'000; ++i) {
    std::string text = random() % 2 == 0 ? "" : "-";
    text += static_cast<char>('1' + random() % 9);
    for (std::size_t n = random() % 40; n > 0; --n) text += static_cast<char>('0' + random() % 10);
    if (random() % 3 != 0) {
      text += '.';
      for (std::size_t n = 1 + random() % 40; n > 0; --n) text += static_cast<char>('0' + random() % 10);
    }
    if (random() % 3 != 0) text += "e" + std::to_string(static_cast<int>(random() % 700) - 350);
    expect_same(text);
  }
}

// Written with 17 digits and back is the same double; with all its digits plus a little it is the next or the same.
TEST(Number, DoublesSurviveAndHalvesAreRoundedToEven) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t bits = random();
    double value = 0;
    std::memcpy(&value, &bits, sizeof(value));
    if (value - value != 0) continue;
    char text[1200];
    std::snprintf(text, sizeof(text), "%.17e", value);
    expect_same(text);
    std::snprintf(text, sizeof(text), "%.800e", value);
    expect_same(text);
  }
}

}  // namespace
}  // namespace agentmend::json
