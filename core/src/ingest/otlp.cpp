// Source: OTLP JSON and the span lists of in-memory exporters, with the attributes of the OpenTelemetry GenAI
// conventions (1.27 on), OpenInference, the Vercel AI SDK and Traceloop.
//
// Spans come in any order, over batches and files: they are collected, put in order of time with parents first, and
// read in two passes: first all spans, then what was said and done in them.
#include "ingest/otlp_messages.h"
#include "ingest/sources.h"
#include "ingest/span_order.h"
#include "order.h"

namespace agentmend {
namespace {

using otlp::Field;
using otlp::Row;

class OtlpReader {
 public:
  explicit OtlpReader(Trace& trace)
      : trace_(trace), rows_(trace), builder_(trace), talk_(trace, builder_), messages_(rows_, builder_, talk_) {}

  Result<void> collect(Records& records) {
    const json::View root = records.root();
    for (const std::string_view name : {"resourceSpans", "resource_spans", "resourceLogs", "resource_logs"}) {
      const json::View list = root[name];
      if (!list.is_null() && !list.is_array())
        return fail(ErrorCode::kSchemaType, json::pointer_of(list), std::string(name) + " must be an array.");
    }
    if (root) {
      rows_.collect(records.reader(), root);
      return {};
    }
    return records.for_each([this](const SourceReader& reader, json::View line) { rows_.collect(reader, line); },
                            Records::Keep::kViews);
  }

  void read() {
    in_order();
    link();
    for (const std::uint32_t at : order_) open(at);
    for (const std::uint32_t at : order_) {
      builder_.now.step = trace_.steps++;
      content(at);
    }
    while (!ending_.empty()) end_last();
    builder_.finish();
    talk_.finish();
    status();
    if (talk_.said() == 0 && models_) trace_.lose("redacted");  // content was not recorded
  }

 private:
  struct Link {
    std::uint32_t span = Span::kNone;
    SpanKind kind = SpanKind::kEvent;
    bool covered = false;  // model calls inside it have their messages
    bool inside_model = false;
    bool counted = false;  // a model call around it has the usage
  };

  [[nodiscard]] const Row& row(std::uint32_t at) const { return rows_.all[at]; }

  // Order of time; what began at the same moment in order of its end, as exporters write it. Rows without any time keep
  // their order in the file, and so do those whose start was cut to the millisecond (JavaScript).
  void in_order() {
    order_ = positions_in_order(
        rows_.all.size(),
        [](const void* rows, std::uint32_t left, std::uint32_t right) {
          const auto& all = *static_cast<const std::vector<Row>*>(rows);
          const Row& a = all[left];
          const Row& b = all[right];
          if (a.start_ns != b.start_ns) return a.start_ns < b.start_ns;
          const bool milliseconds = a.start_ns % 1'000'000 == 0 && a.end_ns % 1'000'000 != 0;
          if (a.start_ns < 0 || milliseconds) return a.order < b.order;
          if (a.end_ns != b.end_ns) return a.end_ns < b.end_ns;
          return a.id < b.id;
        },
        &rows_.all);
  }

  // Parents, log records to their spans, and each parent before its children.
  void link() {
    links_.resize(rows_.all.size());
    parents_.assign(rows_.all.size(), kNoParent);
    for (const std::uint32_t at : order_) {
      if (row(at).is_log || row(at).id.empty()) continue;
      std::uint32_t& known = by_id_.at(row(at).id);
      if (known == IdTable::kNone) known = at;
    }
    std::vector<std::uint32_t> spans;
    std::vector<std::uint32_t> last_log(rows_.all.size(), Row::kNone);
    for (const std::uint32_t at : order_) {
      const std::uint32_t owner = row(at).is_log ? by_id_.find(row(at).id) : by_id_.find(row(at).parent_id);
      if (!row(at).is_log) {
        parents_[at] = row(at).parent_id.empty() || owner == at ? kNoParent : owner;
      } else if (owner != IdTable::kNone) {
        const bool details = row(at).name.ends_with(".operation.details");
        std::uint32_t& place = details                         ? rows_.all[owner].details
                               : last_log[owner] == Row::kNone ? rows_.all[owner].log
                                                               : rows_.all[last_log[owner]].log;
        place = at;
        if (!details) last_log[owner] = at;
        continue;
      }
      spans.push_back(at);
    }
    std::vector<std::uint32_t> cut;
    order_ = parents_first(spans, parents_, cut);
    for (const std::uint32_t at : cut) trace_.lose("parent_cycle", row(at).reader->place(row(at).span));
  }

  [[nodiscard]] std::uint32_t agent_of(std::uint32_t at) {
    const json::View named = rows_.get(row(at), Field::kAgent);
    std::string_view name = named.is_string() ? row(at).reader->text(named) : std::string_view();
    if (name.empty() && links_[at].kind == SpanKind::kAgent && rows_.get(row(at), Field::kVercelOperation).is_null()) {
      name = text(row(at), {Field::kTool});
      if (name.empty()) name = row(at).name;
    }
    if (name.empty()) return parents_[at] == kNoParent ? 0 : trace_.spans[links_[parents_[at]].span].agent;
    std::uint32_t& known = agents_.at(name);
    if (known == IdTable::kNone) known = trace_.agent(name);
    return known;
  }

  [[nodiscard]] std::string_view text(const Row& one, std::initializer_list<Field> fields) const {
    for (const Field field : fields) {
      const json::View value = rows_.get(one, field);
      if (!value.is_null()) return one.reader->text(value);
    }
    return {};
  }

  void open(std::uint32_t at) {
    const Row& one = row(at);
    Link& link = links_[at];
    if (trace_.id.empty()) trace_.id = one.trace_id;
    link.kind = rows_.kind_of(one, parents_[at] == kNoParent);
    if (parents_[at] != kNoParent) {
      const Link& parent = links_[parents_[at]];
      link.inside_model = parent.inside_model || parent.kind == SpanKind::kLlm;
      link.counted =
          parent.counted || (parent.kind == SpanKind::kLlm && trace_.spans[parent.span].usage != Span::kNone);
    }
    builder_.now.parent = parents_[at] == kNoParent ? Span::kNone : links_[parents_[at]].span;
    builder_.now.agent = agent_of(at);
    builder_.now.ns = one.start_ns;
    link.span = builder_.open(link.kind, one.name, one.reader->place(one.span));
    Span& span = builder_.span(link.span);
    span.id = one.id;
    span.end_ns = one.end_ns;
    span.model = text(one, {Field::kModel});
    usage(one, link);
    const bool bad = failed(one);
    span.status = bad ? SpanStatus::kError : one.end_ns >= 0 ? SpanStatus::kOk : SpanStatus::kUnset;
    if (bad) span.error = error_of(one);
    if (link.kind == SpanKind::kTool) {
      const std::string_view tool = text(one, {Field::kTool});
      if (!tool.empty()) span.name = tool;
      span.status = SpanStatus::kUnset;
      talk_.expect_tool(text(one, {Field::kCallId}), span.name, link.span, has_output(one));
    }
    models_ = models_ || link.kind == SpanKind::kLlm;
    if (link.kind == SpanKind::kLlm && has_messages(one)) {
      for (std::uint32_t up = parents_[at]; up != kNoParent && !links_[up].covered; up = parents_[up])
        links_[up].covered = true;
    }
  }

  [[nodiscard]] bool has_output(const Row& one) const {
    for (const Field field : {Field::kResult, Field::kOutputValue}) {
      const json::View output = rows_.get(one, field);
      if (!output.is_null()) return output.raw() != "\"\"";
    }
    return false;
  }

  [[nodiscard]] bool has_messages(const Row& one) const {
    if (one.log != Row::kNone || one.is_log || one.details != Row::kNone || one.events.first()) return true;
    for (const otlp::Found& found : rows_.found(one)) {
      const bool flat = found.field == Field::kFlatInput || found.field == Field::kFlatOutput;
      const bool list = found.field >= Field::kSystem && found.field <= Field::kOutputValue;
      if (flat || list) return true;
    }
    return false;
  }

  // A model call inside a model call is the same one, seen by two libraries.
  void usage(const Row& one, const Link& link) {
    Usage usage;
    usage.input_tokens = rows_.integer(one, Field::kInputTokens);
    usage.output_tokens = rows_.integer(one, Field::kOutputTokens);
    usage.cache_read_tokens = rows_.integer(one, Field::kCacheRead);
    usage.cache_write_tokens = rows_.integer(one, Field::kCacheWrite);
    const double cost = rows_.get(one, Field::kCost).number().value_or(-1);
    if (cost >= 0 && cost < 1e9) usage.cost_micro_usd = static_cast<std::int64_t>(cost * 1e6 + 0.5);
    if (!link.counted) builder_.usage(link.span, usage);
  }

  [[nodiscard]] bool failed(const Row& one) const {
    const json::View code = first_of(one.status, {"code", "status_code"});
    return code.integer() == 2 || code.equals("STATUS_CODE_ERROR") || code.equals("ERROR") ||
           !rows_.get(one, Field::kErrorType).is_null();
  }

  [[nodiscard]] std::string_view error_of(const Row& one) const {
    const json::View message = first_of(one.status, {"message", "description"});
    if (message.is_string() && message.raw().size() > 2) return one.reader->text(message);
    std::string_view thrown;
    json::for_each(one.events, [&](json::View event, std::size_t) {
      if (!event["name"].equals("exception")) return;
      const json::View attributes = event["attributes"];
      for (const std::string_view key : {"exception.message", "exception.type"}) {
        if (attributes[key].is_string() && thrown.empty()) thrown = one.reader->text(attributes[key]);
        json::for_each(attributes, [&](json::View item, std::size_t) {
          const json::View value = otlp::unwrap(item["value"]);
          if (item["key"].equals(key) && value.is_string() && thrown.empty()) thrown = one.reader->text(value);
        });
      }
    });
    return thrown.empty() ? text(one, {Field::kErrorType}) : thrown;
  }

  void content(std::uint32_t at) {
    const Row& one = row(at);
    const Link& link = links_[at];
    while (!ending_.empty() && one.start_ns >= 0 && row(ending_.back()).end_ns >= 0 &&
           row(ending_.back()).end_ns <= one.start_ns) {
      end_last();
    }
    here(at);
    switch (link.kind) {
      case SpanKind::kLlm: messages_.model(one, link.inside_model); break;
      case SpanKind::kTool: tool(at); break;
      case SpanKind::kRetrieval: retrieval(one); break;
      case SpanKind::kAgent:
      case SpanKind::kWorkflow:
        if (link.kind == SpanKind::kAgent) handoff(at);
        if (!link.covered && has_messages(one)) {
          messages_.asked(one);
          ending_.push_back(at);
        }
        break;
      default: break;
    }
  }

  void here(std::uint32_t at) {
    builder_.now.parent = links_[at].span;
    builder_.now.agent = trace_.spans[links_[at].span].agent;
    builder_.now.ns = row(at).start_ns;
  }

  // What an agent answered comes after all that happened in it.
  void end_last() {
    const std::uint32_t at = ending_.back();
    ending_.pop_back();
    here(at);
    if (row(at).end_ns >= 0) builder_.now.ns = row(at).end_ns;
    // Where the Vercel AI SDK had no context, its spans have no parents: the outer one repeats the inner one.
    messages_.answered(row(at), !rows_.get(row(at), Field::kVercelOperation).is_null());
  }

  void tool(std::uint32_t at) {
    const Row& one = row(at);
    const bool bad = failed(one);
    CallResult result;
    result.output = text(one, {Field::kResult, Field::kOutputValue});
    result.error = bad ? error_of(one) : std::string_view();
    result.status = bad ? CallStatus::kError : CallStatus::kOk;
    result.place = one.reader->place(one.span);
    talk_.tool(links_[at].span, text(one, {Field::kArguments, Field::kInputValue, Field::kParameters}), result,
               one.end_ns);
  }

  // An agent called inside another one.
  void handoff(std::uint32_t at) {
    if (parents_[at] == kNoParent) return;
    const std::uint32_t from = trace_.spans[links_[parents_[at]].span].agent;
    const std::uint32_t to = builder_.now.agent;
    if (from == to) return;
    Event event;
    event.kind = EventKind::kHandoff;
    event.name = trace_.agents[from];
    event.id = trace_.agents[to];
    event.text = text(row(at), {Field::kInputValue});
    event.place = row(at).reader->place(row(at).span);
    builder_.event(event);
  }

  void retrieval(const Row& one) {
    Event event;
    event.kind = EventKind::kRetrieval;
    event.place = one.reader->place(one.span);
    event.text = text(one, {Field::kQuery, Field::kInputValue});
    std::vector<RetrievedDocument>& documents = trace_.arena.documents();
    const auto add = [&](const SourceReader& reader, json::View list) {
      for (const RetrievedDocument& document : read_documents(reader, list)) documents.push_back(document);
    };
    const json::View list = rows_.get(one, Field::kDocuments);
    if (list.is_array()) {
      std::string plain;
      otlp::write_plain_list(list, plain);
      json::Index& index = trace_.arena.index();
      SourceReader inner = *one.reader;
      inner.outer = one.reader->place(list);
      inner.inner = true;
      if (index.read(trace_.arena.keep(plain))) add(inner, json::View::root(index));
    } else if (list) {
      static_cast<void>(open_inner_json(*one.reader, list, add));
    }
    rows_.flat(one, Field::kFlatDocuments, [&](const SourceReader& reader, json::View document) {
      documents.push_back(read_document(reader, document));
    });
    event.documents = documents;
    builder_.event(event);
  }

  // How the run ended is how its outermost span did; of several, the last that is no tool.
  void status() {
    for (const std::uint32_t at : order_) {
      if (parents_[at] != kNoParent || links_[at].kind == SpanKind::kTool) continue;
      const SpanStatus ended = trace_.spans[links_[at].span].status;
      if (ended != SpanStatus::kUnset) trace_.status = ended == SpanStatus::kError ? RunStatus::kError : RunStatus::kOk;
    }
  }

  Trace& trace_;
  otlp::Rows rows_;
  TraceBuilder builder_;
  Conversation talk_;
  otlp::Messages messages_;
  std::vector<std::uint32_t> order_;  // positions in rows_.all
  std::vector<Link> links_;
  std::vector<std::uint32_t> parents_;  // positions in rows_.all
  IdTable by_id_;
  IdTable agents_;
  bool models_ = false;
  std::vector<std::uint32_t> ending_;  // agents whose answer is still to be told
};

Result<void> read_together(std::span<Records> documents, Trace& trace) {
  OtlpReader otlp(trace);
  for (Records& records : documents) {
    if (auto collected = otlp.collect(records); !collected) return collected;
  }
  otlp.read();
  return {};
}

}  // namespace

extern const Source kOtlpSource;
const Source kOtlpSource{"otlp", otlp::mark, nullptr, read_together};

}  // namespace agentmend
