#include "text/words.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "text/synonyms.h"
#include "text/word_lists.h"

namespace agentmend::text {
namespace {

std::vector<std::string> all(std::string_view text) {
  const Words words(text);
  std::vector<std::string> out;
  for (const Word& w : words.items()) out.emplace_back(words.text(w));
  return out;
}
std::vector<std::string> content(std::string_view text) {
  const Words words(text);
  std::vector<std::string> out;
  for (const Word& w : words.items()) {
    if (w.content) out.emplace_back(words.text(w));
  }
  return out;
}
std::string stem(std::string_view word) { return std::string(word.substr(0, stem_length(word))); }
using List = std::vector<std::string>;

TEST(Words, AreLowerCaseWithoutAccentsAndContractionsAreOneWord) {
  EXPECT_EQ(all("It's the Café's menu: don’t eat."), (List{"it", "the", "cafe", "menu", "dont", "eat"}));
  EXPECT_EQ(all("STRASSE Straße ÆON Œuvre ŽIŽEK"), (List{"strasse", "strasse", "aeon", "oeuvre", "zizek"}));
  EXPECT_EQ(all("ＡＢＣ１２"), (List{"abc12"}));
}

TEST(Words, KeepNumbersAndVersionsTogether) {
  EXPECT_EQ(all("1,000 units, 99.5% of v2.4.1."), (List{"1000", "units", "99.5", "of", "v2.4.1"}));
  EXPECT_EQ(all("in 2024, 10,20"), (List{"in", "2024", "10", "20"}));
}

TEST(Words, KnowWhereTheyStandInTheGivenText) {
  const std::string text = "Ein Café, größer.";

  const Words words(text);

  for (const Word& w : words.items()) EXPECT_LT(w.begin, w.end);
  EXPECT_EQ(text.substr(words[1].begin, words[1].end - words[1].begin), "Café");
  EXPECT_EQ(text.substr(words[2].begin, words[2].end - words[2].begin), "größer");
  EXPECT_EQ(words.at_byte(words[2].begin), 2u);
  EXPECT_EQ(words.at_byte(text.size()), 3u);
}

TEST(Words, TellCapitalsAndBeginnings) {
  const Words words("The APIs of GitHub fail. Then MFA");
  EXPECT_TRUE(words[0].capital && words[0].starts);
  EXPECT_EQ(words.text(1), "api");
  EXPECT_TRUE(words[1].all_capitals);
  EXPECT_TRUE(words[3].capital && !words[3].all_capitals && !words[3].starts);
  EXPECT_TRUE(words[5].starts);
  EXPECT_TRUE(words[6].all_capitals);
}

TEST(Words, OfScriptsWithoutSpacesArePairs) {
  EXPECT_EQ(all("请问天气"), (List{"请问", "问天", "天气"}));
  EXPECT_EQ(content("请问天气").size(), 3u);
  EXPECT_EQ(all("水"), (List{"水"}));
}

TEST(Words, InOtherAlphabetsAreLowerCasedAndCarryContent) {
  EXPECT_EQ(all("Привет, МИР! Ωmega"), (List{"привет", "мир", "ωmega"}));
  EXPECT_EQ(Words("Как настроить сервер").language(), Language::kOtherScript);
}

TEST(Words, ContentLeavesOutStopWordsOfTheLanguage) {
  EXPECT_EQ(content("How do I reset the password of my account?"), (List{"reset", "password", "account"}));
  EXPECT_EQ(content("¿Cómo puedo cambiar la contraseña de mi cuenta?"), (List{"cambiar", "contrasena", "cuenta"}));
  EXPECT_EQ(content("Wie kann ich mein Passwort ändern?"), (List{"passwort", "andern"}));
}

TEST(Words, LanguageIsGuessedFromSmallWords) {
  EXPECT_EQ(Words("What is the price of this?").language(), Language::kEnglish);
  EXPECT_EQ(Words("¿Cuál es el precio de los planes?").language(), Language::kSpanish);
  EXPECT_EQ(Words("Quel est le prix de votre abonnement pour les entreprises").language(), Language::kFrench);
  EXPECT_EQ(Words("Was kostet das und wie kann ich nicht zahlen").language(), Language::kGerman);
  EXPECT_EQ(Words("Kubernetes autoscaling").language(), Language::kUnknown);
  EXPECT_EQ(Words("").language(), Language::kUnknown);
}

TEST(Words, StemsJoinInflectionsOnly) {
  const std::vector<List> families = {
      {"configure", "configures", "configured", "configuring", "configuration", "configurations"},
      {"policy", "policies"},
      {"deploy", "deploys", "deployed", "deploying", "deployment", "deployments"},
      {"install", "installed", "installing", "installation"},
      {"create", "creates", "created", "creating", "creation"},
      {"generate", "generates", "generated", "generation"},
      {"apply", "applies", "applied", "applying"},
      {"cancel", "cancels", "cancelled", "canceled"},
      {"box", "boxes"},
      {"run", "running"},
      {"document", "documents", "documentation"},
      {"connect", "connected", "connection", "connections"},
      {"pay", "payment", "payments"},
      {"repeat", "repeated", "repeats"},
  };
  for (const List& family : families) {
    for (const std::string& word : family) EXPECT_EQ(stem(word), stem(family[0])) << word;
  }
  EXPECT_NE(stem("app"), stem("apply"));
  EXPECT_NE(stem("form"), stem("format"));
  EXPECT_NE(stem("status"), stem("state"));
  EXPECT_EQ(stem("string"), "string");
  EXPECT_EQ(stem("need"), "need");
}

TEST(Words, AreBoundedAndSayWhenTheyWereCut) {
  std::string text;
  for (int i = 0; i < 30'000; ++i) text += "word ";

  const Words words(text);

  EXPECT_EQ(words.size(), Words::kMaxWords);
  EXPECT_TRUE(words.cut());
  EXPECT_FALSE(Words("word word").cut());
  EXPECT_GT(Words(std::string(100'000, 'a')).size(), 1u);
}

TEST(Words, SurviveBrokenBytes) {
  EXPECT_EQ(all(std::string_view("ab\xff\xfe"
                                 "cd\xc3",
                                 7)),
            (List{"ab", "cd"}));
  EXPECT_TRUE(all(std::string(50, '\x80')).empty());
}

TEST(Words, ReadsAPhrase) {
  const Words words("well, You're right");
  EXPECT_TRUE(words.reads(1, "you right"));
  EXPECT_FALSE(words.reads(1, "you right about"));
  EXPECT_FALSE(words.reads(9, "you"));
}

TEST(WordLists, AreFoundByBinarySearch) {
  // Every word that a sentence of the language needs must be found, first and last of the lists too.
  for (const char* word : {"a", "yourself", "the", "within"}) EXPECT_TRUE(is_stop_word(word)) << word;
  for (const char* word : {"aint", "wouldnt", "not", "never"}) EXPECT_TRUE(is_negation(word)) << word;
  for (const char* word : {"al", "y", "que"}) EXPECT_TRUE(is_function_word(word, Language::kSpanish)) << word;
  for (const char* word : {"a", "voces"}) EXPECT_TRUE(is_function_word(word, Language::kPortuguese)) << word;
  for (const char* word : {"au", "vous"}) EXPECT_TRUE(is_function_word(word, Language::kFrench)) << word;
  for (const char* word : {"aber", "zur"}) EXPECT_TRUE(is_function_word(word, Language::kGerman)) << word;
  for (const char* word : {"ai", "una"}) EXPECT_TRUE(is_function_word(word, Language::kItalian)) << word;
  EXPECT_FALSE(is_stop_word("password"));
  EXPECT_FALSE(is_function_word("the", Language::kOtherScript));
}

TEST(Synonyms, EveryWordStandsInOneGroupAndIsFound) {
  std::map<std::string, std::size_t> seen;
  ASSERT_LE(synonym_group_count(), 150u);
  for (std::size_t group = 0; group < synonym_group_count(); ++group) {
    const Words words(synonym_group_words(group));
    std::size_t stems = 0;
    for (const Word& w : words.items()) {
      const std::string s(words.stem(w));
      const auto [place, fresh] = seen.emplace(s, group);
      stems += fresh ? 1 : 0;
      EXPECT_EQ(place->second, group) << words.text(w) << " also stands in: " << synonym_group_words(place->second);
      EXPECT_EQ(synonym_group(s), group + 1) << words.text(w);
      EXPECT_TRUE(w.content) << words.text(w) << " is a stop word and would never be looked at";
      EXPECT_EQ(w.key, words[0].key);
    }
    EXPECT_GE(stems, 2u) << synonym_group_words(group) << ": its words have one stem anyway";
  }
  EXPECT_EQ(synonym_group("kubernetes"), 0u);
}

}  // namespace
}  // namespace agentmend::text
