#include "ingest/ingest.h"

#include <algorithm>

#include "ingest/n8n.h"
#include "ingest/source.h"
#include "ingest/sources.h"
#include "json/writer.h"

namespace agentmend {
namespace {

// How the text of one document is to be read.
struct Opened {
  json::Index* index = nullptr;  // one JSON value; null for JSON Lines
  json::View root;
  std::vector<Candidate> candidates;
};

std::string_view without_bom(std::string_view text) { return text.starts_with("\xef\xbb\xbf") ? text.substr(3) : text; }

template <typename F>
void for_each_line(std::string_view text, F&& visit) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    visit(text.substr(at, end - at), at);
    at = end + 1;
  }
}

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

// JSON Lines: the first line is a whole object and something follows it.
bool looks_like_lines(std::string_view text) {
  const std::string_view body = without_bom(text);
  const std::size_t start = body.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos || body[start] != '{') return false;
  const std::size_t end = body.find('\n', start);
  json::Index line;
  return end != std::string_view::npos && body.find_first_not_of(" \t\r\n", end) != std::string_view::npos &&
         line.read(body.substr(start, end - start)).has_value();
}

std::vector<Candidate> candidates_of_lines(std::string_view text) {
  std::vector<Candidate> best;
  json::Index line;
  std::size_t read = 0;
  for_each_line(text, [&](std::string_view content, std::size_t) {
    if (read >= 20 || is_blank(content) || !line.read(content)) return;  // the first 20 good lines decide
    ++read;
    const json::View value = json::View::root(line);
    std::vector<Candidate> found = candidates_of(value);
    if (found.empty() && value["role"].is_string() && value["content"].exists()) found.push_back({"plain-chat", 0.8});
    for (const Candidate& candidate : found) {
      const auto known =
          std::find_if(best.begin(), best.end(), [&](const Candidate& c) { return c.source == candidate.source; });
      if (known == best.end()) {
        best.push_back(candidate);
      } else {
        known->score = std::max(known->score, candidate.score);
      }
    }
  });
  best_first(best);
  return best;
}

Result<Opened> open(std::string_view text, const json::Limits& limits, Trace& trace) {
  if (auto container = check_container(text); !container) return tl::unexpected(container.error());
  Opened opened;
  opened.index = &trace.arena.index();
  auto read = opened.index->read(text, limits);
  if (read) {
    opened.root = peel(json::View::root(*opened.index));
    opened.candidates = candidates_of(opened.root);
    return opened;
  }
  if (read.error().code == ErrorCode::kLimitBytes || read.error().code == ErrorCode::kLimitDepth ||
      !looks_like_lines(text)) {
    return tl::unexpected(read.error());
  }
  opened.index = nullptr;
  opened.candidates = candidates_of_lines(text);
  return opened;
}

// A named source must show at least one of its marks; any array of messages may be read as either chat.
bool fits(std::string_view named, const std::vector<Candidate>& candidates) {
  return std::any_of(candidates.begin(), candidates.end(), [&](const Candidate& candidate) {
    const bool both_chats = named.ends_with("-chat") && candidate.source.ends_with("-chat");
    return candidate.source == named || both_chats;
  });
}

Result<void> read_lines(std::string_view text, std::uint32_t document, std::string_view source,
                        const json::Limits& limits, Trace& trace) {
  trace.documents[document].lines = true;
  json::Index line;
  std::size_t good = 0;
  std::size_t bad = 0;
  Error first_bad;
  std::size_t number = 0;
  std::string chat;  // chat lines are joined and read as one array of messages
  for_each_line(text, [&](std::string_view content, std::size_t at) {
    const std::size_t here = number++;
    if (is_blank(content)) return;
    const SourceReader reader{trace, document, static_cast<std::uint32_t>(at)};
    auto read = content.size() > limits.max_line_bytes ? fail(ErrorCode::kLimitLine, "", "The line is too long.")
                                                       : line.read(content, limits);
    if (!read) {
      const bool last = at + content.size() >= text.size();
      trace.lose(last ? "partial_tail" : "bad_line", {document, static_cast<std::uint32_t>(at)});
      if (bad++ == 0) first_bad = read.error();
      first_bad.at = bad == 1 ? "/" + json::print_integer(static_cast<std::int64_t>(here)) : first_bad.at;
      return;
    }
    ++good;
    if (source == "agentmend") ingest_agentmend_line(reader, json::View::root(line));
    if (source == "plain-chat" || source == "openai-chat") {
      const std::size_t before = trace.events.size();
      json::Index& kept = trace.arena.index();
      static_cast<void>(kept.read(trace.arena.keep("[" + std::string(content) + "]"), limits));
      ingest_chat({trace, document, 0, true, {document, static_cast<std::uint32_t>(at + content.find('{'))}},
                  json::View::root(kept));
      for (std::size_t i = before; i < trace.events.size(); ++i)
        trace.events[i].step = static_cast<std::uint32_t>(good - 1);
    }
  });
  if (bad > good) {
    return fail(ErrorCode::kJsonlMostlyBad, first_bad.at,
                "More than half of the lines are not JSON; the first bad one: " + first_bad.message);
  }
  return {};
}

Result<void> read_document(const Opened& opened, std::uint32_t document, std::string_view source,
                           const json::Limits& limits, Trace& trace) {
  const std::string_view text = trace.documents[document].text;
  if (opened.index == nullptr) return read_lines(text, document, source, limits, trace);
  const SourceReader reader{trace, document};
  if (source == "otlp") return ingest_otlp(reader, opened.root);
  if (source == "openai-chat" && opened.root["choices"].is_array()) {
    add_usage(opened.root["usage"], trace.usage);
    json::Index& index = trace.arena.index();
    const json::View message = opened.root["choices"].first()["message"];
    if (auto read = index.read(trace.arena.keep("[" + std::string(message.raw()) + "]"), limits); !read)
      return tl::unexpected(read.error());
    ingest_chat({trace, document, 0, true, reader.place(message)}, json::View::root(index));
    return {};
  }
  if (source == "openai-chat" || source == "plain-chat") {
    const json::View messages = messages_of(opened.root);
    if (!messages.is_array())
      return fail(ErrorCode::kDetectMismatch, "", "This is not a chat: there is no array of messages.");
    const json::View task = opened.root["task"];
    if (task.is_string()) trace.task = reader.text(task);
    ingest_chat(reader, messages);
    return {};
  }
  if (source == "agentmend") {
    ingest_agentmend_line(reader, opened.root);
    return {};
  }
  if (source == "dify-dsl") return ingest_dify_dsl(reader, opened.root);
  if (source == "n8n-workflow") return ingest_n8n_workflow(opened.root, document, trace);
  if (source == "n8n-execution") return ingest_n8n_execution(opened.root, document, trace);
  return fail(ErrorCode::kDetectUnknown, "", "This version does not read " + std::string(source) + " yet.");
}

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
  for (std::uint32_t i = 0; i < documents.size(); ++i) {
    auto opened = open(documents[i].text, limits, out.trace);
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
    if (auto read = read_document(*opened, i, chosen.source, limits, out.trace); !read)
      return tl::unexpected(read.error());
  }
  return out;
}

}  // namespace agentmend
