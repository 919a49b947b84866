#include <gtest/gtest.h>

#include "json/view.h"
#include "json/writer.h"

namespace agentmend::json {
namespace {

TEST(JsonReader, ReadsNestedValuesWithoutATree) {
  Index index;
  ASSERT_TRUE(index.read(R"( {"a":[1,2.5,{"b":"x"}],"c":{},"d":[],"e":null,"f":true} )"));

  const View root = View::root(index);

  EXPECT_EQ(root.size(), 5u);
  EXPECT_EQ(root["a"].at(1).number(), 2.5);
  EXPECT_EQ(root["a"].at(2)["b"].text(), "x");
  EXPECT_EQ(root["a"].raw(), R"([1,2.5,{"b":"x"}])");
  EXPECT_EQ(root["c"].size(), 0u);
  EXPECT_TRUE(root["e"].is_null());
  EXPECT_TRUE(root["f"].boolean(false));
  EXPECT_FALSE(root["missing"]);
}

TEST(JsonReader, TellsTheOpenPlaceOfATruncatedDocument) {
  Index index;

  const auto read = index.read(R"({"trace":[{"x":1},{"y":)");

  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kJsonTruncated);
  EXPECT_EQ(read.error().at, "/trace/1/y");
}

TEST(JsonReader, RefusesWhatIsNotJson) {
  Index index;
  for (const std::string_view text : {"{\"a\":NaN}", "[1,]", "{'a':1}", "[1 2]", "{\"a\":1,}", "01", "1.", "-",
                                      "\"\x01\"", "\"\\x\"", "tru", "[1]x"}) {
    EXPECT_FALSE(index.read(text)) << text;
  }
  EXPECT_EQ(index.read("").error().code, ErrorCode::kInputEmpty);
  EXPECT_EQ(index.read("\"\xff\"").error().code, ErrorCode::kEncoding);
  EXPECT_EQ(index.read("\"\xed\xa0\x80\"").error().code, ErrorCode::kEncoding);
}

TEST(JsonReader, StopsAtTheDepthLimitWithoutRecursion) {
  Index index;
  const std::string deep(10000, '[');

  const auto read = index.read(deep);

  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kLimitDepth);
}

TEST(JsonReader, DecodesEscapesAndReplacesLoneSurrogates) {
  Index index;
  ASSERT_TRUE(index.read(R"(["\u00e9\n","\ud83d\ude00","\ud83d"])"));

  const View root = View::root(index);

  EXPECT_EQ(root.at(0).text(), "\xc3\xa9\n");
  EXPECT_EQ(root.at(1).text(), "\xf0\x9f\x98\x80");
  EXPECT_EQ(root.at(2).text(), "\xef\xbf\xbd");
}

TEST(JsonView, PointerAndResolveAreInverse) {
  Index index;
  ASSERT_TRUE(index.read(R"({"a/b":{"~":[0,{"k":1}]}})"));
  const View root = View::root(index);

  const View value = root["a/b"]["~"].at(1)["k"];

  EXPECT_EQ(pointer_of(value), "/a~1b/~0/1/k");
  EXPECT_EQ(resolve(root, "/a~1b/~0/1/k").integer(), 1);
  EXPECT_FALSE(resolve(root, "/a~1b/~0/01"));
}

TEST(JsonView, FindsDuplicateKeysAnywhere) {
  Index index;
  ASSERT_TRUE(index.read(R"({"a":[{"k":1,"x":2,"k":3}]})"));

  EXPECT_EQ(duplicate_key(View::root(index)), "/a/0/k");
}

TEST(JsonWriter, PrintsTheSameNumbersEverywhere) {
  EXPECT_EQ(print_number(0.1 + 0.2), "0.3");
  EXPECT_EQ(print_number(1.0), "1");
  EXPECT_EQ(print_number(-0.0000001), "0");
  EXPECT_EQ(print_number(0.1234567), "0.123457");
  EXPECT_EQ(quote("a\"\\\n\x01\xff"), "\"a\\\"\\\\\\n\\u0001\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace agentmend::json
