#include "text/verbs.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace agentmend::text {
namespace {

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  for_each_word(text, [&out](std::string_view word) { out.emplace_back(word); });
  return out;
}
using List = std::vector<std::string>;

TEST(Verbs, NamesAreSplitInEveryUsualStyle) {
  EXPECT_EQ(words("get_user_details"), (List{"get", "user", "details"}));
  EXPECT_EQ(words("getUserDetails"), (List{"get", "user", "details"}));
  EXPECT_EQ(words("user-service.deleteAll"), (List{"user", "service", "delete", "all"}));
  EXPECT_EQ(words("mcp__files__read2"), (List{"mcp", "files", "read2"}));
  EXPECT_EQ(words("don't"), (List{"dont"}));
  EXPECT_EQ(words(""), List{});
}

TEST(Verbs, LongWordsAreCutAndOtherAlphabetsKept) {
  EXPECT_EQ(words(std::string(100, 'x')), List{std::string(32, 'x')});
  EXPECT_EQ(words("l\xC3\xB6schen"), List{"l\xC3\xB6schen"});
}

TEST(Verbs, EveryUsualFormIsTheSameVerb) {
  for (const char* form : {"delete", "deletes", "deleted", "deleting"})
    EXPECT_EQ(verb_classes(form), kVerbDestroy) << form;
  for (const char* form : {"drop", "drops", "dropped", "dropping"}) EXPECT_EQ(verb_classes(form), kVerbDestroy) << form;
  for (const char* form : {"send", "sends", "sending", "sent"}) EXPECT_EQ(verb_classes(form), kVerbSend) << form;
  for (const char* form : {"pay", "pays", "paying", "paid"}) EXPECT_EQ(verb_classes(form), kVerbSpend) << form;
  for (const char* form : {"modify", "modifies", "modified", "modifying"})
    EXPECT_EQ(verb_classes(form), kVerbWrite) << form;
}

TEST(Verbs, OtherWordsHaveNoClass) {
  for (const char* word : {"", "a", "the", "user", "details", "reservation", "settings", "gettysburg", "paypal"})
    EXPECT_EQ(verb_classes(word), 0u) << word;
  EXPECT_EQ(verb_classes(std::string(1000, 's')), 0u);
}

TEST(Verbs, TheFirstVerbOfANameLeads) {
  EXPECT_EQ(verbs_of_name("get_user_details").all, kVerbRead);
  EXPECT_EQ(verbs_of_name("cancel_reservation").first, kVerbDestroy);
  EXPECT_EQ(verbs_of_name("send_certificate").first, kVerbSend);
  EXPECT_EQ(verbs_of_name("update_reservation_flights").first, kVerbWrite);
  EXPECT_EQ(verbs_of_name("book_reservation").first, kVerbSpend | kVerbWrite);
  EXPECT_EQ(verbs_of_name("think").all, kVerbRead);
  // A noun that looks like a verb stands behind the verb that counts.
  EXPECT_EQ(verbs_of_name("review_delete_policy").first, kVerbRead);
  EXPECT_EQ(verbs_of_name("list_deploys").first, kVerbRead);
  EXPECT_EQ(verbs_of_name("changeLogView").all & kVerbDestroy, 0u);
}

}  // namespace
}  // namespace agentmend::text
