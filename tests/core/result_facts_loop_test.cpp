// What a result says about itself.
#include "trace/result_facts.h"

#include <gtest/gtest.h>

namespace agentmend {
namespace {

TEST(ResultFactsLoop, TellsFailure) {
  for (const char* text : {R"({"error":"boom"})", R"({"error":{"code":1}})", R"({"success":false})",
                           R"({"status":"failed"})", R"({"status_code":503,"body":"x"})", "Error: no such file",
                           "Traceback (most recent call last): ...", "HTTP Error: 500"})
    EXPECT_TRUE(read_result(text).failed) << text;
  for (const char* text : {R"({"error":null,"rows":[1]})", R"({"errors":[],"ok":true})", R"({"status":"shipped"})",
                           R"({"log":[{"error":"old"}]})", "3 tests passed", "The error rate fell to 2 %.", ""})
    EXPECT_FALSE(read_result(text).failed) << text;
}

TEST(ResultFactsLoop, TellsEmptiness) {
  for (const char* text :
       {"", "[]", "{}", "null", "No results found.", R"({"rows":[],"count":0})",
        R"({"matches":0,"suggestions":["broader"],"took_ms":3})", R"({"status":"no_results","hits":0})"})
    EXPECT_TRUE(read_result(text).empty) << text;
  for (const char* text : {R"({"rows":[1]})", R"({"count":2})", R"({"user":"ann","orders":[]})", "0.5", "No."})
    EXPECT_FALSE(read_result(text).empty) << text;
}

TEST(ResultFactsLoop, TellsWaitingAndAcknowledgement) {
  EXPECT_TRUE(read_result(R"({"state":"in_progress"})").waiting);
  EXPECT_TRUE(read_result("Build is still running").waiting);
  EXPECT_FALSE(read_result(R"({"state":"done"})").waiting);
  EXPECT_TRUE(read_result("ok").bare);
  EXPECT_TRUE(read_result(R"({"success":true,"id":"7"})").bare);
  EXPECT_FALSE(read_result(R"({"status":"ok","price":7})").bare);
  EXPECT_FALSE(read_result("The file has forty lines.").bare);
}

TEST(ResultFactsLoop, IgnoresClocksButNotContent) {
  const auto content = [](std::string_view text) { return read_result(text).content; };
  EXPECT_EQ(content(R"({"a":1,"took_ms":5,"timestamp":"x"})"), content(R"({"timestamp":"y","a":1,"took_ms":9})"));
  EXPECT_EQ(content("12:00:01 all quiet, checked in 40ms"), content("12:05:09 all quiet, checked in 43ms"));
  EXPECT_NE(content("progress 45"), content("progress 46"));
  EXPECT_NE(content(R"({"id":1})"), content(R"({"id":2})"));
  EXPECT_EQ(read_result(R"({"id":1,"ok":true})").nameless, read_result(R"({"id":2,"ok":true})").nameless);
}

TEST(ResultFactsLoop, ClassifiesKeysByTheirWords) {
  EXPECT_EQ(classify_key("retry_count"), KeyClass::kVolatile);
  EXPECT_EQ(classify_key("traceId"), KeyClass::kVolatile);
  EXPECT_EQ(classify_key("contentLength"), KeyClass::kMeter);
  EXPECT_EQ(classify_key("batch_index"), KeyClass::kPosition);
  EXPECT_EQ(classify_key("order_id"), KeyClass::kIdentity);
  EXPECT_EQ(classify_key("status"), KeyClass::kPlain);
  EXPECT_EQ(classify_key("category"), KeyClass::kPlain);  // holds "at" and "id" of no word
}

}  // namespace
}  // namespace agentmend
