#include "ingest/otlp_rows.h"

#include <algorithm>

namespace agentmend::otlp {
namespace {

enum Member : std::uint32_t {
  kTraceId,
  kSpanId,
  kParentId,
  kName,
  kStart,
  kEnd,
  kAttributes,
  kEvents,
  kStatus,
  kContext,
  kParentContext,
  kBody,
  kStatusCode
};
struct MemberName {
  std::string_view name;
  Member member;
};
constexpr MemberName kMembers[] = {
    {"traceId", kTraceId},
    {"trace_id", kTraceId},
    {"spanId", kSpanId},
    {"span_id", kSpanId},
    {"id", kSpanId},
    {"parentSpanId", kParentId},
    {"parent_span_id", kParentId},
    {"parent_id", kParentId},
    {"parentId", kParentId},
    {"name", kName},
    {"eventName", kName},
    {"event_name", kName},
    {"startTimeUnixNano", kStart},
    {"start_time_unix_nano", kStart},
    {"startTime", kStart},
    {"start_time", kStart},
    {"timeUnixNano", kStart},
    {"time_unix_nano", kStart},
    {"endTimeUnixNano", kEnd},
    {"end_time_unix_nano", kEnd},
    {"endTime", kEnd},
    {"end_time", kEnd},
    {"attributes", kAttributes},
    {"events", kEvents},
    {"status", kStatus},
    {"spanContext", kContext},
    {"context", kContext},
    {"parentSpanContext", kParentContext},
    {"body", kBody},
};

constexpr std::string_view kValueNames[] = {"stringValue",  "intValue",  "doubleValue",  "boolValue",  "bytesValue",
                                            "string_value", "int_value", "double_value", "bool_value", "bytes_value"};
constexpr std::string_view kListNames[] = {"arrayValue", "kvlistValue", "array_value", "kvlist_value"};

json::View member_of(json::View object, std::string_view camel, std::string_view snake) {
  const json::View value = object[camel];
  return value ? value : object[snake];
}

// Nanoseconds in decimal, mostly as a string: never through a double. 0 and absent are no time.
std::int64_t nanoseconds(std::string_view digits) {
  std::int64_t out = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9' || out > 900'000'000'000'000'000) return -1;
    out = out * 10 + (c - '0');
  }
  return out == 0 ? -1 : out;
}

std::int64_t time_of(const SourceReader& reader, json::View value) {
  constexpr std::size_t kNanosecondDigits = 18;
  std::string_view raw = value.raw();
  if (value.is_string()) raw = raw.substr(1, raw.size() - 2);
  if (raw.size() >= kNanosecondDigits) {
    const std::int64_t ns = nanoseconds(raw);
    if (ns > 0) return ns;
  }
  return raw.empty() || raw == "0" ? -1 : read_time(reader, value);
}

bool is_span(json::View span) {
  const bool trace = member_of(span, "traceId", "trace_id").is_string();
  const bool id = member_of(span, "spanId", "span_id").is_string() || (trace && span["id"].is_string());
  const json::View context = member_of(span, "spanContext", "context");
  return span["attributes"].exists() && ((trace && id) || member_of(context, "spanId", "span_id").is_string());
}

// The attributes of one span without the span.
bool is_attribute_map(json::View value) {
  return value["openinference.span.kind"].is_string() || value["gen_ai.operation.name"].is_string() ||
         value["ai.operationId"].is_string() || value["gen_ai.request.model"].is_string() ||
         value["traceloop.span.kind"].is_string();
}

int base64_digit(char c) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::size_t at = kAlphabet.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

// Ids as base64 (protobuf's own JSON mapping) in hex, as everybody else writes them; empty when it is none.
std::string hex_of_base64(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  int have = 0;
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  for (const char c : text) {
    const int digit = base64_digit(c);
    if (digit < 0) return {};
    bits = (bits << 6) | static_cast<std::uint32_t>(digit);
    have += 6;
    while (have >= 4 && out.size() < (text.size() * 6 / 8) * 2) {
      have -= 4;
      out += "0123456789abcdef"[(bits >> have) & 15u];
    }
    bits &= (1u << have) - 1;
  }
  return out;
}

}  // namespace

json::View unwrap(json::View any) {
  if (!any.is_object()) return any;
  for (json::View value = any.first(); value; value = value.next_in(any)) {
    const json::View key = value.key();
    for (const std::string_view name : kValueNames) {
      if (key.equals(name)) return value;
    }
    for (const std::string_view name : kListNames) {
      if (key.equals(name)) return value["values"];
    }
  }
  return any;
}

void write_plain(json::View any, std::string& out) {
  json::View list;
  bool pairs = false;
  for (const std::string_view name : kListNames) {
    if (!list && any[name].is_object()) {
      list = any[name]["values"];
      pairs = name.starts_with("kv");
      if (!list) out += pairs ? "{}" : "[]";
      if (!list) return;
    }
  }
  if (!list) {
    const json::View value = unwrap(any);
    out += value ? value.raw() : "null";
    return;
  }
  out += pairs ? '{' : '[';
  bool first = true;
  json::for_each(list, [&](json::View item, std::size_t) {
    if (pairs && !item["key"].is_string()) return;
    if (!first) out += ',';
    first = false;
    if (pairs) (out += item["key"].raw()) += ':';
    write_plain(pairs ? item["value"] : item, out);
  });
  out += pairs ? '}' : ']';
}

void write_plain_list(json::View values, std::string& out) {
  out += '[';
  bool first = true;
  json::for_each(values, [&](json::View item, std::size_t) {
    if (!first) out += ',';
    first = false;
    write_plain(item, out);
  });
  out += ']';
}

void write_attributes(json::View attributes, std::string& out) {
  out += '{';
  bool first = true;
  const auto member = [&](json::View key, json::View value) {
    if (!key.is_string() || value.is_null()) return;
    if (!first) out += ',';
    first = false;
    (out += key.raw()) += ':';
    const json::View plain = unwrap(value);
    std::string storage;
    const std::string_view text = plain.text(storage);
    json::Index inner;
    if ((key.equals("tool_calls") || key.equals("message")) && !text.empty() && inner.read(text)) {
      out += text;
    } else {
      write_plain(value, out);
    }
  };
  if (attributes.is_object()) {
    for (json::View value = attributes.first(); value; value = value.next_in(attributes)) member(value.key(), value);
  } else {
    json::for_each(attributes, [&](json::View item, std::size_t) { member(item["key"], item["value"]); });
  }
  out += '}';
}

Rows::Rows(Trace& trace) : trace_(trace) {
  const std::span<const Name> known = attribute_names();
  for (std::uint32_t i = 0; i < known.size(); ++i) names_.at(known[i].name) = i;
  for (const MemberName& name : kMembers) members_.at(name.name) = name.member;
}

std::string_view Rows::id_text(json::View value) {
  if (!value.is_string()) return {};
  const std::string_view text = reader_->text(value);
  if ((text.size() == 24 || text.size() == 12) && text.back() == '=') return trace_.arena.keep(hex_of_base64(text));
  return text.starts_with("0x") ? text.substr(2) : text;
}

void Rows::attribute(json::View key, json::View value) {
  std::string storage;
  const std::string_view name = key.text(storage);
  const std::uint32_t known = names_.find(name);
  Found found;
  if (known != IdTable::kNone) {
    found.field = attribute_names()[known].field;
    found.rank = attribute_names()[known].rank;
  } else {
    const Name* list = nullptr;
    for (const Name& prefix : attribute_prefixes()) {
      if (name.starts_with(prefix.name)) list = &prefix;
    }
    if (list == nullptr) return;
    found.field = list->field;
  }
  value = unwrap(value);
  if (value.is_null()) return;
  found.key = key.position();
  found.value = value.position();
  found_.push_back(found);
}

void Rows::attributes(json::View attributes) {
  if (attributes.is_object()) {
    for (json::View value = attributes.first(); value; value = value.next_in(attributes)) attribute(value.key(), value);
  } else {
    json::for_each(attributes, [this](json::View item, std::size_t) {
      const json::View key = item["key"];
      if (key.is_string()) {
        attribute(key, item["value"]);
      } else {
        trace_.lose("bad_line", reader_->place(item));
      }
    });
  }
}

void Rows::member(Row& row, std::uint32_t which, json::View value) {
  switch (which) {
    case kTraceId: row.trace_id = id_text(value); break;
    case kSpanId:
      if (row.id.empty() || !value.key().equals("id")) row.id = id_text(value);
      break;
    case kParentId: row.parent_id = id_text(value); break;
    case kName:
      if (value.is_string()) row.name = reader_->text(value);
      break;
    case kStart: row.start_ns = time_of(*reader_, value); break;
    case kEnd: row.end_ns = time_of(*reader_, value); break;
    case kAttributes: attributes(value); break;
    case kEvents: row.events = value; break;
    case kStatus: row.status = value; break;
    case kBody: row.body = value; break;
    case kContext:
      row.trace_id = id_text(member_of(value, "traceId", "trace_id"));
      row.id = id_text(member_of(value, "spanId", "span_id"));
      break;
    case kParentContext: row.parent_id = id_text(member_of(value, "spanId", "span_id")); break;
    default: break;
  }
}

void Rows::record(json::View span, bool log) {
  if (!span.is_object()) {
    trace_.lose("bad_line", reader_->place(span));
    return;
  }
  Row row;
  row.reader = reader_;
  row.span = span;
  row.is_log = log;
  row.order = static_cast<std::uint32_t>(all.size());
  row.found = static_cast<std::uint32_t>(found_.size());
  std::string storage;
  for (json::View value = span.first(); value; value = value.next_in(span)) {
    const std::uint32_t which = members_.find(value.key().text(storage));
    if (which != IdTable::kNone && !value.is_null()) member(row, which, value);
  }
  row.found_count = static_cast<std::uint32_t>(found_.size()) - row.found;
  if (log && !row.name.starts_with("gen_ai.")) {  // older records name their event in an attribute
    json::for_each(span["attributes"], [&](json::View item, std::size_t) {
      const json::View value = unwrap(item["value"]);
      if (item["key"].equals("event.name") && value.is_string()) row.name = reader_->text(value);
    });
    if (!row.name.starts_with("gen_ai.")) {
      trace_.lose("unknown_event", reader_->place(span));
      return;
    }
  }
  if (row.end_ns >= 0 && row.end_ns < row.start_ns) {
    trace_.lose("bad_time", reader_->place(span));
    row.end_ns = -1;
  }
  all.push_back(row);
}

void Rows::resources(json::View list) {
  json::for_each(list, [this](json::View resource, std::size_t) {
    for (const std::string_view name : {"scopeSpans", "scope_spans", "instrumentationLibrarySpans"}) {
      json::for_each(resource[name], [this](json::View scope, std::size_t) {
        json::for_each(scope["spans"], [this](json::View span, std::size_t) { record(span, false); });
      });
    }
    for (const std::string_view name : {"scopeLogs", "scope_logs"}) {
      json::for_each(resource[name], [this](json::View scope, std::size_t) {
        json::for_each(member_of(scope, "logRecords", "log_records"),
                       [this](json::View log, std::size_t) { record(log, true); });
      });
    }
  });
}

void Rows::collect(const SourceReader& reader, json::View value) {
  readers_.push_back(reader);
  reader_ = &readers_.back();
  const json::View spans = member_of(value, "resourceSpans", "resource_spans");
  const json::View logs = member_of(value, "resourceLogs", "resource_logs");
  if (spans || logs) {
    resources(spans);
    resources(logs);
  } else if (value.is_array()) {
    json::for_each(value, [&](json::View item, std::size_t) {
      const bool batch = member_of(item, "resourceSpans", "resource_spans").exists() || is_attribute_map(item);
      if (batch) {
        collect(reader, item);
      } else {
        record(item, false);
      }
    });
  } else if (is_attribute_map(value)) {
    Row row;
    row.reader = reader_;
    row.span = value;
    row.order = static_cast<std::uint32_t>(all.size());
    row.found = static_cast<std::uint32_t>(found_.size());
    attributes(value);
    row.found_count = static_cast<std::uint32_t>(found_.size()) - row.found;
    all.push_back(row);
  } else if (is_span(value)) {
    record(value, false);
  } else if (value.is_object()) {
    for (json::View list = value.first(); list; list = list.next_in(value)) {
      json::for_each(list, [this](json::View span, std::size_t) { record(span, false); });
    }
  } else {
    trace_.lose("bad_line", reader.place(value));
  }
}

json::View Rows::get(const Row& row, Field field) const {
  const Found* best = nullptr;
  for (const Found& found : this->found(row)) {
    if (found.field == field && (best == nullptr || found.rank <= best->rank)) best = &found;
  }
  if (best != nullptr) return {*row.span.index(), best->value};
  return row.details == Row::kNone ? json::View() : get(all[row.details], field);
}

std::int64_t Rows::integer(const Row& row, Field field) const {
  const json::View value = get(row, field);
  if (const auto number = value.integer()) return std::max<std::int64_t>(*number, 0);
  std::string_view raw = value.is_string() ? value.raw() : std::string_view();
  if (raw.size() > 2) raw = raw.substr(1, raw.size() - 2);
  return std::max<std::int64_t>(nanoseconds(raw), 0);
}

double mark(json::View value) {
  const json::View one = value.is_array() ? value.first() : value;
  if (one["resourceSpans"].exists()) return one["resourceSpans"].at(0)["schemaUrl"].exists() ? 1.0 : 0.99;
  if (one["resource_spans"].exists()) return 0.97;
  if (one["resourceLogs"].exists() || one["resource_logs"].exists()) return 0.9;
  if (is_span(one)) return 0.9;
  if (is_attribute_map(one)) return 0.85;
  return value.is_object() && is_span(value.first().first()) && value.first().is_array() ? 0.9 : 0;
}

}  // namespace agentmend::otlp
