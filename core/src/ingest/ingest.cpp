#include "ingest/ingest.h"

#include <algorithm>

#include "ingest/bounds.h"
#include "ingest/source.h"
#include "ingest/sources.h"
#include "json/writer.h"

namespace agentmend {
namespace {

// How the text of one document is to be read.
struct Opened {
  Container container = Container::kValue;
  json::View root;
  std::vector<Candidate> candidates;
};

// JSON Lines: the first line is a whole object and something follows it.
bool looks_like_lines(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  if (start == std::string_view::npos || (text[start] != '{' && text[start] != '[')) return false;
  const std::size_t end = text.find('\n', start);
  json::Index line;
  return end != std::string_view::npos && text.find_first_not_of(" \t\r\n", end) != std::string_view::npos &&
         line.read(text.substr(start, end - start)).has_value();
}

// The best score of each source over the first 20 records.
std::vector<Candidate> candidates_of_records(std::string_view text, Container container, const json::Limits& limits) {
  std::vector<Candidate> best;
  std::size_t seen = 0;
  const auto see = [&](const SourceReader&, json::View value) {
    if (++seen > 20) return;
    for (const Candidate& candidate : candidates_of(value)) {
      const auto known =
          std::find_if(best.begin(), best.end(), [&](const Candidate& c) { return c.source == candidate.source; });
      if (known == best.end()) {
        best.push_back(candidate);
      } else {
        known->score = std::max(known->score, candidate.score);
      }
    }
  };
  // Reading the first lines again costs less than keeping an index of each. 20 good lines lie within these bytes.
  constexpr std::size_t kHead = 1u << 20;
  Trace head;
  head.documents.push_back({"", text.size() <= kHead ? text : text.substr(0, text.rfind('\n', kHead)), true});
  static_cast<void>(Records(head, 0, container, {}, limits).for_each(see));
  best_first(best);
  return best;
}

// An array whose text ends too early, without its last, broken element; empty when nothing whole is in it.
std::string whole_elements(std::string_view text) {
  std::size_t depth = 0;
  std::size_t last = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      --depth;
    } else if (c == ',' && depth == 1) {
      last = i;
    }
  }
  return last == 0 ? std::string() : std::string(text.substr(0, last)) + "]";
}

// The bytes as JSON, JSON Lines or server-sent events. What a cut-off array still holds is read and marked.
Result<Opened> open(std::uint32_t document, const json::Limits& limits, Trace& trace) {
  std::string_view text = trace.documents[document].text;
  if (auto container = check_container(text); !container) return tl::unexpected(container.error());
  Opened opened;
  if (looks_like_server_sent_events(text)) {
    opened.container = Container::kServerSentEvents;
  } else {
    json::Index& index = trace.arena.index();
    auto read = index.read(text, limits);
    if (!read && read.error().code == ErrorCode::kJsonTruncated && !looks_like_lines(text)) {
      const std::size_t start = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
      const std::string rest = text[start] == '[' ? whole_elements(text) : std::string();
      if (!rest.empty()) {
        const std::string_view kept = trace.arena.keep(rest);
        if (index.read(kept, limits)) {
          trace.documents[document].text = kept;
          const auto count = static_cast<std::uint64_t>(json::View::root(index).size());
          trace.lose("partial_tail", {document, static_cast<std::uint32_t>(kept.size() - 1)});
          trace.truncated = Truncation{"records", count, count + 1};
          read = {};
        }
      }
    }
    if (read) {
      opened.root = peel(json::View::root(index));
      opened.candidates = candidates_of(opened.root);
      return opened;
    }
    if (read.error().code == ErrorCode::kLimitBytes || read.error().code == ErrorCode::kLimitDepth ||
        !looks_like_lines(text)) {
      return tl::unexpected(read.error());
    }
    opened.container = Container::kLines;
  }
  trace.documents[document].lines = true;
  opened.candidates = candidates_of_records(text, opened.container, limits);
  return opened;
}

// A named source must show at least one of its marks; any array of messages may be read as either chat.
bool fits(std::string_view named, const std::vector<Candidate>& candidates) {
  return std::any_of(candidates.begin(), candidates.end(), [&](const Candidate& candidate) {
    const bool both_chats = named.ends_with("-chat") && candidate.source.ends_with("-chat");
    return candidate.source == named || both_chats;
  });
}

// Documents that wait to be read together.
struct Joined {
  const Source* source = nullptr;
  std::vector<Records> documents;

  Result<void> flush(Trace& trace) {
    if (source == nullptr) return {};
    auto read = source->read_together(documents, trace);
    source = nullptr;
    documents.clear();
    return read;
  }
};

}  // namespace

Result<Ingested> ingest(const std::vector<Document>& documents, std::string_view source, const json::Limits& limits) {
  Ingested out;
  std::string named;
  if (!source.empty()) {
    named = canonical_source(source);
    if (named.empty())
      return fail(ErrorCode::kDetectMismatch, "",
                  "--source " + std::string(json::cut_utf8(source, 40)) + " is not a format that this version reads.");
  }
  for (const Document& document : documents) out.trace.documents.push_back({document.name, document.text, false});
  Joined joined;
  for (std::uint32_t i = 0; i < documents.size(); ++i) {
    auto opened = open(i, limits, out.trace);
    if (!opened) return tl::unexpected(opened.error());
    Candidate chosen{out.trace.arena.keep(named), 1.0};
    if (named.empty()) {
      auto choice = choose(opened->candidates, opened->root);
      if (!choice) return tl::unexpected(choice.error());
      chosen = *choice;
    } else if (!fits(named, opened->candidates)) {
      return fail(ErrorCode::kDetectMismatch, "",
                  "This is not " + named + ": none of its marks is there. Leave --source out.");
    }
    if (i == 0 || chosen.source == "n8n-execution") {
      out.trace.source = chosen.source;
      out.guess.confidence = std::min(chosen.score, 1.0);
      out.guess.candidates.clear();
      for (const Candidate& candidate : opened->candidates) out.guess.candidates.push_back(candidate.source);
    }
    const Source* reader = find_source(chosen.source);
    if (reader != joined.source) {
      if (auto read = joined.flush(out.trace); !read) return tl::unexpected(read.error());
    }
    Records records(out.trace, i, opened->container, opened->root, limits);
    if (reader->read_together != nullptr) {
      joined.source = reader;
      joined.documents.push_back(records);
    } else if (auto read = reader->read(records, out.trace); !read) {
      return tl::unexpected(read.error());
    }
  }
  if (auto read = joined.flush(out.trace); !read) return tl::unexpected(read.error());
  bound_trace(out.trace);
  return out;
}

}  // namespace agentmend
