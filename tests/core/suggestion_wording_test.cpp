// The words of every suggestion that our cases lead to: within their lengths, one plain line or paragraph, nothing left
// of a template, nothing promised, nothing that breaks a page or a terminal.
#include <algorithm>
#include <set>

#include "detectors/registry.h"
#include "healing_calls.h"

namespace agentmend {
namespace {

using test::ask_core;
using test::json;

void expect_plain(const std::string& text, std::size_t most, const std::string& place) {
  EXPECT_FALSE(text.empty()) << place;
  EXPECT_LE(text.size(), most) << place << text;
  for (const char* leftover : {"{", "}", "  ", " .", "..", "null", "undefined", "NaN", "%s", "TODO"})
    EXPECT_EQ(text.find(leftover), std::string::npos) << place << ": '" << leftover << "' in " << text;
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  for (const char* promise : {"guarantee", "always works", "100%", "100 %", "permanently", "completely solves"})
    EXPECT_EQ(lower.find(promise), std::string::npos) << place << text;
  EXPECT_TRUE(std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
      << place << text;
  EXPECT_NE(text.front(), ' ') << place;
  EXPECT_NE(text.back(), ' ') << place;
}

TEST(SuggestionWording, EveryCaseGivesPlainTexts) {
  std::set<std::string> fix_types;
  std::size_t suggestions = 0;
  for (const Entry* entry : all_detectors()) {
    for (const test::Case& item : test::read_cases(entry->descriptor->name)) {
      if (!item.line.contains("input") || !item.line["input"].is_object()) continue;
      for (const bool with_config : {false, true}) {
        json header = {{"detector", entry->descriptor->name}, {"input", item.line["input"]}};
        if (with_config) header["config"] = json::object();
        const json answer = ask_core("suggest", header);
        if (!answer.contains("suggestions")) continue;
        for (const json& suggestion : answer["suggestions"]) {
          const std::string place = item.place + " " + suggestion["fix_type"].get<std::string>();
          expect_plain(suggestion["title"], 80, place + " title");
          expect_plain(suggestion["description"], 600, place + " description");
          expect_plain(suggestion["rationale"], 800, place + " rationale");
          expect_plain(suggestion["expected_effect"], 200, place + " expected_effect");
          EXPECT_NE(suggestion["title"].get<std::string>().back(), '.') << place;
          EXPECT_EQ(suggestion["description"].get<std::string>().back(), '.') << place << suggestion["description"];
          fix_types.insert(suggestion["fix_type"]);
          ++suggestions;
        }
      }
    }
  }
  EXPECT_GE(suggestions, 100u);
  EXPECT_GE(fix_types.size(), 8u);
}

}  // namespace
}  // namespace agentmend
