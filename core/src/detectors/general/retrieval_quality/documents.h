// What was retrieved, from any of the shapes in which it is written down: a list of texts, a list of objects, one text,
// or one text that itself lists numbered documents with their scores.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "json/view.h"
#include "trace/event.h"

namespace agentmend::detectors::retrieval_quality {

struct Document {
  std::string title;
  std::string text;
  double score = -1;  // as given by the retriever; -1 = none
  std::size_t position = 0;  // in the given list; several documents share one when a text lists them
  Place place = {};
};

constexpr std::size_t kMaxDocuments = 200;  // a retriever that returns more is cut off: ranks past that are never read
constexpr std::size_t kMaxTextBytes = 8'192;  // of one document; the beginning says what it is about

// False when `given` has none of the shapes. Nulls and empty texts are left out. O(bytes kept)
[[nodiscard]] bool read_documents(json::View given, std::vector<Document>& out);

// Adds the documents of one text: a numbered list with at least two members (or one that states its score) becomes
// several, any other text one.
void add_text(std::string_view text, std::size_t position, std::vector<Document>& out);

// The documents of one element of a list: a text or an object. False when it is neither (null counts as nothing).
bool add_element(json::View element, std::size_t position, std::vector<Document>& out);

// The score of an object as retrievers write it: score, relevance, relevance_score, similarity; -1 = none.
[[nodiscard]] double given_score(json::View document);

}  // namespace agentmend::detectors::retrieval_quality
