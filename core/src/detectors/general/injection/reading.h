// A text as a row of words in sentences: what the cue rules look at.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/general/injection/words.h"
#include "text/fold.h"

namespace agentmend::detectors::injection {

struct Token {
  std::string_view word;  // lower case, into the folded text
  Parts parts = 0;
  std::uint32_t begin = 0;  // in the folded text
  std::uint32_t end = 0;
  std::uint32_t sentence = 0;
  char mark = '\0';  // the last mark between the word before and this one; '.' at the start of a sentence
  bool quoted = false;  // inside quotation marks or code
  bool leet = false;

  [[nodiscard]] bool is(Parts any) const { return (parts & any) != 0; }
  [[nodiscard]] bool opens() const { return mark != '\0'; }  // starts a sentence, a value, a quotation or a clause
};

struct Sentence {
  std::uint32_t first = 0;  // token
  std::uint32_t last = 0;  // one past
  bool question = false;
};

// Tokens point into `folded`: a reading stays where it was made.
class Reading {
 public:
  explicit Reading(std::string_view text);  // O(n)
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  std::string_view given;
  text::Folded folded;
  std::vector<Token> tokens;
  std::vector<Sentence> sentences;
  bool program = false;  // source code, by its line starts and ends

  [[nodiscard]] std::string_view word(std::size_t i) const {
    return i < tokens.size() ? tokens[i].word : std::string_view();
  }
  [[nodiscard]] Parts parts(std::size_t i) const { return i < tokens.size() ? tokens[i].parts : 0; }
  // The words from `i` are these (a space between each).
  [[nodiscard]] bool says(std::size_t i, std::string_view phrase) const;
  // The word names a member or an argument: "send": ..., send=..., send(...).
  [[nodiscard]] bool is_key(std::size_t i) const;
  // One past the last word of the clause that starts at `i`: the sentence, or the value of a record, at most `words`.
  [[nodiscard]] std::size_t clause_end(std::size_t i, std::size_t words) const;
  // "creates", "Returns": told of something, not ordered.
  [[nodiscard]] bool is_third_person(std::size_t i) const;
  // Written with a capital first letter, not in capitals altogether.
  [[nodiscard]] bool is_titled(std::size_t i) const;
  // The given text between two tokens, the second included.
  [[nodiscard]] std::string_view span(std::size_t first, std::size_t last) const;
  // Of the folded text between two tokens.
  [[nodiscard]] std::string_view between(std::size_t first, std::size_t last) const;
};

}  // namespace agentmend::detectors::injection
