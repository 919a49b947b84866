// The execution half of N8nRun: what each node did, from the product's run data or the labelled dialect.
#include <algorithm>

#include "json/flatted.h"
#include "json/writer.h"
#include "order.h"
#include "text/time.h"
#include "trace/n8n_run.h"

namespace agentmend {
namespace {

Place place_of(json::View value, std::uint32_t document) {
  return value && document != Place::kNowhere ? Place{document, value.offset()} : Place{};
}

std::string text_of(json::View value) {
  std::string storage;
  return value.is_null() ? std::string() : std::string(json::as_text(value, storage));
}

int http_code_of(json::View error) {
  for (const json::View value : {error["httpCode"], error["statusCode"], error["status"], error["code"],
                                 error["response"]["status"], error["cause"]["status"], error["context"]["httpCode"]}) {
    if (const auto number = value.integer(); number && *number >= 100 && *number < 600)
      return static_cast<int>(*number);
    const std::string text = value.is_string() ? value.text() : std::string();
    if (text.size() == 3 && text[0] >= '1' && text[0] <= '5' && text[1] >= '0' && text[1] <= '9' && text[2] >= '0' &&
        text[2] <= '9')
      return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
  }
  return 0;
}

struct ErrorParts {
  std::string name, message;
  int http_code = 0;
};

// An error is an object of the product, a plain text in the labelled dialect.
ErrorParts read_error(json::View error) {
  ErrorParts out;
  if (error.is_string()) {
    out.message = error.text();
    return out;
  }
  out.name = error["name"].text();
  out.message = error["message"].text();
  if (const std::string more = error["description"].text(); !more.empty() && more != out.message)
    out.message += out.message.empty() ? more : " (" + more + ")";
  out.http_code = http_code_of(error);
  return out;
}

void read_items(json::View main, N8nNodeRun& run) {
  json::for_each(main, [&run](json::View items, std::size_t) {
    std::uint32_t count = 0;
    json::for_each(items, [&](json::View item, std::size_t) {
      ++count;
      const json::View error = item["json"]["error"];
      if (error.is_null() || error.is_bool()) return;
      if (run.error_items++ == 0) run.first_error_item = error;
    });
    run.items.push_back(count);
  });
}

std::uint32_t small(std::optional<std::int64_t> value) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(value.value_or(0), 0, 1'000'000));
}

class ExecutionReader {
 public:
  ExecutionReader(N8nRun& run, N8nExecution& execution, std::uint32_t document)
      : run_(run), execution_(execution), document_(document) {}

  void product(json::View run_data) {
    json::for_each_member(run_data, [this](std::string_view name, json::View runs) {
      json::for_each(runs, [&](json::View json, std::size_t index) {
        N8nNodeRun& node = add(name, json);
        node.index = static_cast<std::uint32_t>(index);
        const auto start = json["startTime"].number();
        node.start_ms = start ? text::number_to_ms(*start) : -1;
        node.ms = json["executionTime"].integer().value_or(-1);
        node.order = json["executionIndex"].integer().value_or(-1);
        node.status = json["executionStatus"].text();
        set_error(node, json["error"]);
        read_items(json["data"]["main"], node);
        json::for_each(json["source"], [&node](json::View source, std::size_t) {
          if (!source.is_object()) return;
          node.sources.push_back({source["previousNode"].text(), small(source["previousNodeOutput"].integer()),
                                  small(source["previousNodeRun"].integer())});
        });
      });
    });
    sort_stable(execution_.runs, [](const N8nNodeRun& a, const N8nNodeRun& b) {
      return a.order >= 0 && b.order >= 0 ? a.order < b.order : a.start_ms < b.start_ms;
    });
  }

  void labelled(json::View node_results) {
    json::for_each_member(node_results, [this](std::string_view name, json::View json) {
      N8nNodeRun& node = add(name, json);
      node.status = json["status"].text();
      set_error(node, json["error"]);
    });
  }

 private:
  N8nNodeRun& add(std::string_view name, json::View json) {
    N8nNodeRun& node = execution_.runs.emplace_back();
    node.node = name;
    node.position = run_.find(name);
    node.json = json;
    node.place = place_of(json, document_);
    execution_.has_node_runs = true;
    return node;
  }

  void set_error(N8nNodeRun& node, json::View error) const {
    node.failed = !error.is_null() || node.status == "error" || node.status == "crashed";
    node.error = error.is_null() ? json::View() : error;
    node.error_place = node.failed ? place_of(node.error ? node.error : node.json, document_) : Place{};
    ErrorParts text = read_error(error);
    node.error_name = std::move(text.name);
    node.error_message = std::move(text.message);
    node.http_code = text.http_code;
  }

  N8nRun& run_;
  N8nExecution& execution_;
  std::uint32_t document_;
};

// What holds resultData: `data` of a record (unflattened when it is a string), or the record itself.
Result<json::View> data_of(json::View record, N8nRun& run) {
  const json::View data = record["data"];
  if (!data.is_string()) return data["resultData"].is_object() ? data : record;
  json::Index& flat = run.indexes.emplace_back();
  if (auto read = flat.read(run.texts.emplace_back(data.text())); !read) return tl::unexpected(read.error());
  if (!json::View::root(flat).is_array()) return json::View::root(flat);
  auto unflattened = json::unflatten(json::View::root(flat));
  if (!unflattened) return tl::unexpected(unflattened.error());
  json::Index& index = run.indexes.emplace_back();
  if (auto read = index.read(run.texts.emplace_back(std::move(unflattened->text))); !read)
    return tl::unexpected(read.error());
  return json::View::root(index);
}

bool has(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [text](std::string_view part) { return text.find(part) != std::string_view::npos; });
}

}  // namespace

std::string N8nRun::execution_path(json::View value) const {
  if (!execution || !value) return "/execution_data";
  std::string pointer = json::pointer_of(value);
  if (value.index() == execution->root.index())
    return "/execution_data" + pointer.substr(std::min(pointer.size(), json::pointer_of(execution->root).size()));
  return "/execution_data/data" + pointer;  // of the unflattened form
}

Result<void> read_n8n_execution(json::View record, std::uint32_t document, N8nRun& run) {
  if (!record.is_object()) return fail(ErrorCode::kSchemaType, json::pointer_of(record), "An execution is an object.");
  auto data = data_of(record, run);
  if (!data) return tl::unexpected(data.error());
  N8nExecution& execution = run.execution.emplace();
  execution.root = record;
  execution.data = *data;
  execution.place = place_of(record, document);
  execution.id = text_of(record["id"]);
  execution.workflow_id = text_of(record["workflowId"]);
  if (execution.workflow_id.empty()) execution.workflow_id = text_of(record["workflowData"]["id"]);
  execution.mode = record["mode"].text();
  execution.started_ms = text::iso_to_ms(record["startedAt"].text());
  execution.stopped_ms = text::iso_to_ms(record["stoppedAt"].text());
  const json::View result = (*data)["resultData"];
  execution.last_node = result["lastNodeExecuted"].text();
  execution.error = result["error"].is_null() ? record["error"] : result["error"];
  if (execution.error.is_null()) {
    execution.error = json::View();
  } else {
    ErrorParts text = read_error(execution.error);
    execution.error_name = std::move(text.name);
    execution.error_message = std::move(text.message);
    execution.http_code = text.http_code;
    execution.error_place = place_of(execution.error, document);
  }
  ExecutionReader reader(run, execution, document);
  reader.product(result["runData"].is_object() ? result["runData"] : (*data)["runData"]);
  reader.labelled(record["node_results"]);
  execution.status = record["status"].text();
  if (execution.status.empty()) {  // old records have `finished` only
    const bool finished = record["finished"].boolean(false);
    execution.status = execution.error ? "error" : finished ? "success" : "unknown";
  }
  return {};
}

Result<void> read_n8n_input(json::View input, N8nRun& run) {
  if (auto read = read_n8n_workflow(input["workflow_json"], Place::kNowhere, run); !read) return read;
  const json::View execution = input["execution_data"];
  return execution.is_null() ? Result<void>() : read_n8n_execution(execution, Place::kNowhere, run);
}

std::string_view n8n_error_class(std::string_view name, std::string_view message, int http_code) {
  const std::string text = fold_enum(std::string(name) + " " + std::string(message.substr(0, 2000)));
  if (http_code == 401 || http_code == 403) return "auth";
  if (http_code == 404 || http_code == 410) return "not_found";
  if (http_code == 429) return "rate_limit";
  if (http_code == 408 || http_code == 504) return "timeout";
  if (http_code >= 500) return "server";
  if (has(text, {"credential", "unauthorized", "forbidden", "authenticationfailed", "invalidapikey", "accessdenied",
                 "permissiondenied", "authorizationfailed"}))
    return "auth";
  if (has(text, {"ratelimit", "toomanyrequests", "quotaexceeded"})) return "rate_limit";
  if (has(text, {"timedout", "timeout", "etimedout", "econnaborted", "esockettimedout"})) return "timeout";
  if (has(text, {"cannotreadprop", "undefined", "isnotiterable", "isnotafunction", "referencednode", "wrongtype",
                 "pairedit", "expressionerror", "invalidjson", "unexpectedtoken", "isnotvalidjson", "invalidsyntax"}))
    return "data";
  if (has(text, {"econnrefused", "econnreset", "enotfound", "eaiagain", "serviceunavailable", "badgateway",
                 "internalservererror", "serviceisnotavailable", "gatewaytimeout", "sockethangup"}))
    return "server";
  if (has(text, {"notfound", "couldnotbefound", "doesnotexist"})) return "not_found";
  if (http_code >= 400 || has(text, {"parameter", "required", "unrecognizednodetype", "notinstalled", "invalidurl",
                                     "configuration", "mustbe", "ismissing"}))
    return http_code >= 400 && http_code != 400 && http_code != 422 ? "config" : http_code >= 400 ? "data" : "config";
  return "error";
}

}  // namespace agentmend
