#include "json/schema.h"

#include <gtest/gtest.h>

namespace agentmend::json {
namespace {

std::string verdict(std::string_view schema, std::string_view value) {
  Index a, b;
  EXPECT_TRUE(a.read(schema));
  EXPECT_TRUE(b.read(value));
  const auto found = misfit(View::root(a), View::root(b));
  return found ? found->keyword + " " + found->path : "fits";
}

constexpr std::string_view kOrder =
    R"({"type":"object","required":["id","lines"],"additionalProperties":false,"properties":{"id":{"type":"integer","minimum":1},
        "state":{"enum":["open","paid"]},"note":{"type":["string","null"],"maxLength":3},
        "lines":{"type":"array","minItems":1,"items":{"type":"object","required":["sku"]}}}})";

TEST(Schema, WhatFitsFits) {
  EXPECT_EQ(verdict(kOrder, R"({"id":1,"lines":[{"sku":"a"}],"state":"paid","note":null})"), "fits");
  EXPECT_EQ(verdict("{}", "[1,2]"), "fits");
  EXPECT_EQ(verdict("true", "7"), "fits");
}

TEST(Schema, TheFirstMisfitIsNamedWithItsPlace) {
  EXPECT_EQ(verdict(kOrder, "[]"), "type ");
  EXPECT_EQ(verdict(kOrder, R"({"id":1})"), "required /lines");
  EXPECT_EQ(verdict(kOrder, R"({"id":"1","lines":[{"sku":1}]})"), "type /id");
  EXPECT_EQ(verdict(kOrder, R"({"id":0,"lines":[{"sku":1}]})"), "minimum /id");
  EXPECT_EQ(verdict(kOrder, R"({"id":1,"lines":[]})"), "minItems /lines");
  EXPECT_EQ(verdict(kOrder, R"({"id":1,"lines":[{"sku":1},{}]})"), "required /lines/1/sku");
  EXPECT_EQ(verdict(kOrder, R"({"id":1,"lines":[{"sku":1}],"state":"new"})"), "enum /state");
  EXPECT_EQ(verdict(kOrder, R"({"id":1,"lines":[{"sku":1}],"note":"äöüß"})"), "maxLength /note");
  EXPECT_EQ(verdict(kOrder, R"({"id":1,"lines":[{"sku":1}],"a/b":1})"), "additionalProperties /a~1b");
}

TEST(Schema, DeepAndLongValuesEnd) {
  std::string deep;
  for (int i = 0; i < 60; ++i) deep += R"({"items":)";
  deep += "{}";
  for (int i = 0; i < 60; ++i) deep += "}";
  std::string value(60, '[');
  value += std::string(60, ']');
  EXPECT_EQ(verdict(deep, value), "fits");
}

}  // namespace
}  // namespace agentmend::json
