#include "trace/pointers.h"

#include <algorithm>

#include "json/writer.h"

namespace agentmend {

void Pointers::open(const TraceDocument& document, std::uint32_t offset) {
  std::string_view text = document.text;
  if (!document.lines) {
    begin_ = 0;
    end_ = text.size() + 1;
    readable_ = index_.read(text).has_value();
    return;
  }
  const std::size_t at = std::min<std::size_t>(offset, text.size());
  std::size_t from = end_ <= at ? end_ : 0;  // lines before it are counted already
  if (from == 0) line_ = 0;
  for (std::size_t end = text.find('\n', from); end < at; end = text.find('\n', from)) {
    ++line_;
    from = end + 1;
  }
  end_ = std::min(text.find('\n', from), text.size());
  begin_ = from;
  std::string_view line = text.substr(from, end_ - from);
  for (const std::string_view prefix : {"\xef\xbb\xbf", "data:"}) {  // a byte order mark, a server-sent event
    if (!line.starts_with(prefix)) continue;
    line.remove_prefix(prefix.size());
    begin_ += prefix.size();
  }
  readable_ = index_.read(line).has_value();
}

std::string Pointers::of(Place place) {
  if (!place.known() || place.document >= trace_.documents.size()) return {};
  const TraceDocument& document = trace_.documents[place.document];
  if (place.document != document_ || place.offset < begin_ || place.offset >= end_) {
    if (place.document != document_) end_ = begin_ = 0;
    open(document, place.offset);
    document_ = place.document;
  }
  std::string prefix;
  if (document.lines) prefix = "/" + json::print_integer(static_cast<std::int64_t>(line_));
  if (!readable_) return prefix;
  const auto offset = static_cast<std::uint32_t>(place.offset - begin_);
  const auto& entries = index_.entries();
  const auto found = std::lower_bound(entries.begin(), entries.end(), offset,
                                      [](const json::Entry& entry, std::uint32_t at) { return entry.begin < at; });
  if (found == entries.end() || found->begin != offset) return prefix;
  return prefix + json::pointer_of(json::View(index_, static_cast<std::uint32_t>(found - entries.begin())));
}

std::string pointer_of(const Trace& trace, Place place) { return Pointers(trace).of(place); }

}  // namespace agentmend
