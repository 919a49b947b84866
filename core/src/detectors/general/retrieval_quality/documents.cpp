#include "detectors/general/retrieval_quality/documents.h"

#include <algorithm>
#include <array>

#include "json/writer.h"

namespace agentmend::detectors::retrieval_quality {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool equal_lower(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() &&
         std::equal(text.begin(), text.end(), lower.begin(), [](char a, char b) { return (a | 0x20) == b; });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

constexpr std::array<std::string_view, 9> kNouns{"document", "doc",  "result", "source", "passage",
                                                 "chunk",    "item", "hit",    "snippet"};

// The head of a numbered document: "Document 1 (relevance: 0.42):", "[2]", "3. ", "Result 4 -".
struct Head {
  std::size_t begin = 0;
  std::size_t end = 0;  // where its text begins
  int number = 0;
  double score = -1;
};

// Digits with at most one dot; -1 = something else.
double plain_number(std::string_view text) {
  double value = 0;
  double scale = 1;
  bool dot = false;
  for (const char c : text.substr(0, 15)) {  // more digits than a double holds
    if (c == '.') {
      if (dot) return -1;
      dot = true;
      continue;
    }
    value = value * 10 + (c - '0');
    if (dot) scale *= 10;
  }
  return value / scale;
}

// "(relevance: 0.42)" or "[score=0.42]" at `i`: moves `i` past it.
double bracketed_score(std::string_view text, std::size_t& i) {
  std::size_t k = i;
  while (k < text.size() && text[k] == ' ') ++k;
  if (k >= text.size() || (text[k] != '(' && text[k] != '[')) return -1;
  const std::size_t close = text.find_first_of(")]", k);
  if (close == std::string_view::npos || close - k > 60) return -1;
  const std::string_view inner = text.substr(k + 1, close - k - 1);
  std::size_t word = 0;
  while (word < inner.size() && (is_letter(inner[word]) || inner[word] == '_' || inner[word] == ' ')) ++word;
  std::string_view name = trim(inner.substr(0, word));
  bool known = false;
  for (const std::string_view score : {"relevance", "score", "similarity", "relevance score", "relevance_score"})
    known = known || equal_lower(name, score);
  std::size_t value = word;
  while (value < inner.size() && (inner[value] == ':' || inner[value] == '=' || inner[value] == ' ')) ++value;
  std::size_t last = value;
  while (last < inner.size() && (is_digit(inner[last]) || inner[last] == '.')) ++last;
  if (!known || last == value) return -1;
  double score = plain_number(inner.substr(value, last - value));
  if (last < inner.size() && inner[last] == '%') score /= 100;
  i = close + 1;
  return score;
}

// A head that begins at `i`.
bool read_head(std::string_view text, std::size_t i, Head& head) {
  head = {};
  head.begin = i;
  std::size_t k = i;
  bool noun = false;
  if (is_letter(text[k])) {
    std::size_t end = k;
    while (end < text.size() && is_letter(text[end])) ++end;
    noun = std::any_of(kNouns.begin(), kNouns.end(),
                       [&](std::string_view n) { return equal_lower(text.substr(k, end - k), n); });
    if (!noun) return false;
    k = end;
    while (k < text.size() && (text[k] == ' ' || text[k] == '#')) ++k;
  }
  const bool bracket = k < text.size() && (text[k] == '[' || text[k] == '(');
  if (bracket) ++k;
  const std::size_t digits = k;
  while (k < text.size() && is_digit(text[k]) && k - digits < 4) head.number = head.number * 10 + (text[k++] - '0');
  if (k == digits) return false;
  if (bracket) {
    if (k >= text.size() || (text[k] != ']' && text[k] != ')')) return false;
    ++k;
  }
  head.score = bracketed_score(text, k);
  const bool sign = k < text.size() && (text[k] == ':' || text[k] == '.' || text[k] == ')' || text[k] == '-');
  if (sign) ++k;
  if (!(sign || bracket || head.score >= 0) || k >= text.size() || !is_space(text[k])) return false;
  head.end = k;
  // Bare numbers only at the beginning of a line: "in 2. place" is no head.
  return noun || i == 0 || text[i - 1] == '\n';
}

// Heads numbered 1, 2, 3 ... in order. O(n)
std::vector<Head> find_heads(std::string_view text) {
  std::vector<Head> heads;
  for (std::size_t i = 0; i < text.size() && heads.size() < kMaxDocuments; ++i) {
    if (i > 0 && !is_space(text[i - 1])) continue;
    Head head;
    if (!read_head(text, i, head) || head.number != static_cast<int>(heads.size()) + 1) continue;
    heads.push_back(head);
    i = head.end;
  }
  return heads;
}

// Splits "'Title' - text", "Title: text" and "# Title\ntext".
void split_title(std::string_view text, Document& document) {
  text = trim(text);
  std::size_t end = std::string_view::npos;
  std::size_t skip = 0;
  const char quote = text.empty() ? '\0' : text.front();
  if (quote == '\'' || quote == '"') {
    end = text.find(quote, 1);
    while (end != std::string_view::npos && end + 1 < text.size() && is_letter(text[end + 1]))
      end = text.find(quote, end + 1);  // an apostrophe
    if (end != std::string_view::npos) {
      document.title.assign(text.substr(1, end - 1));
      document.text.assign(json::cut_utf8(trim(text.substr(end + 1)), kMaxTextBytes));
      return;
    }
  }
  constexpr std::size_t kLongestTitle = 120;
  while (!text.empty() && (text.front() == '#' || text.front() == ' ')) text.remove_prefix(1);
  for (std::size_t i = 0; i + 1 < text.size() && i < kLongestTitle; ++i) {
    if (text[i] == '\n' || (text[i] == ':' && is_space(text[i + 1]))) {
      end = i;
      skip = 1;
      break;
    }
    if (text[i] == '.' && is_space(text[i + 1])) break;
  }
  if (end == std::string_view::npos) end = 0;
  document.title.assign(text.substr(0, end));
  document.text.assign(json::cut_utf8(trim(text.substr(std::min(text.size(), end + skip))), kMaxTextBytes));
}

void add_object(json::View item, std::size_t position, std::vector<Document>& out, bool inner = false) {
  Document document;
  document.position = position;
  document.score = given_score(item);
  std::string storage;
  json::View metadata = item["metadata"];
  for (const std::string_view key : {"title", "name", "source", "file", "filename"}) {
    if (!document.title.empty()) break;
    json::View value = item[key].is_string() ? item[key] : metadata[key];
    if (value.is_string()) document.title.assign(json::cut_utf8(value.text(storage), 300));
  }
  for (const std::string_view key : {"content", "text", "page_content", "snippet", "body", "summary", "chunk"}) {
    const json::View value = item[key];
    if (!document.text.empty()) break;
    if (value.is_string()) document.text.assign(json::cut_utf8(value.text(storage), kMaxTextBytes));
  }
  if (!inner && document.text.empty() && item["document"].is_object()) {
    const double score = document.score;
    const std::size_t before = out.size();
    add_object(item["document"], position, out, true);
    if (out.size() > before && score >= 0) out.back().score = score;
    return;
  }
  if (document.title.empty()) {
    const std::string text = document.text;
    split_title(text, document);
  }
  if (!document.text.empty() || !document.title.empty()) out.push_back(std::move(document));
}

}  // namespace

double given_score(json::View document) {
  for (const std::string_view key : {"score", "relevance", "relevance_score", "similarity", "_score"}) {
    const std::optional<double> value = document[key].number();
    if (value) return *value < 0 ? 0 : *value;
  }
  const json::View metadata = document["metadata"];
  return metadata.is_object() && metadata["score"].is_number() ? given_score(metadata) : -1;
}

void add_text(std::string_view text, std::size_t position, std::vector<Document>& out) {
  text = trim(text);
  if (text.empty()) return;
  const std::vector<Head> heads = find_heads(text);
  const bool list = heads.size() >= 2 || (heads.size() == 1 && heads[0].score >= 0 && heads[0].begin == 0);
  if (!list) {
    Document document;
    document.position = position;
    split_title(text, document);
    out.push_back(std::move(document));
    return;
  }
  for (std::size_t i = 0; i < heads.size() && out.size() < kMaxDocuments; ++i) {
    const std::size_t end = i + 1 < heads.size() ? heads[i + 1].begin : text.size();
    Document document;
    document.position = position;
    document.score = heads[i].score;
    split_title(text.substr(heads[i].end, end - heads[i].end), document);
    if (!document.title.empty() || !document.text.empty()) out.push_back(std::move(document));
  }
}

bool add_element(json::View element, std::size_t position, std::vector<Document>& out) {
  std::string storage;
  if (element.is_string()) {
    add_text(element.text(storage), position, out);
  } else if (element.is_object()) {
    add_object(element, position, out);
  } else {
    return element.is_null();
  }
  return true;
}

bool read_documents(json::View given, std::vector<Document>& out) {
  if (given.is_string()) return add_element(given, 0, out);
  if (!given.is_array()) return false;
  bool known = true;
  json::for_each(given, [&](json::View item, std::size_t i) {
    if (out.size() < kMaxDocuments && !add_element(item, i, out)) known = false;
  });
  return known;
}

}  // namespace agentmend::detectors::retrieval_quality
