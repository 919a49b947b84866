#include "ingest/records.h"

#include <algorithm>
#include <string>

#include "json/writer.h"

namespace agentmend {
namespace {

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

std::string_view field_of(std::string_view line, std::string_view name) {
  if (!line.starts_with(name)) return {};
  line.remove_prefix(name.size());
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

// The last of two equal keys wins; that there were two is a loss. A bit per key tells nearly all records apart.
void count_duplicate_keys(const SourceReader& reader, json::View record) {
  std::uint64_t seen = 0;
  bool maybe = false;
  if (record.is_object()) {
    for (json::View value = record.first(); value; value = value.next_in(record)) {
      const std::string_view key = value.key().raw();
      const auto mark = key.size() * 7 + static_cast<unsigned char>(key[key.size() / 2]) +
                        31 * static_cast<unsigned char>(key[key.size() > 1 ? 1 : 0]);
      maybe = maybe || (seen >> (mark & 63) & 1) != 0;
      seen |= std::uint64_t{1} << (mark & 63);
    }
  }
  if (maybe) {
    for (json::View value = record.first(); value; value = value.next_in(record)) {
      std::string storage;
      const json::View last = record[value.key().text(storage)];
      if (last.position() == value.position()) continue;  // the one that counts
      reader.trace.lose("dup_key", reader.place(last));
    }
  }
}

}  // namespace

bool looks_like_server_sent_events(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return false;
  text.remove_prefix(start);
  if (text.starts_with("data:")) return true;
  for (const std::string_view first : {"event:", "id:", ":", "retry:"}) {
    if (text.starts_with(first)) return text.find("\ndata:") != std::string_view::npos;
  }
  return false;
}

Result<void> Records::for_each(RecordVisitor visit, Keep keep) { return for_each_in(root_, visit, keep); }

Result<void> Records::for_each_in(json::View list, RecordVisitor visit, Keep keep) {
  if (container_ != Container::kValue) {
    return container_ == Container::kLines ? each_line(visit, keep) : each_server_sent_event(visit, keep);
  }
  const SourceReader here = reader();
  const bool count = !counted_;
  counted_ = true;
  const auto see = [&](json::View record) {
    if (count) count_duplicate_keys(here, record);
    visit(here, record);
  };
  if (list.is_array()) {
    json::for_each(list, [&](json::View item, std::size_t) { see(item); });
  } else if (list) {
    see(list);
  }
  return {};
}

Result<void> Records::each_line(RecordVisitor visit, Keep keep) {
  const std::string_view text = trace_.documents[document_].text;
  json::Index reused;
  std::size_t good = 0;
  std::size_t bad = 0;
  std::size_t number = 0;
  Error first_bad;
  const bool count = !counted_;
  counted_ = true;
  for (std::size_t at = 0; at < text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    std::size_t begin = at;
    at = end + 1;
    if (number == 0 && line.starts_with("\xef\xbb\xbf")) {
      line.remove_prefix(3);
      begin += 3;
    }
    if (is_blank(line)) continue;
    json::Index& index = keep == Keep::kViews ? trace_.arena.index() : reused;
    auto read = line.size() > limits_.max_line_bytes ? fail(ErrorCode::kLimitLine, "", "The line is too long.")
                                                     : index.read(line, limits_);
    if (read) {
      ++good;
      const SourceReader here{trace_, document_, static_cast<std::uint32_t>(begin)};
      if (count) count_duplicate_keys(here, json::View::root(index));
      visit(here, json::View::root(index));
      continue;
    }
    if (count)
      trace_.lose(end >= text.size() ? "partial_tail" : "bad_line", {document_, static_cast<std::uint32_t>(begin)});
    if (bad++ == 0) {
      first_bad = read.error();
      first_bad.at = "/" + json::print_integer(static_cast<std::int64_t>(number));
    }
  }
  if (bad <= good) return {};
  return fail(ErrorCode::kJsonlMostlyBad, first_bad.at,
              "More than half of the lines are not JSON; the first bad one: " + first_bad.message);
}

Result<void> Records::each_server_sent_event(RecordVisitor visit, Keep keep) {
  const std::string_view text = trace_.documents[document_].text;
  json::Index reused;
  std::string_view only;  // the data of the event so far: one line, or `joined`
  std::string joined;
  std::size_t lines = 0;
  std::size_t begin = 0;
  std::size_t good = 0;
  std::size_t bad = 0;
  std::string first_bad;
  std::size_t headless = std::string_view::npos;  // the first line of an event that is not its data
  const bool count = !counted_;
  counted_ = true;
  const auto flush = [&](bool last) {
    if (lines == 0) return;
    std::string_view data = lines == 1 ? only : std::string_view(joined);
    const bool several = lines > 1;
    lines = 0;
    if (is_blank(data) || data.find("[DONE]") < 2) return;
    if (several) data = trace_.arena.keep(data);
    json::Index& index = keep == Keep::kViews ? trace_.arena.index() : reused;
    const Place place{document_, static_cast<std::uint32_t>(begin)};
    if (auto read = index.read(data, limits_); !read) {
      if (count) trace_.lose(last ? "partial_tail" : "bad_line", place);
      if (bad++ == 0) first_bad = read.error().message;
      return;
    }
    ++good;
    SourceReader reader{trace_, document_, place.offset};
    reader.inner = several;
    reader.outer = place;
    if (count) count_duplicate_keys(reader, json::View::root(index));
    visit(reader, json::View::root(index));
  };
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    const std::string_view data = field_of(line, "data:");
    if (line.starts_with("data:")) {
      if (lines == 0) {
        begin = at + 5;
        only = data;
      } else {
        if (lines == 1) joined = std::string(only);
        joined += "\n";
        joined += data;
      }
      ++lines;
    } else if (is_blank(line)) {
      flush(end >= text.size());
      headless = std::string_view::npos;
    } else if (line[0] != ':') {
      headless = std::min(headless, at);
    }
    at = end + 1;
  }
  // An event whose data was cut off.
  if (lines == 0 && headless < text.size() && count)
    trace_.lose("partial_tail", {document_, static_cast<std::uint32_t>(headless)});
  flush(true);
  if (bad <= good) return {};
  return fail(ErrorCode::kJsonlMostlyBad, "",
              "More than half of the events are not JSON; the first bad one: " + first_bad);
}

bool open_inner_json(const SourceReader& reader, json::View value, RecordVisitor visit) {
  if (!value.is_string()) {
    if (value) visit(reader, value);
    return static_cast<bool>(value);
  }
  json::Index& index = reader.trace.arena.index();
  if (!index.read(reader.text(value))) {
    reader.trace.lose("stringified_json_failed", reader.place(value));
    return false;
  }
  SourceReader inner = reader;
  inner.outer = reader.place(value);
  inner.inner = true;
  visit(inner, json::View::root(index));
  return true;
}

}  // namespace agentmend
